"""What the ledger does not admit of rulings and appeals: each conflict by its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collectibles.domain.movements import Movement
from collectibles.ledger import rulings
from collectibles.ledger.machine import Result
from tests.ledger.build import (
    PASS_ON_AT,
    SALE_AT,
    Memory,
    account,
    appeal,
    freeze,
    gift,
    lapse,
    ruling,
    sale,
    withdrawal,
)
from tests.ledger.dated import (
    LATE,
    OTHERS,
    SALE_UNTIL,
    TWO,
    UNSURE,
    dated_shop,
    held_at,
    outcome,
    refused_and_appealed,
)

Case = Callable[[Memory], Result]


@pytest.fixture(scope="module")
def dated() -> Memory:
    return dated_shop()


# What is not admitted


def _on_a_held_sale(made: Callable[[int], Movement], at: int = SALE_AT + 1) -> Case:
    def run(ledger: Memory) -> Result:
        index = held_at(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
        return ledger.one(made(index), at)

    return run


def _on_an_appeal(made: Callable[[int, int], Movement], before: str = "") -> Case:
    def run(ledger: Memory) -> Result:
        ledger, index, place = refused_and_appealed(ledger, gift(2, "a2", "a5"), PASS_ON_AT)
        if before:
            ledger.done(outcome(index, place, before), at=PASS_ON_AT + 3)
        return ledger.one(made(index, place), PASS_ON_AT + 4)

    return run


def _appeal_of(**changes: Any) -> Case:
    def run(ledger: Memory) -> Result:
        index = held_at(ledger, gift(2, "a2", "a5"), PASS_ON_AT)
        ledger.done(ruling(index, "refuse"), at=PASS_ON_AT + 1)
        return ledger.one(appeal(index, "a2", PASS_ON_AT + 2, **changes), PASS_ON_AT + 3)

    return run


def _account_moved(ledger: Memory) -> Result:
    index = held_at(ledger, account("a2", "again", affiliations=["museum-1"]), SALE_AT)
    other = held_at(ledger, account("a2", "other", affiliations=["x"]), SALE_AT)
    ledger.done(ruling(other, "permit", officers=TWO), at=SALE_AT)
    return ledger.one(ruling(index, "permit", officers=TWO), SALE_AT)


def _appealed_late(ledger: Memory) -> Result:
    index = held_at(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    ledger.done(ruling(index, "refuse"), at=SALE_AT + 1)
    return ledger.one(appeal(index, "a5", SALE_UNTIL), SALE_UNTIL)


def _frozen_meanwhile(ledger: Memory) -> Result:
    index = held_at(ledger, sale(5, "a5", payment=UNSURE), SALE_AT)
    ledger.done(freeze("account", "a5"), at=SALE_AT)
    return ledger.one(ruling(index, "permit"), SALE_AT + 1)


def _late_for_another_rule(ledger: Memory) -> Result:
    index = held_at(ledger, sale(5, "a8", payment=UNSURE), LATE - 1)
    return ledger.one(ruling(index, "permit"), LATE)


CASES: dict[str, list[Case]] = {
    "no_hold": [lambda ledger: ledger.one(appeal(3, "a1", SALE_AT), SALE_AT)],
    "ruled": [
        _on_an_appeal(
            lambda i, p: ruling(i, "refuse", "more", appeal=p, officers=OTHERS), "refuse"
        ),
        _on_an_appeal(lambda i, p: ruling(i, "refuse", "again")),
    ],
    "hold_lapsed": [
        _on_a_held_sale(lambda i: ruling(i, "permit"), SALE_UNTIL),
        _on_a_held_sale(lambda i: ruling(i, "refuse"), SALE_UNTIL),
        _on_a_held_sale(lambda i: withdrawal(i, "a5"), SALE_UNTIL),
        _on_a_held_sale(
            lambda i: ruling(i, "refuse", officers=["operator"], strike=True), SALE_UNTIL
        ),
    ],
    "not_lapsed": [_on_a_held_sale(lapse, SALE_UNTIL - 1)],
    "officer_twice": [
        _on_a_held_sale(lambda i: ruling(i, "permit", officers=["officer-a", "officer-a"]))
    ],
    "own_movement": [
        _on_a_held_sale(lambda i: ruling(i, "permit", officers=["a5"])),
        _on_a_held_sale(lambda i: ruling(i, "refuse", officers=["officer-a", "a5"])),
        _on_an_appeal(lambda i, p: outcome(i, p, "refuse", officers=["a2"])),
    ],
    "more_officers": [_on_an_appeal(lambda i, p: outcome(i, p, "permit", officers=["officer-c"]))],
    "no_strike": [
        _on_a_held_sale(lambda i: ruling(i, "permit", strike=True)),
        _on_a_held_sale(lambda i: ruling(i, "refuse", officers=["a5"], strike=True)),
        _on_an_appeal(lambda i, p: outcome(i, p, "refuse", strike=True)),
    ],
    "no_appeal": [
        _on_a_held_sale(lambda i: ruling(i, "refuse", appeal=3)),
        _on_an_appeal(lambda i, p: outcome(i, p - 1, "refuse")),
    ],
    "same_officers": [_on_an_appeal(lambda i, p: outcome(i, p, "refuse", officers=TWO))],
    "nothing_to_appeal": [
        _on_a_held_sale(lambda i: appeal(i, "a5", SALE_AT)),
    ],
    "appealed": [_on_an_appeal(lambda i, p: appeal(i, "a2", PASS_ON_AT + 3, op_id="again"))],
    "not_concerned": [_appeal_of(account="a5")],
    "appeal_time": [
        _appeal_of(received_at=PASS_ON_AT),
        _appeal_of(received_at=PASS_ON_AT + 4),
    ],
    "subject_moved": [_account_moved],
    "appeal_over": [_appealed_late],
    "refused_now": [_frozen_meanwhile],
    "held_otherwise": [_late_for_another_rule],
}


@pytest.mark.parametrize(
    ("code", "case"), [(code, case) for code, cases in CASES.items() for case in cases]
)
def test_what_is_not_admitted_is_told(dated: Memory, code: str, case: Case) -> None:
    result = case(dated.copy())
    assert result.error is not None, result
    assert (result.error.code, result.index) == (code, None)
    assert result.error.zh
    assert result.error.en


def test_every_conflict_of_rulings_has_a_case() -> None:
    text = Path(rulings.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:Conflict|Forbidden)\(\s*\"(\w+)\"", text))
    assert named == set(CASES)
