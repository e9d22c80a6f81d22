"""The rulebook as one document: whole, checkable by its digest, the same bytes every time."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from compliance.calendar import moment
from compliance.document import SCHEMA, document, encode, examples, sentence_of, stages_of, timeline
from compliance.duties import duties
from compliance.rule import CLASSES, KINDS, STAGES
from compliance.rulebook import bind, load, released
from tests.compliance.build import AT_COST, run_python


@pytest.fixture(scope="module")
def made() -> dict[str, object]:
    return document(load(AT_COST))


def test_the_manifest_in_it_has_the_digest_that_entries_carry(made: dict[str, object]) -> None:
    text = json.dumps(made["manifest"], sort_keys=True, separators=(",", ":"))
    assert sha256(text.encode("ascii")).hexdigest() == made["digest"] == load(AT_COST).digest


def test_its_form_is_stable(made: dict[str, object]) -> None:
    assert made["schema"] == SCHEMA
    assert set(made) == {
        *("schema", "digest", "digest_of", "manifest", "classes", "stages", "rules"),
        *("parameters", "instruments", "duties"),
    }
    first = json.loads(encode(made))["rules"][0]
    assert set(first) == {
        *("code", "version", "title", "stages", "kinds", "since", "until", "class", "cites"),
        *("reads", "reasons", "cases"),
    }


def test_every_rule_is_in_it_with_its_sentences_cases_and_class(made: dict[str, object]) -> None:
    rules = {(rule["code"], rule["version"]): rule for rule in made["rules"]}  # type: ignore[attr-defined]
    assert len(rules) == len(load().rules)
    for rule in load().rules:
        shown = rules[rule.code, rule.version]
        assert shown["class"] in CLASSES
        assert {reason["reason"] for reason in shown["reasons"]} == set(rule.reasons)
        assert all(reason["says"]["zh"] and reason["says"]["en"] for reason in shown["reasons"])
        assert len(shown["cases"]) == len(examples(rule.release)) >= 3
        assert shown["stages"]


def test_what_is_cited_and_read_is_in_it(made: dict[str, object]) -> None:
    texts = {text["id"] for text in made["instruments"]}  # type: ignore[attr-defined]
    named = {parameter["name"] for parameter in made["parameters"]}  # type: ignore[attr-defined]
    for rule in made["rules"]:  # type: ignore[attr-defined]
        assert {cite["instrument"] for cite in rule["cites"]} <= texts
        assert set(rule["reads"]) <= named
    for parameter in made["parameters"]:  # type: ignore[attr-defined]
        ends = [value["until"] for value in parameter["values"]]
        assert ends[-1] is None
        assert ends[:-1] == [value["since"] for value in parameter["values"][1:]]
    assert {duty["id"] for duty in made["duties"]} == set(duties())  # type: ignore[attr-defined]


def test_a_choice_of_the_installation_is_marked(made: dict[str, object]) -> None:
    [mode] = [p for p in made["parameters"] if p["name"] == "resale.mode"]  # type: ignore[attr-defined]
    chosen = [value for value in mode["values"] if value["chosen"]]
    assert [(value["since"], value["value"]) for value in chosen] == [("2025-01-01", "at_cost")]
    assert {value["class"] for value in chosen} == {"policy"}


def test_the_bytes_are_the_same_in_every_process(tmp_path: Path) -> None:
    code = (
        "from compliance.document import *\nfrom compliance.rulebook import load\n"
        "import hashlib\nprint(hashlib.sha256(encode(document(load()))).hexdigest())"
    )
    where = Path(__file__).parents[2]
    told = {run_python(code, where, seed).stdout for seed in ("0", "1", "12345")}
    assert told == {sha256(encode(document(load()))).hexdigest() + "\n"}


def test_an_earlier_release_is_a_document_too() -> None:
    book = bind(released()[0])
    made = document(book)
    assert made["digest"] == book.digest
    assert len(made["rules"]) == 29


def test_stages_cover_every_kind() -> None:
    assert sorted(KINDS) == sorted(kind for kinds in STAGES.values() for kind in kinds)
    for rule in load().rules:
        assert {kind for stage in stages_of(rule) for kind in STAGES[stage]} >= set(rule.kinds)


def test_a_timeline_knows_what_is_past_and_what_is_now() -> None:
    line = timeline("gift.first_hold_hours", load(), moment("2023-08-15 23:59:59"))
    assert [step.state for step in line.steps][:2] == ["now", "coming"]
    line = timeline("gift.first_hold_hours", load(), moment("2023-08-16"))
    assert [step.state for step in line.steps][:3] == ["past", "now", "coming"]
    assert line.steps[0].until == line.steps[1].since
    assert line.steps[0].cites[0].instrument.id == "jingtan_gift_2022"


def test_examples_speak_with_their_figures() -> None:
    said = {case.name: sentence_of(case) for case in examples("person_limit@1")}
    spoken = said["the second of the series"]
    assert spoken is not None
    assert "1件" in spoken.zh
    assert "already bought 1." in spoken.en
    assert said["the first of the series"] is None
