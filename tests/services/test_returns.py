"""Returning what was bought, and the seller's partial refunds."""

from __future__ import annotations

import pytest

from collectibles.errors import BadInput, Conflict, NotFound, Refused
from collectibles.ledger import state
from collectibles.services.collection import collection, held
from collectibles.services.refund_in_part import refund_in_part, refunds_by_seller
from collectibles.services.request_return import request_return
from tests.service import Service
from tests.services.buying import (
    DAY,
    HOUR,
    NO_RETURN,
    PRICE,
    assert_books_balance,
    cases_open,
    editions,
    make_buyer,
    make_series,
    order,
    order_row,
    pay,
    refunds_of,
    rounds,
)


def bought(service: Service, number: int = 1, **how: str) -> tuple[str, str, int]:
    """A buyer, the order and the edition they got."""
    buyer = make_buyer(service.ctx, number)
    placed = order(service.ctx, buyer, **how)
    pay(service, placed.order_id)
    service.pump()
    return buyer, placed.order_id, order_row(service.ctx, placed.order_id).edition


def test_a_return_takes_it_back_and_pays_all_of_it(service: Service) -> None:
    make_series(service)
    buyer, placed, edition = bought(service)
    request_return(service.ctx, buyer, "s-plain", edition, "form")
    request_return(service.ctx, buyer, "s-plain", edition, "form")
    rounds(service, times=1)
    assert order_row(service.ctx, placed).state == "returned"
    (refund,) = refunds_of(service.ctx, placed)
    assert (refund.state, refund.amount, refund.on_ledger) == ("done", PRICE, True)
    value = service.ctx.ledger.read.value(state.collectible("s-plain", edition))
    assert (value["holder"], value["gone"], value["pending"], value["back"]) == (
        None,
        "returned",
        0,
        PRICE,
    )
    assert editions(service.ctx) == {"gone": 1, "free": 9}
    assert collection(service.ctx, buyer) == []
    assert_books_balance(service)
    again = order(service.ctx, buyer)  # the limit counts what was kept
    assert order_row(service.ctx, again.order_id).state == "placed"


def test_the_right_ends_at_its_moment_and_not_before(service: Service) -> None:
    make_series(service)
    buyer, placed, edition = bought(service)
    until = order_row(service.ctx, placed).return_until
    assert until is not None
    service.clock.set_ms(until)
    with pytest.raises(Conflict) as over:
        request_return(service.ctx, buyer, "s-plain", edition, "late")
    assert over.value.code == "return_over"
    service.clock.set_ms(until - 1)
    request_return(service.ctx, buyer, "s-plain", edition, "in time")
    rounds(service, times=1)
    assert order_row(service.ctx, placed).state == "returned"


def test_a_right_given_up_is_none(service: Service) -> None:
    make_series(service)
    buyer, _, edition = bought(service, no_return=NO_RETURN)
    with pytest.raises(Conflict):
        request_return(service.ctx, buyer, "s-plain", edition, "form")


def test_nobody_returns_what_another_bought(service: Service) -> None:
    make_series(service)
    _, _, edition = bought(service)
    with pytest.raises(NotFound):
        request_return(service.ctx, make_buyer(service.ctx, 2), "s-plain", edition, "form")


def test_a_return_that_cannot_be_paid_out_is_a_case_and_stays_pending(service: Service) -> None:
    make_series(service)
    buyer, placed, edition = bought(service)
    service.gateway.arm("refund_abnormal", merchant="merchant-1")
    request_return(service.ctx, buyer, "s-plain", edition, "form")
    rounds(service)
    assert order_row(service.ctx, placed).state == "case"
    assert len(cases_open(service.ctx)) == 1
    value = service.ctx.ledger.read.value(state.collectible("s-plain", edition))
    assert value["pending"] == PRICE


def test_the_seller_gives_part_of_the_price_back(service: Service) -> None:
    make_series(service)
    buyer, placed, edition = bought(service)
    staff = service.staff["curator"]
    first = refund_in_part(service.ctx, staff, placed, 5_000, "展览延期", "form")
    assert refund_in_part(service.ctx, staff, placed, 5_000, "展览延期", "form").id == first.id
    rounds(service, times=1)
    value = service.ctx.ledger.read.value(state.collectible("s-plain", edition))
    assert (value["holder"], value["back"], value["pending"]) == (buyer, 5_000, 0)
    assert order_row(service.ctx, placed).state == "settled"
    shown = held(service.ctx, buyer, "s-plain", edition)
    assert (shown.paid, shown.refunded) == (PRICE, 5_000)
    assert [row[0].id for row in refunds_by_seller(service.ctx, staff)] == [first.id]
    request_return(service.ctx, buyer, "s-plain", edition, "return")
    rounds(service, times=1)
    assert [refund.amount for refund in refunds_of(service.ctx, placed)] == [5_000, PRICE - 5_000]
    assert order_row(service.ctx, placed).state == "returned"
    assert_books_balance(service)


def test_a_partial_refund_has_its_bounds(service: Service) -> None:
    make_series(service)
    _, placed, _ = bought(service)
    for amount in (0, PRICE, PRICE + 1):
        with pytest.raises(BadInput) as bad:
            refund_in_part(service.ctx, service.staff["curator"], placed, amount, "x", f"{amount}")
        assert bad.value.field == "amount"
    with pytest.raises(NotFound):
        refund_in_part(service.ctx, service.staff["curator-2"], placed, 100, "x", "other")
    assert refunds_of(service.ctx, placed) == []


def test_one_refund_after_the_other(service: Service) -> None:
    """While one refund is on its way the ledger refuses another, and nothing is paid."""
    make_series(service)
    _, placed, _ = bought(service)
    staff = service.staff["curator"]
    service.gateway.arm("balance_short", merchant="merchant-1")
    refund_in_part(service.ctx, staff, placed, 1_000, "x", "one")
    with pytest.raises(Refused) as pending:
        refund_in_part(service.ctx, staff, placed, 1_000, "x", "two")
    assert [reason.code for reason in pending.value.explained] == ["refund_pending"]
    assert len(refunds_of(service.ctx, placed)) == 1


def test_the_collection_says_when_it_may_be_given(service: Service) -> None:
    make_series(service)
    buyer, _, edition = bought(service)
    shown = held(service.ctx, buyer, "s-plain", edition)
    assert shown.give_from == service.clock.now_ms() + 4320 * HOUR
    assert shown.return_until is not None
    service.clock.advance_ms(9 * DAY)
    assert held(service.ctx, buyer, "s-plain", edition).return_until is None
    with pytest.raises(NotFound):
        held(service.ctx, make_buyer(service.ctx, 2), "s-plain", edition)
