"""What a rule, a choice and a manifest must be: each fault by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from compliance.plain import facts_of
from compliance.rule import Cite, Reason, Rule, Text
from compliance.rule_checks import check_rule, check_versions
from compliance.rulebook import (
    FOLDER,
    bind,
    current_manifest,
    find,
    load,
    parameters,
    register,
    rules,
    with_choices,
)
from compliance.yaml_file import RulebookError

RULE = rules()["person_limit@1"]


#: Arguments that the rule of this file leaves out: the fault is told at RULE itself.
_NOT_GIVEN = ("until", "rulings")


def _reason(**changes: Any) -> dict[str, Reason]:
    return {"reached": RULE.reasons["reached"]._replace(**changes)}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"code": "limit"}, "holds rule limit@1, which belongs in limit.py"),
        ({"version": 2}, "holds rule person_limit@2, which belongs in person_limit_2.py"),
        ({"kinds": ()}, "concerns no kind"),
        ({"kinds": ("sale", "auction")}, "unknown kind 'auction'"),
        ({"until": date(2025, 1, 1)}, "ends before it begins"),
        ({"reads": ("limit.per_year",)}, "reads 'limit.per_year', which is no parameter"),
        ({"since": date(2024, 12, 31)}, "has no value before 2025-01-01"),
        ({"cites": (Cite("hangzhou"),)}, "cites 'hangzhou', which is not in the register"),
        ({"source": "platform"}, "claims to be platform"),
        ({"source": "law"}, "unknown class of source 'law'"),
        ({"reasons": {}}, "has no reason to say no"),
        ({"reasons": {"broken": RULE.reasons["unknown"]}}, "is the engine's own reason"),
        ({"title": Text("限购", " ")}, "has no sentence in en"),
        ({"reasons": _reason(says=Text("已满{n}。", "Full: {n}."))}, "unknown"),
        ({"reasons": _reason(says=Text("{limit}。", "None."))}, "different figures"),
        ({"reasons": _reason(says=Text("{limit}。", "{limit}."))}, "['bought'] are never shown"),
        ({"reasons": _reason(mend=Text("", "Wait."))}, "has no sentence in zh"),
        ({"reasons": _reason(figures=(("bought", "count"),) * 2)}, "a figure stands twice"),
        (
            {"reasons": _reason(figures=(("bought", "count"), ("limit", "pieces")))},
            "unknown figure 'pieces'",
        ),
    ],
)
def test_a_faulty_rule_is_refused(changes: dict[str, Any], what: str) -> None:
    check_rule(RULE, "person_limit", parameters(), register())
    faulty: Rule = replace(RULE, **changes)
    with pytest.raises(RulebookError) as caught:
        check_rule(faulty, "person_limit", parameters(), register())
    assert what in str(caught.value)
    name, line, *_ = caught.value.where.split(":")
    assert name == "rules/person_limit.py"
    source = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    [argument] = changes
    if argument in _NOT_GIVEN:
        assert source[int(line) - 1] == "RULE = Rule("
    else:
        expected = {"version": "code"}.get(argument, argument)
        shown = source[int(line) - 1] + source[int(line) - 2]
        assert f"{expected}=" in shown or '"reached": Reason(' in shown, shown


def test_a_rule_without_cases_is_refused() -> None:
    with pytest.raises(
        RulebookError, match=r"rules/limit\.py:1: has no cases: write rules/limit\."
    ):
        check_rule(replace(RULE, code="limit"), "limit", parameters(), register())


def test_two_versions_may_not_be_in_force_at_once() -> None:
    ended = replace(RULE, until=date(2027, 1, 1))
    check_versions([ended, replace(RULE, version=2, since=date(2027, 1, 1))])
    for earlier, since in ((ended, date(2026, 12, 31)), (RULE, date(2027, 1, 1))):
        with pytest.raises(
            RulebookError, match=r"rules/person_limit\.py:\d+: person_limit@1 must end by"
        ):
            check_versions([earlier, replace(RULE, version=2, since=since)])


@pytest.mark.parametrize(
    ("choices", "what"),
    [
        ({"resale.mode": [("2025-01-01", "free")]}, "may be ('forbidden', 'at_cost')"),
        ({"resale.mode": [("soon", "at_cost")]}, "'soon' is not a day"),
        ({"resale.mode": []}, "days must stand in order"),
        (
            {"resale.mode": [("2026-01-01", "at_cost"), ("2025-01-01", "forbidden")]},
            "days must stand in order",
        ),
        (
            {"resale.mode": [("2026-01-01", "at_cost"), ("2026-01-01", "forbidden")]},
            "days must stand in order",
        ),
        ({"limit.per_series": [("2025-01-01", "5")]}, "is not for an installation to choose"),
        ({"no.such": [("2025-01-01", "x")]}, "is not for an installation to choose"),
    ],
)
def test_a_faulty_choice_is_refused(choices: dict[str, list[tuple[str, str]]], what: str) -> None:
    with pytest.raises(RulebookError) as caught:
        load(choices)
    assert what in str(caught.value)


def test_a_manifest_this_software_does_not_have_is_refused() -> None:
    manifest = current_manifest()
    first, *rest = manifest["rules"]
    for changed in (
        {**manifest, "engine": 99},
        {**manifest, "rules": [{**first, "version": 9}, *rest]},
        {**manifest, "rules": [{**first, "kinds": ["sale"]}, *rest]},
        {**manifest, "rules": [{**first, "since": "2020-01-01"}, *rest]},
    ):
        with pytest.raises(RulebookError, match="manifest"):
            bind(changed)
    assert bind(with_choices(manifest, {})).digest == load().digest
    assert find("0" * 64, {}) is None


def test_facts_of_an_unknown_kind_are_refused() -> None:
    with pytest.raises(RulebookError, match="has no 'auction'"):
        facts_of("auction", {}, "here:1")
    with pytest.raises(RulebookError, match="Restraint lacks"):
        facts_of("sale", {"restraints": [{"scope": "series"}]}, "here:1")
