"""A seller gives part of the price back as goodwill; the collectible stays where it is."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, select

from collectibles.domain.movements import Movement
from collectibles.errors import BadInput, Conflict, NotFound, Refused
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.deciding import ask
from collectibles.services.refund import ask_refund, drive_refund
from collectibles.store.tables.institutions import Institution, Staff
from collectibles.store.tables.orders import Order, Refund
from compliance.decision import HELD


def refund_in_part(
    ctx: Context, staff_id: str, order_id: str, amount: int, remark: str, form_key: str
) -> Refund:
    """Refund `amount` fen of a settled order and tell the buyer `remark`; returns the refund.

    Only staff of the seller of record may. The same form again is the same refund. Raises
    NotFound, BadInput (amount), Conflict, or Refused with the ledger's reasons: nothing is paid
    then.
    """
    order = _sold(ctx, staff_id, order_id)
    with ctx.database.begin() as session:
        same = session.scalar(
            select(Refund).where(Refund.order_id == order_id, Refund.cause == form_key)
        )
    if same is None:
        value = ctx.ledger.read.value(state.collectible(order.series, order.edition)) or {}
        if value.get("holder") != order.account_id:
            raise Conflict(
                "passed_on",
                "买方已不再持有这件藏品，不能再退部分款项。",
                "The buyer no longer holds this collectible, so no part of its price can go back.",
            )
        left = value["paid"] - value["back"]
        if not 1 <= amount < left:
            raise BadInput(
                "amount",
                "refund_amount",
                "金额须大于零且小于实付余额；全额退款请由买方办理退货。",
                "The amount must be more than nothing and less than what was paid; a full refund is"
                " a return, which the buyer asks for.",
            )
        _ask_ledger(ctx, order, amount)
        with ctx.database.begin() as session:
            assert order.paid_by is not None
            same = ask_refund(
                session,
                order.paid_by,
                "goodwill",
                form_key,
                ctx.clock.now_ms(),
                amount=amount,
                on_ledger=True,
                asked_by=staff_id,
                remark=remark,
            )
    assert same is not None
    drive_refund(ctx, same.id)
    with ctx.database.begin() as session:
        return session.get_one(Refund, same.id)


def refunds_by_seller(ctx: Context, staff_id: str) -> list[tuple[Refund, Order]]:
    """Goodwill refunds of this staff member's institution, newest first."""
    with ctx.database.begin() as session:
        rows = session.execute(
            select(Refund, Order)
            .join(Order, Order.id == Refund.order_id)
            .where(Order.merchant == _merchant(staff_id), Refund.reason == "goodwill")
            .order_by(Refund.created_at.desc())
            .limit(100)
        )
        return [(row[0], row[1]) for row in rows]


def _merchant(staff_id: str) -> ScalarSelect[str | None]:
    return (
        select(Institution.merchant)
        .join(Staff, Staff.institution_id == Institution.id)
        .where(Staff.id == staff_id, Staff.open)
        .scalar_subquery()
    )


def _sold(ctx: Context, staff_id: str, order_id: str) -> Order:
    with ctx.database.begin() as session:
        order = session.scalar(
            select(Order).where(
                Order.id == order_id,
                Order.state == "settled",
                Order.merchant == _merchant(staff_id),
            )
        )
    if order is None:
        raise NotFound(
            "no_order",
            "没有这个已完成的订单，或不是本机构售出的。",
            "There is no such completed order of your institution.",
        )
    return order


def _ask_ledger(ctx: Context, order: Order, amount: int) -> None:
    act = {
        "step": "pending",
        "refund": "r-expected",
        "series": order.series,
        "edition": order.edition,
        "amount": amount,
        "reason": "goodwill",
    }
    try:
        ask(ctx, Movement("refund", f"expected-{order.id}", ctx.settings.operator_id, act))
    except Refused as refused:
        if refused.outcome != HELD:  # what is held waits for its ruling, under the refund's number
            raise
