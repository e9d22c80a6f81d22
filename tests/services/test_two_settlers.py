"""The notice and the worker settle the same order: whoever comes when, it ends once and well.

Before each step of the one, in turn, the other comes and gets a certain number of steps far.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from collectibles.services import settle_order as settling
from collectibles.services.apply_payment import ask_provider
from collectibles.services.context import Context
from collectibles.services.settle_order import settle_order
from collectibles.services.work import work
from collectibles.store.tables.orders import Order
from compliance.rule import Text
from tests.service import Service
from tests.services.buying import (
    DAY,
    assert_books_balance,
    editions,
    make_buyer,
    make_series,
    order,
    order_row,
    pay,
    payment_of,
    refunds_of,
)
from tests.services.interleaving import interleaved
from tests.services.killing import Killed, killed_after
from tests.services.passing import (
    A_WHILE,
    HOLD_DAYS,
    accepted,
    assert_money_balances,
    buy,
    go_round,
    holder_of,
    offer_at,
    resale_row,
)
from tests.trial import Counts

Another = Callable[[], Service]

#: How many steps far the one who comes between gets: up to the sale, past it, to its end.
LENGTHS = range(1, 7)


def one_comes_between(service: Service, second: Service, number: str, when: int, far: int) -> bool:
    """Settle an order; before step `when` another settler comes and gets `far` steps far.

    Returns whether there was such a step. The other's steps that are missing are made up for at
    the end: it was slow, or it died and the worker does it again.
    """

    def other() -> None:
        with suppress(Killed):
            settle_order(killed_after(second.ctx, far), number)

    meeting, turn = interleaved(service.ctx, when, other)
    settle_order(meeting, number)
    settle_order(second.ctx, number)
    return turn.came


def meet_everywhere(
    service: Service, second: Service, one: Callable[[], str], lengths: range
) -> int:
    """Every step of one settler with these lengths of the other; returns how many met."""
    met = 0
    for far in lengths:
        for when in range(20):
            number = one()
            came = one_comes_between(service, second, number, when, far)
            at = f"before step {when}, {far} steps far"
            assert order_row(service.ctx, number).state == "settled", at
            assert refunds_of(service.ctx, number) == [], at
            if not came:
                break
            met += 1
    return met


def paid_order(service: Service, buyer: int, series: str) -> str:
    """An order the provider says is paid, and nobody has settled."""
    placed = order(service.ctx, make_buyer(service.ctx, buyer), series)
    pay(service, placed.order_id)
    assert ask_provider(service.ctx, payment_of(service.ctx, placed.order_id).id) == "paid"
    return placed.order_id


def last_ones(service: Service, made: list[str]) -> Callable[[], str]:
    """Makes orders of the only edition of a series: who comes second finds none left."""

    def one() -> str:
        series = make_series(service, f"s-{len(made)}", size=1)
        made.append(paid_order(service, len(made) + 1, series))
        return made[-1]

    return one


def test_a_sale_settled_by_two_is_sold_once_and_not_refunded(
    service: Service, another: Another
) -> None:
    made: list[str] = []
    assert meet_everywhere(service, another(), last_ones(service, made), LENGTHS) > 20
    for number in range(len(made)):
        assert editions(service.ctx, f"s-{number}") == {"sold": 1}
    assert_books_balance(service)


def test_of_many_left_two_settlers_take_one(service: Service, another: Another) -> None:
    make_series(service, size=200)
    made: list[str] = []

    def one() -> str:
        made.append(paid_order(service, len(made) + 1, "s-plain"))
        return made[-1]

    assert meet_everywhere(service, another(), one, LENGTHS[:3]) > 12
    assert editions(service.ctx) == {"sold": len(made), "free": 200 - len(made)}
    assert_books_balance(service)


def test_without_asking_the_ledger_again_a_sale_would_be_refunded(
    service: Service, another: Another, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the guard off, some meeting gives back the money of what was sold."""

    def give_back(ctx: Context, order: Order, reason: str, why: Text) -> None:
        settling._give_back(ctx, order, reason, why, None)

    monkeypatch.setattr(settling, "_give_back_unanswered", give_back)
    with pytest.raises(AssertionError, match="before step"):
        meet_everywhere(service, another(), last_ones(service, []), LENGTHS)


def test_a_resale_settled_by_two_ends_once(
    service: Service, another: Another, counts: Counts
) -> None:
    """The former payment goes back once and the collectible moves once, wherever the two meet."""
    ctx, second = service.ctx, another()
    pairs = [(when, far) for far in range(counts(3, 12)) for when in range(counts(3, 16))]
    stride = counts(5, 1)  # far apart in a sample, every one in a trial
    make_series(service, size=len(pairs))
    holders = [buy(service, number) for number in range(1, len(pairs) + 1)]
    service.clock.advance_ms((HOLD_DAYS + A_WHILE) * DAY)
    work(ctx)
    for number, ((when, far), (holder, edition)) in enumerate(zip(pairs, holders, strict=True)):
        at = f"before step {when * stride}, {far * stride} steps far"
        person = 5_000 + number
        friend = make_buyer(ctx, person)
        offer = offer_at(service, holder, edition, person)
        order_id = accepted(service, friend, offer)
        pay(service, order_id)
        assert ask_provider(ctx, payment_of(ctx, order_id).id) == "paid"
        one_comes_between(service, second, order_id, when * stride, far * stride)
        go_round(service)
        assert resale_row(ctx, offer).state == "posted", at
        assert order_row(ctx, order_id).state == "settled", at
        assert refunds_of(ctx, order_id) == [], at
        assert holder_of(ctx, edition) == friend, at
    assert_money_balances(service)
