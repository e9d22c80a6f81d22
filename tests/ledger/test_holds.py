"""Holds: their term, what they lock, who rules on them, what a permit covers."""

from __future__ import annotations

import pytest

from collectibles.ledger.holds import UNDATED_MS
from compliance.calendar import DAY_MS, moment
from tests.ledger.build import (
    FIRST,
    PASS_ON_AT,
    PRICE,
    RETURN_AT,
    SALE_AT,
    Memory,
    account,
    appeal,
    forced,
    freeze,
    gift,
    lapse,
    post,
    reserve,
    returned,
    ruling,
    sale,
    void,
    withdrawal,
)
from tests.ledger.dated import (
    LATE,
    OTHERS,
    SALE_UNTIL,
    TWO,
    UNSURE,
    copy_of,
    dated_shop,
    decided_again,
    held_at,
    hold_value,
)


@pytest.fixture(scope="module")
def dated() -> Memory:
    return dated_shop()


# The term


def test_a_hold_ends_with_a_working_day(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    assert ledger.entries[index]["act"]["until"] == SALE_UNTIL
    assert ledger.entries[index]["act"]["officers"] == 1
    assert ledger.one(sale(5, "a6"), SALE_UNTIL - 1).error is not None
    assert ledger.one(sale(5, "a6", op_id="after"), SALE_UNTIL).outcome == "permitted"


def test_holidays_and_made_up_days_count_as_what_they_are(dated: Memory) -> None:
    """From 28 September 2026: two days, then the holiday to 7 October; Saturday 10th is worked."""
    ledger = dated.copy()
    made = gift(2, "a2", "a5")
    index = held_at(ledger, made, moment("2026-09-28 09:00:00"))
    assert ledger.entries[index]["act"]["until"] == moment("2026-10-17 00:00:00")


def test_under_the_first_release_a_hold_is_as_it_was(sold: Memory) -> None:
    ledger = sold.copy()
    index = held_at(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    assert ledger.entries[index]["act"].keys() == {"kind", "act", "until"}
    assert ledger.entries[index]["act"]["until"] == SALE_AT + UNDATED_MS == SALE_AT + 15 * DAY_MS
    assert hold_value(ledger, index).keys() == {"kind", "act", "by", "until", "ruling"}
    assert not FIRST.has("hold.working_days")
    ledger.done(ruling(index, "refuse"), at=SALE_AT + 1)
    asked = ledger.one(appeal(index, "a5", SALE_AT + 1), SALE_AT + 2)
    assert asked.error is not None
    assert asked.error.code == "nothing_to_appeal"


def test_a_lapse_is_recorded_once_the_time_is_over(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    ledger.done(lapse(index), at=SALE_UNTIL)
    assert hold_value(ledger, index)["ruling"] == "lapse"
    assert copy_of(ledger, 5)["lock"] is None
    late = ledger.one(appeal(index, "a5", SALE_UNTIL), SALE_UNTIL + 1)
    assert late.error is not None
    assert late.error.code == "nothing_to_appeal"
    decided_again(ledger)


def test_a_lapse_is_recorded_of_older_holds_too(sold: Memory) -> None:
    ledger = sold.copy()
    index = held_at(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    ledger.done(lapse(index), at=SALE_AT + UNDATED_MS)
    assert hold_value(ledger, index)["ruling"] == "lapse"


def test_a_lapse_does_not_take_a_later_lock_off(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    other = held_at(ledger, sale(5, "a6", payment=UNSURE), SALE_UNTIL)
    ledger.done(lapse(index), at=SALE_UNTIL + 1)
    assert copy_of(ledger, 5)["lock"]["index"] == other


# Who rules


def test_as_many_officers_as_the_strictest_rule_says(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, gift(2, "a2", "a5"), PASS_ON_AT)
    assert ledger.entries[index]["act"]["officers"] == 2
    alone = ledger.one(ruling(index, "permit"), PASS_ON_AT + 1)
    assert alone.error is not None
    assert alone.error.code == "more_officers"
    ledger.done(ruling(index, "permit", officers=TWO), at=PASS_ON_AT + 1)
    assert copy_of(ledger, 2)["holder"] == "a5"
    decided_again(ledger)


def test_one_officer_refuses(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, gift(2, "a2", "a5"), PASS_ON_AT)
    ledger.done(ruling(index, "refuse"), at=PASS_ON_AT + 1)
    assert hold_value(ledger, index)["ruling"] == "refuse"
    assert (copy_of(ledger, 2)["holder"], copy_of(ledger, 2)["lock"]) == ("a2", None)


@pytest.mark.parametrize("party", ["a2", "a5"])
def test_either_side_may_take_it_back_meanwhile(dated: Memory, party: str) -> None:
    ledger = dated.copy()
    index = held_at(ledger, gift(2, "a2", "a5"), PASS_ON_AT)
    ledger.done(withdrawal(index, party), at=PASS_ON_AT + 1)
    assert hold_value(ledger, index)["ruling"] == "withdraw"
    late = ledger.one(ruling(index, "permit", officers=TWO), PASS_ON_AT + 2)
    assert late.error is not None
    assert late.error.code == "ruled"
    decided_again(ledger)


def test_of_a_withdrawal_and_a_permit_in_one_batch_the_first_stands(dated: Memory) -> None:
    for first, holder in (("withdraw", "a2"), ("permit", "a5")):
        ledger = dated.copy()
        index = held_at(ledger, gift(2, "a2", "a5"), PASS_ON_AT)
        both = [withdrawal(index, "a2"), ruling(index, "permit", officers=TWO)]
        if first == "permit":
            both.reverse()
        results = ledger.apply(*both, at=PASS_ON_AT + 1).results
        assert [result.outcome for result in results] == ["permitted", "error"]
        assert hold_value(ledger, index)["ruling"] == first
        assert copy_of(ledger, 2)["holder"] == holder


# What a permit covers


def test_a_permit_covers_what_was_found_and_nothing_else(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, sale(5, "a8", payment=UNSURE), LATE - 1)
    result = ledger.copy().one(ruling(index, "permit"), LATE - 1)
    assert result.outcome == "permitted"
    assert result.decision is not None
    assert result.decision.outcome == "held"  # what was found then is found still
    other = ledger.one(ruling(index, "permit"), LATE)
    assert other.error is not None
    assert other.error.code == "held_otherwise"
    ledger.done(ruling(index, "refuse"), at=LATE)


def test_a_permit_of_an_account_that_has_changed_since_is_not_to_be_had(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, account("a2", "again", affiliations=["museum-1"]), SALE_AT)
    two = ledger.copy()
    two.done(freeze("account", "a2"), at=SALE_AT + 1)  # which is no change of what it says
    two.done(ruling(index, "permit", officers=TWO), at=SALE_AT + 2)
    assert two.state["account/a2"]["affiliations"] == ["museum-1"]
    ledger.done(account("a2", "closing", open=False), at=SALE_AT + 1)
    late = ledger.one(ruling(index, "permit", officers=TWO), SALE_AT + 3)
    assert late.error is not None
    assert late.error.code == "subject_moved"
    assert ledger.state["account/a2"]["open"] is False


def test_a_held_reservation_lasts_as_long_from_its_ruling(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, reserve(2, "a2", "a5", until=PASS_ON_AT + DAY_MS), PASS_ON_AT)
    later = PASS_ON_AT + 2 * DAY_MS
    ledger.done(ruling(index, "permit", officers=TWO), at=later)
    lock = copy_of(ledger, 2)["lock"]
    assert (lock["what"], lock["until"]) == ("resale", later + DAY_MS)
    decided_again(ledger)


def _posting_held(dated: Memory) -> tuple[Memory, int]:
    ledger = dated.copy()
    ledger.done(reserve(1, "a1", "a5", until=PASS_ON_AT + DAY_MS), at=PASS_ON_AT)
    return ledger, held_at(ledger, post(1, "a1", "a5", payment=UNSURE), PASS_ON_AT + 1)


def test_a_held_posting_keeps_its_reservation_until_the_ruling(dated: Memory) -> None:
    ledger, index = _posting_held(dated)
    until = ledger.entries[index]["act"]["until"]
    assert copy_of(ledger, 1)["lock"]["until"] == until > PASS_ON_AT + DAY_MS
    taken = ledger.one(gift(1, "a1", "a6"), until - 1)
    assert taken.error is not None
    ledger.done(ruling(index, "permit"), at=until - 1)
    assert (copy_of(ledger, 1)["holder"], copy_of(ledger, 1)["lock"]) == ("a5", None)
    decided_again(ledger)


def test_a_refused_posting_leaves_the_reservation_as_it_was(dated: Memory) -> None:
    ledger, index = _posting_held(dated)
    ledger.done(ruling(index, "refuse"), at=PASS_ON_AT + 2)
    lock = copy_of(ledger, 1)["lock"]
    assert lock["until"] == PASS_ON_AT + DAY_MS
    assert lock.keys() == {"what", "index", "resale", "from", "to", "consideration", "until"}
    ledger.done(void(1, "a5"), at=PASS_ON_AT + 3)
    assert copy_of(ledger, 1)["lock"] is None


def test_a_voided_reservation_cannot_be_posted_by_a_ruling(dated: Memory) -> None:
    ledger, index = _posting_held(dated)
    ledger.done(void(1, "a5"), at=PASS_ON_AT + 2)
    late = ledger.one(ruling(index, "permit"), PASS_ON_AT + 3)
    assert late.error is not None
    assert late.error.code == "no_reservation"


def test_who_prepared_or_ordered_it_does_not_rule_on_it(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, forced(2, "a2", "a6"), PASS_ON_AT)  # ordered by officers a and b
    own = ledger.one(ruling(index, "permit", officers=["officer-b", "officer-c"]), PASS_ON_AT)
    assert own.error is not None
    assert own.error.code == "own_movement"
    ledger.done(ruling(index, "permit", officers=OTHERS), at=PASS_ON_AT)
    assert copy_of(ledger, 2)["holder"] == "a6"


def test_a_held_return_and_its_ruling(dated: Memory) -> None:
    ledger = dated.copy()
    index = held_at(ledger, returned(2, "a2", amount=PRICE), RETURN_AT)
    ledger.done(ruling(index, "permit", officers=TWO), at=RETURN_AT + 1)
    assert copy_of(ledger, 2)["gone"] == "returned"
    decided_again(ledger)
