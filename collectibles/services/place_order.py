"""Place an order for one edition of a series: asked first, then reserved, then to be paid.

Nobody pays to be refused: the engine is asked with the payment that is expected. An edition is
reserved for as long as the order may be paid. The provider is called after the commit.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from collectibles.errors import Conflict, NotFound
from collectibles.ledger import state
from collectibles.services.attest_account import attest_account
from collectibles.services.context import Context
from collectibles.services.deciding import ask, question_op, request
from collectibles.services.pay import new_payment, open_payment
from collectibles.services.reserve_edition import free_edition, reserve_edition
from collectibles.services.sale_movement import expected_sale
from collectibles.services.terms import agreed
from collectibles.services.terms import digest as terms_digest
from collectibles.services.waiting import wait_hours
from collectibles.store.locks import hold
from collectibles.store.tables.orders import Order, Payment
from collectibles.store.tables.people import Account

#: How long an order waits for its payment.
PAY_WITHIN_MS: Final = 15 * 60_000

SOLD_OUT = Conflict(
    "sold_out",
    "这个系列的藏品已全部售出或正由他人付款。未付款的会在十五分钟内重新放出，可以稍后再看。",
    "All editions of this series are sold or being paid for by others. What is not paid within"
    " fifteen minutes becomes free again; you may look again later.",
)


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order and the cashier's address; None while the provider does not answer."""

    order_id: str
    pay_url: str | None


def place_order(
    ctx: Context,
    account_id: str,
    series: str,
    form_key: str,
    risk: str | None,
    no_return: str | None = None,
    device: str | None = None,
) -> PlacedOrder:
    """Order one edition of `series`. `risk` and `no_return` are versions of the texts agreed to,
    `device` the tag of the buyer's device, if it has one.

    The same `form_key` again is the same order. Raises BadInput for agreements, NotFound for no
    such series, Refused with reasons, Conflict when it is sold out or the person's limit is
    reached by orders still open.
    """
    with ctx.database.read() as session:
        before = _of_form(session, account_id, form_key)
    if before is not None:
        return _payable(ctx, before)
    agreed("risk", risk, "risk")
    if no_return is not None:
        agreed("no_return", no_return, "no_return")
    value = ctx.ledger.read.value(state.series(series))
    if value is None:
        raise NotFound("no_series", "没有这个系列。", "There is no such series.")
    person = attest_account(ctx, account_id)
    assert risk is not None
    size = ctx.ledger.read.size()
    asked = (terms_digest(risk, no_return), device)
    _ask_first(ctx, account_id, value, asked, form_key)
    try:
        told = (risk, no_return, device)
        bought = _bought(ctx, person, series)
        order_id = _reserve(ctx, account_id, value, form_key, told, size, bought)
    except IntegrityError:
        with ctx.database.read() as session:
            placed = _of_form(session, account_id, form_key)
        if placed is None:
            raise
        order_id = placed
    return _payable(ctx, order_id)


def check_buyable(
    ctx: Context, account_id: str, series: dict[str, Any], device: str | None = None
) -> None:
    """Raise what `place_order` would, as far as can be known before the form is filled in.

    `series` is the ledger's value of the series.
    """
    attest_account(ctx, account_id)
    _ask_first(ctx, account_id, series, (series["terms"], device))


def _ask_first(
    ctx: Context,
    account_id: str,
    series: dict[str, Any],
    told: tuple[str, str | None],
    form_key: str | None = None,
) -> None:
    """Ask the engine with the payment that is expected; with a form, its refusal is recorded.

    `told` is the digest of the terms, and the device.
    """
    with ctx.database.read() as session:
        edition = free_edition(session, series["series"])
    if series["down"] is not None:
        raise Conflict("taken_down", "该系列已下架。", "This series has been taken down.")
    if series["minted"] == 0:
        raise Conflict(
            "not_minted", "该系列尚未开始发行。", "No edition of this series has been minted yet."
        )
    asked = edition or series["minted"]
    try:
        expected = (account_id, series, asked, *told)
        if form_key is None:
            ask(ctx, expected_sale(ctx, *expected))
        else:
            request(ctx, expected_sale(ctx, *expected, question_op(ctx, form_key)))
    except Conflict:
        if edition is None:
            raise SOLD_OUT from None
        raise
    if edition is None:
        raise SOLD_OUT


def _reserve(
    ctx: Context,
    account_id: str,
    series: dict[str, Any],
    form_key: str,
    told: tuple[str, str | None, str | None],
    size: int,
    bought: int,
) -> str:
    """One transaction: the person's limit, an edition, the order, its first payment.

    `told` is the texts agreed to, about risks and return, and the device.
    """
    now = ctx.clock.now_ms()
    order_id = f"o-{secrets.token_hex(10)}"
    limit = int(ctx.ledger.rulebook().value("limit.per_series", now) or 1)
    wait = wait_hours(ctx, "sale")
    with ctx.database.begin() as session:
        account = session.scalars(
            select(Account).where(Account.id == account_id).with_for_update(read=True)
        ).one()
        if not account.open or account.person_id is None:
            raise Conflict("account_closed", "该账户已注销。", "This account has been closed.")
        hold(session, "order", account.person_id, series["series"])
        same = _of_form(session, account_id, form_key)
        if same is not None:
            return same
        if bought + _under_way(session, account.person_id, series["series"], size) >= limit:
            raise Conflict(
                "limit_reached_by_orders",
                "您在这个系列已有一个进行中的订单。请先完成支付，或等它过期后再下单。",
                "You have an order for this series that is under way. Please pay it, or let it"
                " expire, before you order again.",
            )
        edition = reserve_edition(session, series["series"], order_id)
        if edition is None:
            raise SOLD_OUT
        order = Order(
            id=order_id,
            account_id=account_id,
            kind="sale",
            series=series["series"],
            edition=edition,
            amount=series["price"],
            merchant=series["seller"],
            state="placed",
            form_key=form_key,
            risk_terms=told[0],
            no_return_terms=told[1],
            device=told[2],
            wait_hours=wait,
            pay_until=min(now + PAY_WITHIN_MS, series["closes_at"]),
            created_at=now,
        )
        session.add(order)
        session.flush()
        new_payment(session, order, ctx.rail.name, now)
    return order_id


def _bought(ctx: Context, person: str | None, series: str) -> int:
    """How many of a series this person has bought, by the ledger."""
    return int(ctx.ledger.read.value(state.bought(person, series)) or 0) if person else 0


def _under_way(session: Session, person_id: str, series: str, size: int) -> int:
    """This person's orders of a series that the ledger, at `size` entries, did not count yet."""
    settled_since = (Order.state == "settled") & (Order.entry >= size)
    return session.scalars(
        select(func.count())
        .select_from(Order)
        .join(Account, Account.id == Order.account_id)
        .where(
            Account.person_id == person_id,
            Order.series == series,
            or_(Order.state.in_(("placed", "paid", "held")), settled_since),
        )
    ).one()


def _of_form(session: Session, account_id: str, form_key: str) -> str | None:
    return session.scalar(
        select(Order.id).where(Order.account_id == account_id, Order.form_key == form_key)
    )


def _payable(ctx: Context, order_id: str) -> PlacedOrder:
    """The order with the cashier's address, which is asked for if it is not known yet."""
    with ctx.database.read() as session:
        payment_id = session.scalar(
            select(Payment.id).where(Payment.order_id == order_id, Payment.state == "opened")
        )
    return PlacedOrder(order_id, open_payment(ctx, payment_id) if payment_id else None)
