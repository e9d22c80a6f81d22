"""Releases are for ever: written once, bound for ever, and edited never."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compliance.engine import decide
from compliance.plain import plain_facts
from compliance.release import RELEASES, broken, check, write
from compliance.rulebook import bind, current_manifest, find, load, read_releases, released
from compliance.yaml_file import RulebookError
from tests.compliance.build import AT_COST, copy_package, run_python


def test_the_newest_release_is_this_rulebook() -> None:
    complaints = list(check())
    assert complaints == [], "\n".join(complaints)


def test_there_is_a_first_release() -> None:
    assert [path.name for path in sorted(RELEASES.iterdir())][:1] == ["1.json"]
    assert [path.stem for path in sorted(RELEASES.glob("*.json"), key=lambda p: int(p.stem))] == [
        str(number) for number in range(1, len(released()) + 1)
    ]


@pytest.mark.parametrize("number", range(len(released())))
def test_every_release_still_binds_and_decides(number: int) -> None:
    manifest = released()[number]
    book = bind(manifest)
    assert find(book.digest, {}) is not None
    facts = plain_facts("sale")
    assert decide(facts, book).rulebook == book.digest
    chosen = find(bind({**manifest, "choices": _listed()}).digest, AT_COST)
    assert chosen is not None
    assert decide(plain_facts("resale"), chosen).findings == ()


def _listed() -> dict[str, list[list[str]]]:
    return {name: [list(pair) for pair in series] for name, series in AT_COST.items()}


def test_the_newest_rulebook_is_found_by_its_digest() -> None:
    for choices in ({}, AT_COST):
        book = load(choices)
        found = find(book.digest, choices)
        assert found is not None
        assert found.manifest == json.loads(json.dumps(book.manifest))


def test_a_release_is_written_once(tmp_path: Path) -> None:
    path = write(1, tmp_path)
    written = path.read_bytes()
    assert read_releases(tmp_path) == (current_manifest(),)
    for number, what in ((1, "is released"), (2, "is still that of release 1"), (3, "is 2")):
        with pytest.raises(RulebookError, match=what):
            write(number, tmp_path)
    assert path.read_bytes() == written
    assert [path.name for path in tmp_path.iterdir()] == ["1.json"]


def test_an_edited_value_is_found() -> None:
    earlier = (current_manifest(),)
    assert list(broken(earlier, current_manifest())) == []
    edits: tuple[Callable[[Any], Any], ...] = (
        lambda m: m["parameters"]["gift.first_hold_hours"]["values"][-1].__setitem__(1, 24),
        lambda m: m["parameters"]["gift.first_hold_hours"]["values"].pop(),
        lambda m: m["parameters"]["gift.first_hold_hours"]["values"].insert(1, ["2023-01-01", 5]),
        lambda m: m["parameters"]["payment.channels"]["values"][0][1].append("cash"),
        lambda m: m["parameters"]["payment.channels"]["values"][1].__setitem__(0, "2024-05-02"),
        lambda m: m["parameters"]["limit.per_series"].__setitem__("unit", "fen"),
        lambda m: m["parameters"].pop("limit.per_series"),
        lambda m: m["rules"].pop(0),
        lambda m: m["rules"][0].__setitem__("since", "2025-01-02"),
        lambda m: m["rules"][0]["kinds"].remove("gift"),
        lambda m: m["rules"][0].__setitem__("source", "statute"),
    )
    for edit in edits:
        changed = copy.deepcopy(current_manifest())
        edit(changed)
        assert len(list(broken(earlier, changed))) == 1


def test_what_follows_a_release_is_no_edit() -> None:
    earlier = (current_manifest(),)
    changed = copy.deepcopy(current_manifest())
    changed["parameters"]["gift.first_hold_hours"]["values"].append(["2027-01-01", 24])
    changed["parameters"]["new.one"] = {"unit": "count", "values": [["2027-01-01", 3]]}
    changed["rules"][0]["until"] = "2027-01-01"
    changed["rules"].append({**changed["rules"][0], "version": 2, "since": "2027-01-01"})
    assert list(broken(earlier, changed)) == []
    again = copy.deepcopy(changed)
    again["rules"][0]["until"] = "2028-01-01"
    assert len(list(broken((changed,), again))) == 1


def test_the_command(tmp_path: Path) -> None:
    """On a copy: the check is content, an edit is found, a following value makes the next."""
    package = copy_package(tmp_path)
    command = "import sys; from compliance.release import main; sys.exit(main({!r}))"

    def run(*arguments: str) -> tuple[int, str]:
        done = run_python(command.format(list(arguments)), tmp_path)
        assert done.stderr == ""
        return done.returncode, done.stdout

    newest = len(released())
    assert run("check") == (0, "")
    assert run() == (1, f"{newest + 1}.json: the rulebook is still that of release {newest}\n")
    assert run("again")[0] == 2
    limit = package / "parameters" / "limit" / "per_series.yaml"
    text = limit.read_text(encoding="utf-8")
    limit.write_text(text.replace("value: 1\n", "value: 2\n"), encoding="utf-8")
    status, said = run("check")
    assert status == 1
    assert "limit.per_series was edited: release 1 has [['2025-01-01', 1]]" in said
    assert run()[0] == 1
    follow = (
        "  2027-01-01:\n    value: 2\n    source: policy\n    cites: [[hangzhou_2022_one_copy]]\n"
    )
    limit.write_text(text + follow, encoding="utf-8")
    status, said = run("check")
    assert status == 1
    assert "run python -m compliance.release" in said
    assert run()[0] == 0
    assert run("check") == (0, "")
    assert (package / "releases" / f"{newest + 1}.json").exists()
    first = package / "releases" / "1.json"
    assert first.read_bytes() == (RELEASES / "1.json").read_bytes()
