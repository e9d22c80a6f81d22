"""Payments of an order: an attempt is recorded, then opened at the provider, then shown."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from collectibles.domain.orders import sources
from collectibles.errors import Conflict, NotFound, PaymentProblem
from collectibles.payments.problems import OutcomeUnknown
from collectibles.payments.provider import Charge, PayerIdentity
from collectibles.services.apply_payment import ask_provider
from collectibles.services.context import Context
from collectibles.store.tables.orders import Order, Payment
from collectibles.store.tables.people import Account, Person

#: How many attempts one order may have.
MAX_ATTEMPTS: Final = 5

#: The provider said no for good: this attempt will never open.
_HOPELESS: Final = frozenset(
    {"charge_conflict", "charge_closed", "request_refused", "currency_not_settled"}
)


def new_payment(session: Session, order: Order, rail: str, now: int) -> Payment:
    """Record an attempt to pay `order`; it is opened at the provider after the commit."""
    payment = Payment(
        id=f"P{secrets.token_hex(12)}",
        order_id=order.id,
        rail=rail,
        merchant=order.merchant,
        amount=order.amount,
        currency="CNY",
        state="opened",
        created_at=now,
        expires_at=order.pay_until,
    )
    session.add(payment)
    return payment


def open_payment(ctx: Context, payment_id: str) -> str | None:
    """Open the attempt at the provider; returns the cashier's address once it is known.

    Asking again is asking for the same. None: the provider did not answer (try again later) or
    refused, and the attempt is then closed.
    """
    with ctx.database.read() as session:
        payment, order, person = session.execute(
            select(Payment, Order, Person)
            .join(Order, Order.id == Payment.order_id)
            .join(Account, Account.id == Order.account_id)
            .outerjoin(Person, Person.id == Account.person_id)
            .where(Payment.id == payment_id)
        ).one()
    if payment.pay_url is not None or payment.state != "opened":
        return payment.pay_url
    if ctx.clock.now_ms() >= payment.expires_at:
        return None
    rail = ctx.rails[payment.rail]
    try:
        opened = rail.create(_charge(ctx, order, payment, person))
    except OutcomeUnknown:
        return None
    except PaymentProblem as problem:
        if problem.code == "charge_paid":
            ask_provider(ctx, payment_id)
        elif problem.code in _HOPELESS:
            close_row(ctx, payment_id)
        return None
    with ctx.database.begin() as session:
        session.execute(
            update(Payment)
            .where(Payment.id == payment_id, Payment.pay_url.is_(None))
            .values(pay_url=opened.url)
        )
    return opened.url


def pay_again(ctx: Context, account_id: str, order_id: str) -> str | None:
    """Another attempt, for a buyer whose first one did not work; returns the cashier's address.

    The attempt before is closed at the provider first. Raises NotFound for another's order,
    Conflict when it is over or has had too many attempts.
    """
    with ctx.database.read() as session:
        order = session.get(Order, order_id)
        if order is None or order.account_id != account_id:
            raise NotFound("no_order", "没有这个订单。", "There is no such order.")
        attempts = list(session.scalars(select(Payment).where(Payment.order_id == order_id)))
    for payment in attempts:
        if payment.state == "opened":
            if payment.pay_url is None and open_payment(ctx, payment.id):
                return open_payment(ctx, payment.id)
            close_payment(ctx, payment.id)
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        order = session.scalars(select(Order).where(Order.id == order_id).with_for_update()).one()
        again = session.scalar(
            select(Payment).where(Payment.order_id == order_id, Payment.state == "opened")
        )
        if order.state != "placed" or now >= order.pay_until:
            raise Conflict(
                "order_over",
                "这个订单已不在待支付状态，请查看订单页。",
                "This order no longer waits for payment; please see its page.",
            )
        if again is None and len(attempts) >= MAX_ATTEMPTS:
            raise Conflict(
                "too_many_attempts",
                "这个订单的支付次数已达上限，请等它过期后重新下单。",
                "This order has had all its attempts; please let it expire and order again.",
            )
        payment = again or new_payment(session, order, ctx.rail.name, now)
    return open_payment(ctx, payment.id)


def close_payment(ctx: Context, payment_id: str) -> bool:
    """Let nobody pay this attempt any more; True once it is over, paid or closed.

    False: the provider did not answer, and nothing is known.
    """
    with ctx.database.read() as session:
        payment = session.get_one(Payment, payment_id)
    if payment.state != "opened":
        return True
    try:
        ctx.rails[payment.rail].close(payment.merchant, payment.id)
    except OutcomeUnknown:
        return False
    except PaymentProblem as problem:
        if problem.code == "charge_paid":
            ask_provider(ctx, payment_id)
            return True
        if problem.code not in ("charge_unknown", "charge_closed"):
            return False
    close_row(ctx, payment_id)
    return True


def close_row(ctx: Context, payment_id: str) -> None:
    """Record that the attempt is closed, unless it was paid meanwhile."""
    with ctx.database.begin() as session:
        session.execute(
            update(Payment)
            .where(Payment.id == payment_id, Payment.state.in_(sources("payment", "closed")))
            .values(state="closed")
        )


def notice_url(ctx: Context, rail: str) -> str:
    """Where the provider sends its notices."""
    return f"{ctx.settings.base_url}/payments/{rail}/notice"


def _charge(ctx: Context, order: Order, payment: Payment, person: Person | None) -> Charge:
    return Charge(
        seller=payment.merchant,
        charge_no=payment.id,
        amount_fen=payment.amount,
        description=f"数字藏品 {order.series} 第{order.edition}号"[:127],
        notice_url=notice_url(ctx, payment.rail),
        expires_at=payment.expires_at,
        currency=payment.currency,
        return_url=f"{ctx.settings.base_url}/orders/{order.id}",
        payer=_payer(ctx, person),
    )


def _payer(ctx: Context, person: Person | None) -> PayerIdentity | None:
    """Whom the provider shall hold the payer against: the verified buyer."""
    if person is None or person.data_key is None or not person.name or not person.document:
        return None
    return PayerIdentity(
        name=ctx.vault.open(person.data_key, f"person.name:{person.id}", person.name),
        document_kind="resident_id",
        document_number=ctx.vault.open(
            person.data_key, f"person.document:{person.id}", person.document
        ),
    )
