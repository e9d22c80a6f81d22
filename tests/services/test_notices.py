"""Notices: twenty times at once, late, lost, wrong, forged; the provider silent or short."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from collectibles.payments.sandbox.transport import NoAnswer
from collectibles.services.receive_notice import MAX_BYTES, receive_notice
from collectibles.services.watch_payments import watch
from collectibles.store.tables.orders import Notice, RefusedNotice
from tests.service import Service
from tests.services.buying import (
    DAY,
    PRICE,
    assert_books_balance,
    cases_open,
    make_buyer,
    make_series,
    order,
    order_row,
    pay,
    payment_of,
    refunds_of,
    rounds,
)


def keep_notices(service: Service) -> list[tuple[dict[str, str], bytes]]:
    """Deliveries are kept instead of handled; the provider thinks they were lost."""
    kept: list[tuple[dict[str, str], bytes]] = []

    def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        kept.append((headers, body))
        raise OSError("lost")

    service.gateway.post = post
    return kept


def refused(service: Service) -> dict[str, int]:
    with service.ctx.database.begin() as session:
        rows = session.execute(
            select(RefusedNotice.reason, func.sum(RefusedNotice.count)).group_by(
                RefusedNotice.reason
            )
        )
        return {row[0]: int(row[1]) for row in rows}


def test_a_notice_twenty_times_at_once_settles_once(
    service: Service, another: Callable[[], Service]
) -> None:
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    kept = keep_notices(service)
    service.gateway.arm("duplicate", merchant="merchant-1", detail={"copies": 20})
    pay(service, placed.order_id)
    service.pump()
    assert len(kept) == 20  # each signed anew
    contexts = (service.ctx, another().ctx)
    answers: list[int] = []
    together = threading.Barrier(20)

    def arrive(number: int) -> None:
        together.wait()
        headers, body = kept[number]
        answers.append(receive_notice(contexts[number % 2], "sandbox", headers, body).status)

    threads = [threading.Thread(target=arrive, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 20
    row = order_row(service.ctx, placed.order_id)
    assert row.state == "settled"
    kinds = [entry["kind"] for entry in service.ctx.ledger.read.entries(0, 100)]
    assert kinds.count("sale") == 1
    with service.ctx.database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == 1
    assert_books_balance(service)


def test_a_lost_notice_is_made_up_for_by_asking(service: Service) -> None:
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    keep_notices(service)
    pay(service, placed.order_id)
    rounds(service, times=1)
    assert order_row(service.ctx, placed.order_id).state == "settled"
    assert payment_of(service.ctx, placed.order_id).notice is not None


def test_an_answer_that_is_lost_is_asked_for_again(service: Service) -> None:
    make_series(service)
    service.gateway.arm("lost_answer", merchant="merchant-1")
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    rounds(service, times=2)
    assert payment_of(service.ctx, placed.order_id).pay_url is not None
    pay(service, placed.order_id, currency="USD")
    service.gateway.arm("lost_answer", merchant="merchant-1")
    rounds(service)
    assert order_row(service.ctx, placed.order_id).state == "refunded"
    assert_books_balance(service)


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("wrong_amount", {"delta_fen": 1}),
        ("wrong_currency", {"currency": "USD"}),
        ("wrong_merchant", {"as_merchant": "merchant-2"}),
    ],
)
def test_a_notice_that_differs_is_not_believed_alone(
    service: Service, fault: str, detail: dict[str, object]
) -> None:
    """The provider, asked, says what was really paid: exactly the price."""
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    service.gateway.arm(fault, merchant="merchant-1", detail=detail)
    pay(service, placed.order_id)
    service.pump()
    assert order_row(service.ctx, placed.order_id).state == "settled"
    payment = payment_of(service.ctx, placed.order_id)
    assert (payment.paid_amount, payment.paid_currency) == (PRICE, "CNY")
    assert refused(service)["notice_differs"] == 1
    assert_books_balance(service)


@pytest.mark.parametrize("fault", ["tampered", "stale"])
def test_a_notice_that_cannot_be_believed_changes_nothing(service: Service, fault: str) -> None:
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    service.gateway.arm(fault, merchant="merchant-1")
    pay(service, placed.order_id)
    service.pump()
    assert order_row(service.ctx, placed.order_id).state == "placed"
    assert sum(refused(service).values()) == 1
    service.clock.advance_ms(20_000)
    service.pump()  # the second delivery is right
    assert order_row(service.ctx, placed.order_id).state == "settled"


def test_forgeries_are_counted_and_never_answered_with_success(service: Service) -> None:
    answers = [
        receive_notice(service.ctx, "sandbox", {}, b"{}"),
        receive_notice(service.ctx, "sandbox", {}, b"{}"),
        receive_notice(service.ctx, "sandbox", {}, b"x" * (MAX_BYTES + 1)),
    ]
    assert [answer.status for answer in answers] == [500, 500, 500]
    assert refused(service) == {"notice_unsigned": 2, "notice_too_large": 1}
    assert receive_notice(service.ctx, "none", {}, b"{}").status == 404


def test_a_payment_we_know_nothing_of_becomes_a_case(service: Service) -> None:
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    payment = payment_of(service.ctx, placed.order_id)
    with service.ctx.database.begin() as session:
        session.delete(session.merge(payment))
    service.gateway.pay("merchant-1", payment.id)
    service.pump()
    (case,) = cases_open(service.ctx)
    assert case.kind == "unmatched_notice"
    assert case.due_at > service.clock.now_ms()


def test_a_refund_that_cannot_be_paid_out_is_a_case(service: Service) -> None:
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    service.gateway.arm("refund_abnormal", merchant="merchant-1")
    pay(service, placed.order_id, currency="USD")
    rounds(service)
    assert order_row(service.ctx, placed.order_id).state == "case"
    (case,) = cases_open(service.ctx)
    assert (case.order_id, case.owner) == (placed.order_id, "operator")


def test_a_seller_without_funds_is_a_case_until_the_refund_is_done(service: Service) -> None:
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    service.gateway.arm("balance_short", merchant="merchant-1")
    pay(service, placed.order_id, currency="USD")
    rounds(service)
    assert order_row(service.ctx, placed.order_id).state == "case"
    assert len(cases_open(service.ctx)) == 1
    with service.gateway.book.change() as tx:
        tx.execute("DELETE FROM faults")
    rounds(service)
    assert order_row(service.ctx, placed.order_id).state == "refunded"
    assert not cases_open(service.ctx)
    assert [refund.state for refund in refunds_of(service.ctx, placed.order_id)] == ["done"]
    assert_books_balance(service)


def test_a_silent_provider_holds_no_edition_for_ever(service: Service) -> None:
    make_series(service, size=1)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    rail = service.ctx.rails["sandbox"]

    class Silent:
        def send(self, *asked: object) -> object:
            raise NoAnswer("silent")

    calls = rail._calls  # type: ignore[attr-defined]
    kept, calls._transport = calls._transport, Silent()
    service.clock.advance_ms(16 * 60_000)
    watch(service.ctx, service.clock.now_ms())
    assert order_row(service.ctx, placed.order_id).state == "placed"
    service.clock.advance_ms(11 * 60_000)
    watch(service.ctx, service.clock.now_ms())
    assert order_row(service.ctx, placed.order_id).state == "expired"
    calls._transport = kept
    rounds(service)
    assert payment_of(service.ctx, placed.order_id).state == "closed"
    service.clock.advance_ms(DAY)
    rounds(service)
