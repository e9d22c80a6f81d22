"""docs/adding-a-rule.md is followed to the letter, in a copy without the rule that it adds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collectibles.cli import main
from compliance.rulebook import FOLDER
from tests.compliance.build import copy_package, run_python

DOCUMENT = FOLDER.parent / "docs" / "adding-a-rule.md"

#: A file's name in backticks and what is to be in it; "Add to" where there is something already.
_FILE = re.compile(r"(?m)^(Add to )?`(compliance/[\w/.]+)`:\n\n```\w+\n(.*?)^```\n", re.DOTALL)

DECIDE = """
from compliance import decide, load
from compliance.cases import run_all
from compliance.plain import plain_facts
from compliance.rendering import explain
book = load({"resale.mode": [("2025-01-01", "at_cost")]})
codes = [rule.code for rule in book.rules]
print("person_limit" in codes)
outcomes = [outcome for outcome in run_all() if outcome.case.rule == "person_limit"]
print(len(outcomes), [outcome.wrong for outcome in outcomes if outcome.wrong])
facts = plain_facts("sale", bought=1)
for finding in decide(facts, book).findings:
    print(finding.code, finding.answer, explain(finding, book, facts.at).sentence.en)
"""


def steps() -> list[tuple[bool, str, str]]:
    """What the document has one do: whether to add to a file, its name, and the text."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return [(bool(add), name, body) for add, name, body in _FILE.findall(text)]


def test_the_document_shows_a_rule_from_its_text_to_its_cases() -> None:
    assert [(add, name) for add, name, _ in steps()] == [
        (True, "compliance/instruments.yaml"),
        (False, "compliance/parameters/limit/per_series.yaml"),
        (False, "compliance/rules/person_limit.py"),
        (False, "compliance/rules/person_limit.yaml"),
    ]


def test_what_it_shows_is_the_real_rule() -> None:
    for add, name, body in steps():
        real = (FOLDER.parent / name).read_text(encoding="utf-8")
        assert (body in real) if add else (body == real), name


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """A copy of the package from which the rule was taken away, number and cases and all; its
    text too, unless something else rests on it."""
    package = copy_package(tmp_path)
    for add, name, _ in steps():
        if not add:
            (package.parent / name).unlink()
    for add, name, body in steps():
        if add and not _cited(package, body):
            path = package.parent / name
            path.write_text(path.read_text(encoding="utf-8").replace(body, ""), encoding="utf-8")
    done = run_python("from compliance import load\nprint(len(load().rules))", tmp_path)
    assert done.returncode == 0, done.stderr
    return package


def _cited(package: Path, block: str) -> bool:
    identifier = block.partition(":")[0]
    files = [path for path in package.rglob("*.*") if path.suffix in (".py", ".yaml")]
    return any(
        identifier in path.read_text(encoding="utf-8")
        for path in files
        if path.name != "instruments.yaml"
    )


def follow(package: Path, upto: int = 99) -> None:
    for add, name, body in steps()[:upto]:
        path = package.parent / name
        before = path.read_text(encoding="utf-8") + "\n" if add else ""
        if body not in before:
            path.write_text(before + body, encoding="utf-8")


def test_following_it_adds_the_rule(without: Path) -> None:
    assert run_python(DECIDE, without.parent).stdout.startswith("False\n0 []")
    follow(without)
    done = run_python(DECIDE, without.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "True",
        "9 []",
        "person_limit f One person may buy 1 of this series; this buyer has already bought 1.",
    ]


@pytest.mark.parametrize(
    ("upto", "told"),
    [
        (3, "rules/person_limit.py:22: has no cases: write rules/person_limit.yaml"),
    ],
)
def test_stopping_half_way_is_told(without: Path, upto: int, told: str) -> None:
    follow(without, upto)
    done = run_python(DECIDE, without.parent)
    assert done.returncode != 0
    assert told in done.stderr


def test_a_text_that_was_left_out_is_told(without: Path) -> None:
    follow(without)
    path = without / "instruments.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(steps()[0][2], ""), encoding="utf-8")
    done = run_python(DECIDE, without.parent)
    assert done.returncode != 0
    assert re.search(r"limit/\w+\.yaml:8: unknown instrument 'hangzhou_2022_one_copy'", done.stderr)


def test_its_commands_are_commands() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    commands = re.findall(r"(?m)^collectibles (rules [\w-]+)", text)
    assert commands == ["rules test", "rules what-if", "rules announce"]
    for command in commands:
        with pytest.raises(SystemExit) as left:
            main([*command.split(), "--help"])
        assert left.value.code == 0
