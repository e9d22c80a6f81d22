"""Return what was bought, within the right of return: taken back on the ledger, then refunded.

The ledger comes first: only what it took back is refunded, and in full. A crash in between is
mended from the ledger (`finish_returns`).
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select, update

from collectibles.domain.calendar import say_time
from collectibles.domain.movements import Movement
from collectibles.domain.orders import sources
from collectibles.errors import Conflict, NotFound
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.refund import ask_refund, drive_refund
from collectibles.store.tables.orders import Order
from collectibles.store.tables.oversight import Trail


def request_return(ctx: Context, account_id: str, series: str, edition: int, form_key: str) -> str:
    """Return a collectible; returns the id of its order. The same form again is the same return.

    Raises NotFound for what this account did not buy, Conflict when the right is over, Refused
    with reasons (a freeze, a refund pending).
    """
    order = _bought(ctx, account_id, series, edition)
    if order.state in ("returning", "returned", "case"):
        return order.id
    value = ctx.ledger.read.value(state.collectible(series, edition)) or {}
    if value.get("gone") == "returned":
        finish_return(ctx, order.id)
        return order.id
    _within_right(ctx, account_id, value)
    attempt = hashlib.sha256(form_key.encode()).hexdigest()[:16]
    act = {
        "series": series,
        "edition": edition,
        "account": account_id,
        "refund": refund_of_return(order.id),
        "amount": value["paid"] - value["back"],
    }
    submit(ctx, Movement("return", f"return-{order.id}-{attempt}", ctx.settings.operator_id, act))
    finish_return(ctx, order.id)
    return order.id


def refund_of_return(order_id: str) -> str:
    """The number of the refund that follows the return of what this order bought."""
    return f"r{order_id.removeprefix('o-')}return"


def finish_return(ctx: Context, order_id: str) -> None:
    """Refund what the ledger has taken back. Again is harmless."""
    now = ctx.clock.now_ms()
    refund_id = refund_of_return(order_id)
    with ctx.database.begin() as session:
        order = session.scalars(select(Order).where(Order.id == order_id).with_for_update()).one()
        known = _taken_back(ctx, order)
        if known is None or order.paid_by is None:
            return
        session.execute(
            update(Order)
            .where(Order.id == order_id, Order.state.in_(sources("order", "returning")))
            .values(state="returning")
        )
        ask_refund(
            session,
            order.paid_by,
            "return",
            order_id,
            now,
            amount=known["amount"],
            on_ledger=True,
            refund_id=refund_id,
        )
    drive_refund(ctx, refund_id)


def returns_to_finish(ctx: Context) -> list[str]:
    """Orders whose collectible the ledger took back while the rows do not know: after a crash."""
    with ctx.database.begin() as session:
        taken = select(Trail.entry).where(
            Trail.kind == "return", Trail.series == Order.series, Trail.edition == Order.edition
        )
        rows = select(Order.id).where(Order.state == "settled", taken.exists())
        return list(session.scalars(rows.limit(200)))


def _bought(ctx: Context, account_id: str, series: str, edition: int) -> Order:
    with ctx.database.begin() as session:
        order = session.scalars(
            select(Order)
            .where(
                Order.account_id == account_id,
                Order.series == series,
                Order.edition == edition,
                Order.state.in_(("settled", "returning", "returned", "case")),
            )
            .order_by(Order.created_at.desc())
        ).first()
    if order is None:
        raise NotFound(
            "nothing_bought",
            "您没有购买这件藏品的记录。",
            "There is no record of your having bought this collectible.",
        )
    return order


def _within_right(ctx: Context, account_id: str, value: dict[str, Any]) -> None:
    if value.get("holder") != account_id:
        raise Conflict(
            "not_holder", "您现在并不持有这件藏品。", "You do not hold this collectible now."
        )
    until = value["return_until"]
    if until is None or ctx.clock.now_ms() >= until:
        zh = f"退货期已于{say_time(until, 'zh')}结束" if until else "这件藏品没有退货期"
        en = (
            f"The right to return it ended on {say_time(until, 'en')}"
            if until
            else ("There is no right to return this collectible")
        )
        raise Conflict(
            "return_over",
            f"{zh}，不能再退货。如有质量或权利问题，请使用投诉表单。",
            f"{en}. If something is wrong with it, please use the complaint form.",
        )


def _taken_back(ctx: Context, order: Order) -> dict[str, Any] | None:
    known = ctx.ledger.read.value(state.refund(refund_of_return(order.id)))
    return known if isinstance(known, dict) else None
