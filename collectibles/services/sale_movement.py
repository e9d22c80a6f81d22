"""The movement of a sale, from an order and what was paid, or is expected to be paid."""

from __future__ import annotations

import hashlib
from typing import Any

from collectibles.domain.movements import Movement
from collectibles.services.context import Context
from collectibles.services.terms import digest as terms_digest
from collectibles.store.tables.orders import Order, Payment

_EXPECTED = hashlib.sha256(b"expected").hexdigest()


def payment_facts(ctx: Context, payment: Payment) -> dict[str, Any]:
    """What is attested of a paid payment, as the provider reported it and never otherwise."""
    rail = ctx.rails[payment.rail]
    return {
        "rail": rail.name,
        "channel": rail.channel,
        "licence": rail.licence,
        "instrument": payment.instrument or "unknown",
        "currency": payment.paid_currency or "???",
        "amount": payment.paid_amount if payment.paid_amount is not None else 0,
        "payer": payment.payer or "rail_cannot_tell",
        "settled": payment.paid_amount is not None,
        "refundable_until": payment.refundable_until,
        "notice": payment.notice or _EXPECTED,
    }


def expected_facts(ctx: Context, amount: int) -> dict[str, Any]:
    """What a good payment of `amount` fen would be attested as: for asking before anybody pays."""
    rail = ctx.rail
    return {
        "rail": rail.name,
        "channel": rail.channel,
        "licence": rail.licence,
        "instrument": "balance",
        "currency": rail.settles_in,
        "amount": amount,
        "payer": "confirmed",
        "settled": True,
        "refundable_until": ctx.clock.now_ms() + 365 * 86_400_000,
        "notice": _EXPECTED,
    }


def sale_op(order_id: str) -> str:
    """The operation id of an order's sale: one order, one sale, whatever the edition."""
    return f"sale-{order_id}"


def sale_movement(ctx: Context, order: Order, payment: Payment) -> Movement:
    """The sale that `payment` pays. Made from rows alone, so that it is the same every time."""
    act = {
        "series": order.series,
        "edition": order.edition,
        "account": order.account_id,
        "order": order.id,
        "consideration": order.amount,
        "payment": payment_facts(ctx, payment),
        "return_until": order.return_until,
        "terms": terms_digest(order.risk_terms, order.no_return_terms),
    }
    return Movement("sale", sale_op(order.id), ctx.settings.operator_id, act)


def expected_sale(
    ctx: Context,
    account_id: str,
    series: str,
    edition: int,
    amount: int,
    terms: str,
    op_id: str = "expected",
) -> Movement:
    """The sale that would follow if the buyer paid well: for asking, never for doing.

    `op_id` is that of a question whose refusal is to be recorded.
    """
    now = ctx.clock.now_ms()
    act = {
        "series": series,
        "edition": edition,
        "account": account_id,
        "order": "o-expected",
        "consideration": amount,
        "payment": expected_facts(ctx, amount),
        "return_until": now,
        "terms": terms,
    }
    return Movement("sale", op_id, ctx.settings.operator_id, act)
