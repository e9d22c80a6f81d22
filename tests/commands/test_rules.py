"""`collectibles rules …` as it is typed."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from collectibles.cli import main
from collectibles.commands.rules import stale
from compliance.document import examples
from compliance.rulebook import load, parameters
from tests.ledger.freeze import RELEASES

FIRST = str(RELEASES / "1")


@pytest.fixture(autouse=True)
def no_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_print_names_every_rule_and_its_class(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "print"]) == 0
    said = capsys.readouterr().out
    assert load().digest in said
    for rule in load().rules:
        assert f"{rule.release}  " in said
        assert f"[{rule.source}]" in said


def test_print_as_one_document(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["rules", "print", "--json"]) == 0
    first = capfdbinary.readouterr().out
    assert json.loads(first)["digest"] == load().digest
    assert main(["rules", "print", "--json"]) == 0
    assert capfdbinary.readouterr().out == first


def test_replay_of_a_bundle(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["rules", "replay", FIRST]) == 0
    assert "every byte" in capsys.readouterr().out
    folder = Path(shutil.copytree(FIRST, tmp_path / "bundle"))
    [entries] = (folder / "tile" / "entries" / "000.p").iterdir()
    entries.write_bytes(entries.read_bytes().replace(b"19900", b"19901", 1))
    assert main(["rules", "replay", str(folder)]) == 1
    assert "entry" in capsys.readouterr().out
    assert main(["rules", "replay", str(tmp_path)]) == 2
    assert "is no exported ledger" in capsys.readouterr().err


def test_what_if_on_a_bundle(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "what-if", "--off", "no_profit_resale", FIRST]) == 0
    said = capsys.readouterr().out
    assert "Consequences are not followed" in said
    assert "resale: refused → permitted  1" in said
    assert "p-a3" in said
    asked = ["--set", "gift.first_hold_hours=99999", "--from", "2026-10-01"]
    assert main(["rules", "what-if", *asked, "--until", "2026-10-31", "--json", FIRST]) == 0
    made = json.loads(capsys.readouterr().out)
    assert {"kind": "gift", "was": "permitted", "would": "refused", "count": 1} in made["otherwise"]
    assert main(["rules", "what-if", *asked, "--until", "2026-10-01", "--json", FIRST]) == 0
    assert json.loads(capsys.readouterr().out)["decided"] == 0


def test_what_if_under_the_newest_rulebook(capsys: pytest.CaptureFixture[str]) -> None:
    """What a rulebook that is about to be announced would have decided otherwise."""
    assert main(["rules", "what-if", "--newest", "--json", FIRST]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["asked"]["newest"] is True
    assert made["decided"] >= 22


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--set", "gift.first_hold=1"], "There is no parameter"),
        (["--off", "x"], "There is no rule 'x'"),
        (["--from", "soon"], "'soon' is not a day"),
    ],
)
def test_what_cannot_be_asked(
    capsys: pytest.CaptureFixture[str], asked: list[str], told: str
) -> None:
    assert main(["rules", "what-if", *asked, FIRST]) == 2
    assert told in capsys.readouterr().err


def test_the_cases_are_run(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["rules", "test"])
    told = capsys.readouterr().out
    assert code == 0, told
    count, wrong = told.splitlines()[-1].split(" cases, ")
    assert int(count) == sum(len(examples(rule.release)) for rule in load().rules)
    assert wrong == "0 wrong"


def test_a_review_is_due_after_a_year() -> None:
    oldest = min(each.reviewed for each in parameters().values())
    assert stale(oldest + timedelta(days=365)) == []
    due = stale(oldest + timedelta(days=366))
    assert due
    assert {each.reviewed for each in due} == {oldest}


def test_an_announcement_needs_a_day_and_a_released_rulebook(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "announce", "soon", "--zh", "改", "--en", "change"]) == 2
    assert "is not a day" in capsys.readouterr().err
