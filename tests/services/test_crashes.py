"""Killed between any two steps, an order ends well: nothing is sold twice, no fen is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from collectibles.services.context import Context
from collectibles.services.identity_verifier import demonstration_number
from collectibles.services.place_order import place_order
from collectibles.services.receive_notice import receive_notice
from collectibles.services.refund_in_part import refund_in_part
from collectibles.services.request_return import request_return
from collectibles.services.verify_person import verify_person
from collectibles.store.tables.people import Account
from tests.service import Service
from tests.services.buying import (
    REAL_NAME,
    RISK,
    assert_books_balance,
    cases_open,
    editions,
    make_account,
    make_buyer,
    make_series,
    order,
    order_row,
    pay,
    refunds_of,
    rounds,
)
from tests.services.killing import Killed, killed_after

Another = Callable[[], Service]


def until_it_lives(start: int, step: Callable[[int], bool], most: int = 120) -> int:
    """Kill after 0, 1, 2 … steps until it is done before it is killed; how many steps it took."""
    for steps in range(start, most):
        if step(steps):
            return steps
    raise AssertionError("it never ended")


def notices_to(service: Service, ctx: Context) -> None:
    """The provider's notices go to this context; one that dies answers nothing."""

    def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            answer = receive_notice(ctx, "sandbox", headers, body)
        except Killed:
            raise OSError("connection reset") from None
        return answer.status, answer.body

    service.gateway.post = post


@pytest.mark.parametrize("how", [{}, {"currency": "USD"}], ids=["good", "refused"])
def test_a_purchase_killed_anywhere_ends_well(
    service: Service, another: Another, how: dict[str, str]
) -> None:
    make_series(service, size=200)
    fresh = another().ctx
    buyers = iter(range(1, 200))
    placed = []

    def one(steps: int) -> bool:
        buyer, key = make_buyer(service.ctx, next(buyers)), f"form-{steps}"
        dying = killed_after(service.ctx, steps)
        alive = True
        try:
            place_order(dying, buyer, "s-plain", key, RISK)
        except Killed:
            alive = False
        made = place_order(fresh, buyer, "s-plain", key, RISK)  # the buyer presses again
        placed.append(made.order_id)
        pay(service, made.order_id, **how)
        notices_to(service, dying)
        service.pump()
        notices_to(service, fresh)
        rounds(service, fresh, 2)
        state = order_row(fresh, made.order_id).state
        assert state == ("refunded" if how else "settled"), (steps, state)
        return alive and dying.database._steps.left >= 0  # type: ignore[attr-defined]

    taken = until_it_lives(0, one)
    assert taken > 8
    sold = 0 if how else len(placed)
    assert editions(fresh).get("sold", 0) == sold
    assert "reserved" not in editions(fresh)
    assert_books_balance(service)
    assert not cases_open(fresh)


def test_a_return_killed_anywhere_is_one_return(service: Service, another: Another) -> None:
    make_series(service, size=200)
    fresh = another().ctx
    buyers = iter(range(1, 200))

    def one(steps: int) -> bool:
        buyer = make_buyer(service.ctx, next(buyers))
        placed = order(service.ctx, buyer)
        pay(service, placed.order_id)
        service.pump()
        number = order_row(fresh, placed.order_id).edition
        dying, alive = killed_after(service.ctx, steps), True
        try:
            request_return(dying, buyer, "s-plain", number, f"return-{steps}")
        except Killed:
            alive = False
        if steps % 2:  # half of the buyers press again, the others wait
            request_return(fresh, buyer, "s-plain", number, f"return-{steps}")
        rounds(service, fresh, 2)
        row = order_row(fresh, placed.order_id)
        if row.state == "settled":  # killed before anything was asked of the ledger
            assert not alive
            request_return(fresh, buyer, "s-plain", number, f"again-{steps}")
            rounds(service, fresh, 2)
        assert order_row(fresh, placed.order_id).state == "returned"
        assert [r.state for r in refunds_of(fresh, placed.order_id)] == ["done"]
        assert refunds_of(fresh, placed.order_id)[0].closed_entry is not None
        return alive

    assert until_it_lives(0, one) > 5
    assert_books_balance(service)


def test_a_partial_refund_killed_anywhere_is_one_refund(service: Service, another: Another) -> None:
    make_series(service, size=200)
    fresh = another().ctx
    buyers = iter(range(1, 200))
    staff = service.staff["curator"]
    back = []

    def one(steps: int) -> bool:
        buyer = make_buyer(service.ctx, next(buyers))
        placed = order(service.ctx, buyer)
        pay(service, placed.order_id)
        service.pump()
        dying, alive = killed_after(service.ctx, steps), True
        sent = (staff, placed.order_id, 5_000, "展览延期", f"goodwill-{steps}")
        try:
            refund_in_part(dying, *sent)
        except Killed:
            alive = False
        rounds(service, fresh, 2)
        refund_in_part(fresh, *sent)  # the same form again
        rounds(service, fresh, 2)
        (refund,) = refunds_of(fresh, placed.order_id)
        assert (refund.state, refund.amount) == ("done", 5_000)
        assert refund.closed_entry is not None
        back.append(refund.amount)
        return alive

    assert until_it_lives(0, one) > 5
    with service.gateway.book.read() as tx:
        paid_back = tx.execute("SELECT sum(amount_fen) FROM refunds").fetchone()[0]
    assert paid_back == sum(back)


def test_a_verification_killed_anywhere_is_on_the_ledger_once(
    service: Service, another: Another
) -> None:
    fresh = another().ctx
    numbers = iter(range(1, 100))

    def one(steps: int) -> bool:
        number = next(numbers)
        account = make_account(service.ctx, number)
        document = demonstration_number(f"buyer {number}", service.clock.now_ms())
        dying, alive = killed_after(service.ctx, steps), True
        try:
            verify_person(dying, account, "测试甲", document, REAL_NAME)
        except Killed:
            alive = False
        rounds(service, fresh, 1)
        verify_person(fresh, account, "测试甲", document, REAL_NAME)
        with fresh.database.begin() as session:
            row = session.get_one(Account, account)
        value = fresh.ledger.read.value(f"account/{account}")
        assert value["person"] == row.person_id is not None
        assert row.attested_entry is not None
        return alive

    assert until_it_lives(0, one) > 3
