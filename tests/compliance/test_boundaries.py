"""Every dated rule and value begins and ends at midnight in Beijing, to the millisecond.

The moments expected come from the standard library's zone, not from our calendar.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from compliance.cases import cases_of
from compliance.decision import NOT_APPLICABLE, PASS
from compliance.engine import decide
from compliance.facts import Facts
from compliance.parameters import for_rules
from compliance.rule import Rule
from compliance.rulebook import Rulebook, load, parameters, rules
from tests.compliance.build import AT_COST

BEIJING = ZoneInfo("Asia/Shanghai")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = sorted(rules())


def _ms(wall: datetime) -> int:
    """The moment at which a clock in Beijing shows this."""
    return (wall.replace(tzinfo=BEIJING) - EPOCH) // timedelta(milliseconds=1)


def _midnight(day: date) -> int:
    return _ms(datetime.combine(day, time()))


@cache
def _book() -> Rulebook:
    return load(AT_COST)


def _letter(rule: Rule, facts: Facts) -> str:
    place = [each.release for each in _book().rules].index(rule.release)
    return decide(facts, _book()).answers[place]


def _step(rule: Rule, kind: str, at: int) -> tuple[Any, ...] | None:
    """The values the rule is run with at a moment, or None where it is not run."""
    steps = {step.position: step for step in _book().plan(kind, at).steps}
    place = [each.release for each in _book().rules].index(rule.release)
    return steps[place].values if place in steps else None


def _changes(rule: Rule) -> list[int]:
    """The moments within the rule's time from which a value that it reads is another."""
    days = {value.since for name in rule.reads for value in parameters()[name].values}
    days |= {date.fromisoformat(day) for name in rule.reads for day, _ in AT_COST.get(name, ())}
    return [
        _midnight(day)
        for day in sorted(days)
        if rule.since < day and (rule.until is None or day < rule.until)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_runs_from_its_first_millisecond_to_its_last(name: str) -> None:
    rule = rules()[name]
    first = _midnight(rule.since)
    for kind in rule.kinds:
        assert _step(rule, kind, first - 1) is None
        assert _step(rule, kind, first) is not None
        if rule.until is not None:
            assert _step(rule, kind, _midnight(rule.until) - 1) is not None
            assert _step(rule, kind, _midnight(rule.until)) is None


def _expected(name: str, at: int) -> Any:
    """What the parameter is worth at a moment, by its file and the installation's choices."""
    known = {value.since: value.value for value in parameters()[name].values}
    known |= {date.fromisoformat(day): value for day, value in AT_COST.get(name, ())}
    days = [day for day in sorted(known) if _midnight(day) <= at]
    return for_rules(parameters()[name].unit, known[days[-1]]) if days else None


@pytest.mark.parametrize("name", NAMES)
def test_a_rules_values_change_at_that_millisecond_and_at_no_other(name: str) -> None:
    rule = rules()[name]
    ends = _midnight(rule.until) if rule.until else _midnight(date(2031, 1, 1))
    for kind in rule.kinds:
        for begins, after in pairwise([_midnight(rule.since), *_changes(rule), ends]):
            for at in (begins, begins + 1, (begins + after) // 2, after - 1):
                values = tuple(_expected(name, at) for name in rule.reads)
                assert _step(rule, kind, at) == values, at


@pytest.mark.parametrize("name", NAMES)
def test_its_answer_changes_there_too(name: str) -> None:
    """On the facts of a case of the day on which it begins, or on which what it reads changes."""
    rule = rules()[name]
    first = _midnight(rule.since)
    shown = [case for case in cases_of(rule) if case.facts.at == first]
    assert shown, "no case shows its first day"
    for case in shown:
        assert _letter(rule, case.facts._replace(at=first - 1)) == NOT_APPLICABLE
    for moment in _changes(rule):
        for case in cases_of(rule):
            for at in (moment - 1, moment):
                facts, values = case.facts._replace(at=at), _step(rule, case.facts.kind, at)
                if values is not None:
                    answer = rule.check(facts, *values)
                    assert _letter(rule, facts) == (PASS if answer is None else answer.answer)
