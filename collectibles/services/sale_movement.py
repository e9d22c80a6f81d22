"""The movement of a sale, from an order and what was paid, or is expected to be paid."""

from __future__ import annotations

import hashlib
from typing import Any

from collectibles.domain.movements import Movement
from collectibles.services.context import Context
from collectibles.services.terms import digest as terms_digest
from collectibles.services.waiting import wait_hours
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
        "payee": payment.merchant,
        "means": payment.means,
    }


def expected_facts(ctx: Context, amount: int, payee: str) -> dict[str, Any]:
    """What a good payment of `amount` fen to the merchant account `payee` would be attested as:
    for asking before anybody pays."""
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
        "payee": payee,
        "means": None,
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
        "device": order.device,
        "wait_hours": order.wait_hours,
        "acknowledged": acknowledged(order.no_return_terms),
    }
    return Movement("sale", sale_op(order.id), ctx.settings.operator_id, act)


def acknowledged(no_return_terms: str | None) -> list[str]:
    """What the buyer of an order has confirmed: the risks, and what else they agreed to."""
    return ["risk"] if no_return_terms is None else ["risk", "no_return"]


def expected_sale(
    ctx: Context,
    account_id: str,
    series: dict[str, Any],
    edition: int,
    terms: str,
    device: str | None = None,
    op_id: str = "expected",
) -> Movement:
    """The sale that would follow if the buyer paid well: for asking, never for doing.

    `series` is its value on the ledger; `op_id` that of a question whose refusal is to be recorded.
    """
    now = ctx.clock.now_ms()
    act = {
        "series": series["series"],
        "edition": edition,
        "account": account_id,
        "order": "o-expected",
        "consideration": series["price"],
        "payment": expected_facts(ctx, series["price"], series["seller"]),
        "return_until": now,
        "terms": terms,
        "device": device,
        "wait_hours": wait_hours(ctx, "sale"),
        "acknowledged": acknowledged(None),
    }
    return Movement("sale", op_id, ctx.settings.operator_id, act)
