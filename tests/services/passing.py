"""What tests of gifts and resales do over and over: somebody who holds, a world a while later."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any

from collectibles.errors import CollectiblesError
from collectibles.ledger import state
from collectibles.services.accept_gift import accept_gift
from collectibles.services.accept_resale import accept_resale
from collectibles.services.context import Context
from collectibles.services.offer_gift import offer_gift
from collectibles.services.offer_resale import offer_resale
from collectibles.services.work import work
from collectibles.store.tables.orders import Order, Payment
from collectibles.store.tables.passing import GiftOffer, ResaleOffer
from tests.service import Service
from tests.services.buying import (
    DAY,
    NO_RETURN,
    PRICE,
    RISK,
    make_buyer,
    make_series,
    order,
    order_row,
    pay,
)

#: The holding time of the rules in force: 180 days.
HOLD_DAYS = 180
#: Days after that: whoever gives to a stranger at once, once it is possible, is held.
A_WHILE = 10


def key() -> str:
    """A form's key."""
    return secrets.token_urlsafe(16)


def buy(service: Service, number: int, series: str = "s-plain") -> tuple[str, int]:
    """Person `number` buys one of a series, without a right of return: account and edition."""
    account = make_buyer(service.ctx, number)
    placed = order(service.ctx, account, series, no_return=NO_RETURN)
    pay(service, placed.order_id)
    service.pump()
    row = order_row(service.ctx, placed.order_id)
    assert row.state == "settled"
    return account, row.edition


def holder_since_long(service: Service, number: int = 1, size: int = 10) -> tuple[str, int]:
    """As `buy`, of a new series, so long ago that it may be given and passed on."""
    make_series(service, size=size)
    account, edition = buy(service, number)
    service.clock.advance_ms((HOLD_DAYS + A_WHILE) * DAY)
    work(service.ctx)
    return account, edition


def phone(number: int) -> str:
    """The phone of person `number`."""
    return f"1380000{number:04d}"


def offer_at(service: Service, account: str, edition: int, to: int, asked: int = PRICE) -> str:
    """An offer to pass an edition on to person `to`."""
    return offer_resale(service.ctx, account, "s-plain", edition, phone(to), asked, key())


def accepted(service: Service, account: str, offer: str, ctx: Context | None = None) -> str:
    """The named person accepts; returns the order to be paid."""
    placed = accept_resale(ctx or service.ctx, account, offer, key(), RISK)
    assert placed.pay_url is not None
    return placed.order_id


def go_round(service: Service, ctx: Context | None = None, times: int = 3) -> None:
    """The worker's rounds, with the notices that arrive in between."""
    for _ in range(times):
        service.clock.advance_ms(30_000)
        service.pump()
        work(ctx or service.ctx)


def give(service: Service, giver: str, edition: int, to: str) -> None:
    """A whole gift."""
    offered = offer_gift(service.ctx, giver, "s-plain", edition, key())
    accept_gift(service.ctx, to, offered.secret)


def holder_of(ctx: Context, edition: int, series: str = "s-plain") -> str | None:
    value = ctx.ledger.read.value(state.collectible(series, edition))
    holder: str | None = value["holder"]
    return holder


def gift_row(ctx: Context, offer: str) -> GiftOffer:
    with ctx.database.begin() as session:
        return session.get_one(GiftOffer, offer)


def resale_row(ctx: Context, offer: str) -> ResaleOffer:
    with ctx.database.begin() as session:
        return session.get_one(ResaleOffer, offer)


def entries_of(ctx: Context, kind: str) -> list[dict[str, Any]]:
    """Every entry of a kind."""
    return [entry for _, entry in ctx.ledger.read.of_kinds(kind)]


def money(service: Service) -> dict[str, int]:
    """The provider's own book beside our orders, fen.

    `paid` came in, `back` went back; `kept` is what is left with the seller of the payments that
    pay for collectibles now held by those who paid.
    """
    with service.gateway.book.read() as tx:
        paid = tx.execute("SELECT coalesce(sum(paid_fen), 0) FROM charges").fetchone()[0]
        back = tx.execute(
            "SELECT coalesce(sum(amount_fen), 0) FROM refunds WHERE state = 'SUCCESS'"
        ).fetchone()[0]
    kept = 0
    with service.ctx.database.begin() as session:
        for row in session.query(Order).filter_by(state="settled"):
            payment = session.get_one(Payment, row.paid_by)
            if payment.state == "paid":
                assert payment.paid_amount is not None
                kept += payment.paid_amount
    return {"paid": int(paid), "back": int(back), "kept": kept}


def assert_money_balances(service: Service) -> None:
    """Money in is what is settled and what went back, to the fen."""
    found = money(service)
    assert found["paid"] == found["kept"] + found["back"], found


def at_once(*acts: Callable[[], object]) -> list[Any]:
    """What came of acts begun at the same moment: their answers or their errors."""
    together, told = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        together.wait()
        try:
            told[number] = act()  # type: ignore[call-overload]
        except CollectiblesError as problem:
            told[number] = problem  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return told
