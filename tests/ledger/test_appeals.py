"""Breaches that a refusal establishes, and appeals against refusals."""

from __future__ import annotations

import pytest

from compliance.calendar import DAY_MS, SECOND_MS
from tests.ledger.build import (
    PASS_ON_AT,
    RETURN_AT,
    SALE_AT,
    Memory,
    appeal,
    forced,
    freeze,
    gift,
    refund,
    ruling,
    sale,
)
from tests.ledger.dated import (
    OTHERS,
    SALE_UNTIL,
    UNSURE,
    copy_of,
    dated_shop,
    decided_again,
    held_at,
    hold_value,
    outcome,
    refused_and_appealed,
)


@pytest.fixture(scope="module")
def dated() -> Memory:
    return dated_shop()


# Breaches


def test_a_refusal_that_establishes_a_breach_is_remembered_with_the_account(dated: Memory) -> None:
    ledger = dated.copy()
    assert "strikes" not in ledger.state["account/a2"]
    moments = []
    for number in range(18):
        at = PASS_ON_AT + number * SECOND_MS
        index = held_at(ledger, gift(2, "a2", "a5", f"gift-{number}"), at)
        ledger.done(ruling(index, "refuse", strike=True), at=at + 1)
        moments.append(at + 1)
    assert ledger.state["account/a2"]["strikes"] == moments[-16:]
    ledger.done(freeze("account", "a2"), at=PASS_ON_AT + DAY_MS)
    assert ledger.state["account/a2"]["strikes"] == moments[-16:]
    assert "strikes" not in ledger.state["account/a5"]


def test_a_held_refund_concerns_the_holder(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, refund("pending", 2, 100), RETURN_AT)
    assert hold_value(ledger, index)["whom"] == "a2"
    ledger.done(ruling(index, "refuse"), at=RETURN_AT + 1)
    ledger.done(appeal(index, "a2", RETURN_AT + 2), at=RETURN_AT + 2)


# Appeals


def test_an_appeal_that_is_upheld_decides_again_and_clears_the_breach(dated: Memory) -> None:
    ledger, index, place = refused_and_appealed(dated, gift(2, "a2", "a5"), PASS_ON_AT, strike=True)
    assert ledger.state["account/a2"]["strikes"] == [PASS_ON_AT + 1]
    result = ledger.one(outcome(index, place, "permit"), PASS_ON_AT + DAY_MS)
    assert result.outcome == "permitted"
    assert result.decision is not None
    assert copy_of(ledger, 2)["holder"] == "a5"
    assert ledger.state["account/a2"]["strikes"] == []
    assert hold_value(ledger, index)["appeal"]["ruling"] == "permit"
    decided_again(ledger)


def test_an_appeal_that_is_dismissed_changes_nothing_else(dated: Memory) -> None:
    ledger, index, place = refused_and_appealed(dated, gift(2, "a2", "a5"), PASS_ON_AT, strike=True)
    ledger.done(outcome(index, place, "refuse", officers=["officer-c"]), at=PASS_ON_AT + 3)
    assert copy_of(ledger, 2)["holder"] == "a2"
    assert ledger.state["account/a2"]["strikes"] == [PASS_ON_AT + 1]
    decided_again(ledger)


def test_an_appeal_upheld_after_the_subject_moved_on_does_nothing(dated: Memory) -> None:
    ledger, index, place = refused_and_appealed(dated, gift(2, "a2", "a5"), PASS_ON_AT)
    other = held_at(ledger, forced(2, "a2", "a6"), PASS_ON_AT + 3)
    ledger.done(ruling(other, "permit", officers=OTHERS), at=PASS_ON_AT + 3)
    late = ledger.one(outcome(index, place, "permit"), PASS_ON_AT + 4)
    assert late.error is not None
    assert late.error.code == "not_holder"
    ledger.done(outcome(index, place, "refuse"), at=PASS_ON_AT + 5)


def test_what_money_hung_on_is_set_aside_and_not_done(dated: Memory) -> None:
    """The money went back when it was refused; the buyer may buy again."""
    made = sale(5, "a5", payment=UNSURE)
    ledger, index, place = refused_and_appealed(dated, made, SALE_AT, strike=True)
    result = ledger.one(outcome(index, place, "permit"), SALE_AT + 3)
    assert (result.outcome, result.decision) == ("permitted", None)
    assert copy_of(ledger, 5)["holder"] is None
    assert ledger.state["account/a5"]["strikes"] == []
    decided_again(ledger)


def test_a_regulator_may_rule_on_an_appeal_and_on_nothing_else(dated: Memory) -> None:
    made = gift(2, "a2", "a5")
    ledger, index, place = refused_and_appealed(dated, made, PASS_ON_AT)
    upheld = ruling(index, "permit", "by-r", "regulator-1", appeal=place, officers=OTHERS)
    ledger.done(upheld, at=PASS_ON_AT + 3)
    first = dated.copy()
    index = held_at(first, made, PASS_ON_AT)
    alone = first.one(ruling(index, "refuse", "by-r", "regulator-1"), PASS_ON_AT)
    assert alone.error is not None
    assert alone.error.code == "wrong_member"
    decided_again(ledger)


def test_the_time_to_appeal_ends_with_a_working_day(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    ledger.done(ruling(index, "refuse"), at=SALE_AT + 1)
    late = ledger.copy().one(appeal(index, "a5", SALE_UNTIL), SALE_UNTIL)
    assert late.error is not None
    assert late.error.code == "appeal_over"
    ledger.done(appeal(index, "a5", SALE_UNTIL - 1), at=SALE_UNTIL + DAY_MS)
