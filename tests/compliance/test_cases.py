"""Every case of every rule; and what the cases promise about time."""

from __future__ import annotations

import pytest

from compliance.calendar import start_of_day
from compliance.cases import Case, Outcome, cases_of, lacking, run
from compliance.decision import FAIL, PASS
from compliance.engine import decide
from compliance.plain import plain_facts
from compliance.rendering import explain
from compliance.rulebook import load, rules
from tests.compliance.build import AT_COST

CASES = [case for rule in rules().values() for case in cases_of(rule)]
OUTCOMES = [run(case) for case in CASES]
WAITING = [
    outcome
    for outcome in OUTCOMES
    if outcome.finding
    and any(
        kind == "from" for _, kind in outcome.case.tested.reasons[outcome.finding.reason].figures
    )
]


def _name(case: Case) -> str:
    return f"{case.tested.release}: {case.name}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_case(case: Case) -> None:
    assert run(case).wrong is None


def test_names_are_told_apart() -> None:
    assert len({_name(case) for case in CASES}) == len(CASES)


def test_a_case_that_expects_something_else_is_found_wrong() -> None:
    case = next(case for case in CASES if case.answer == PASS)
    for field, value in (("answer", FAIL), ("source", "case"), ("cites", ("aml_law", "pboc_law"))):
        values = {name: getattr(case, name) for name in Case.__slots__}
        assert run(Case(**{**values, field: value})).wrong is not None


def test_what_the_cases_must_show_is_missed_when_it_is_taken_away() -> None:
    for rule in rules().values():
        cases = cases_of(rule)
        assert not list(lacking(rule, cases))
        refused = [case for case in cases if case.reason is None and case.answer == PASS]
        assert "the reason" in " ".join(lacking(rule, tuple(refused)))
        later = [case for case in cases if case.facts.at != start_of_day(rule.since)]
        assert any("first second" in what for what in lacking(rule, tuple(later)))


@pytest.mark.parametrize("outcome", WAITING, ids=lambda o: _name(o.case))
def test_the_answer_changes_when_it_says(outcome: Outcome) -> None:
    """A person who is told to come back from a moment on is not told the same again.

    That moment is told from the values in force now; where one of them changes before it, the
    answer may change sooner or later, and the case has nothing to show here.
    """
    case, finding = outcome.case, outcome.finding
    assert finding is not None
    book = load(case.choices)
    when = explain(finding, book, case.facts.at).changes_at
    assert when is not None
    assert when > case.facts.at
    read = case.tested.reads
    if any(book.value(name, case.facts.at) != book.value(name, when) for name in read):
        return
    assert finding in decide(case.facts._replace(at=when - 1), book).findings
    later = decide(case.facts._replace(at=when), book).findings
    assert [f for f in later if f.code == finding.code and f.reason == finding.reason] == []


def test_there_are_reasons_with_a_date() -> None:
    assert {outcome.case.rule for outcome in WAITING} == {
        "adult",
        "day_limit",
        "first_holding",
        "gift_rate",
        "open_return",
        "open_strike",
        "permits_valid",
        "refund_churn",
        "regift_holding",
        "resale_interval",
        "restore_wait",
        "restraint",
        "sale_window",
        "series_licensed",
    }


def test_resale_is_closed_unless_it_was_chosen() -> None:
    """Of all rules, only the mode stands between the plain resale and its permission."""
    facts = plain_facts("resale")
    assert decide(facts, load(AT_COST)).findings == ()
    closed = decide(facts, load())
    assert [(f.code, f.reason) for f in closed.findings] == [("resale_mode", "forbidden")]
