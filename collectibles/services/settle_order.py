"""What becomes of money that arrived: a collectible, or the money back with the reasons.

Everything is done from rows and from the ledger's own word on the order's operation, so it may be
stopped anywhere, and done by two at once, and ends the same.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from sqlalchemy import select, update

from collectibles.domain.calendar import DAY_MS, shanghai_date, start_of_day
from collectibles.domain.orders import sources
from collectibles.errors import CollectiblesError, Refused, Unavailable
from collectibles.followers.messages import tell
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.deciding import explain_entry, submit
from collectibles.services.refund import ask_refund, drive_refund
from collectibles.services.reserve_edition import (
    release_editions,
    reserve_edition,
    reserved_edition,
)
from collectibles.services.sale_movement import sale_movement, sale_op
from collectibles.services.settle_resale import settle_resale
from collectibles.store.tables.orders import Order, Payment, Refund
from compliance.rule import Text

log = logging.getLogger(__name__)

_LATE: Final = Text(
    "付款到达时订单已过期，且该系列已无可售藏品，款项将原路全额退回。",
    "Your payment came after the order had expired and nothing of the series was left; all of it"
    " goes back the way it came.",
)
_MONEY_BACK: Final = Text("款项将原路全额退回。", "All you paid goes back the way it came.")
_WAITS: Final = Text(
    "款项保持原状，等待合规人员裁定：准许则入藏，不准许或到期未裁定则原路全额退回。您可以随时取消并全额退款。",
    "Your payment stays as it is until a compliance officer has ruled: then the collectible is"
    " yours, or all of it goes back, as it does if nobody rules in time. You may cancel at any time"
    " and have everything back.",
)
_NOT_PERMITTED: Final = {
    "refuse": Text("复核未予准许。", "It was refused after being looked at."),
    "lapse": Text("复核到期没有裁定。", "It was not ruled on in time."),
    "withdraw": Text("您已取消。", "You have cancelled it."),
}


def settle_order(ctx: Context, order_id: str) -> str:
    """Bring an order as far as it goes now; returns its state. Again is harmless.

    Raises Unavailable where the ledger does not answer; then the same is done later.
    """
    order = _order(ctx, order_id)
    if order.state in ("paid", "held"):
        if order.kind == "resale":
            settle_resale(ctx, order_id)
        else:
            settle_sale(ctx, order)
    _refund_what_is_too_much(ctx, order_id)
    for refund_id in _open_refunds(ctx, order_id):
        try:
            drive_refund(ctx, refund_id)
        except Refused:
            log.warning("refund %s was refused by the ledger", refund_id)
    return _order(ctx, order_id).state


def settle_sale(ctx: Context, order: Order) -> None:
    """Submit the sale of a paid order, unless the ledger has it; then write what it said, or what
    was ruled on it."""
    if _from_ledger(ctx, order):
        return
    with ctx.database.begin() as session:
        order, payment = _prepare(ctx, session, order.id)
    if payment is None:
        return
    if order.edition == 0:
        _give_back_unanswered(ctx, order, "late", _LATE)
        return
    try:
        receipt = submit(ctx, sale_movement(ctx, order, payment))
    except Refused as refused:
        _refused(ctx, order, refused)
    except Unavailable:
        raise
    except CollectiblesError as problem:
        why = Text(problem.zh + _MONEY_BACK.zh, f"{problem.en} {_MONEY_BACK.en}")
        _give_back_unanswered(ctx, order, "refused", why)
    else:
        assert receipt.entry is not None
        assert receipt.index is not None
        _settled(ctx, order, receipt.entry, receipt.index)


def _prepare(ctx: Context, session: Any, order_id: str) -> tuple[Order, Payment | None]:
    """The order with an edition and its end of return fixed; edition 0 if none is left.

    The payment is None if the order is not to be settled (any more).
    """
    order = session.scalars(select(Order).where(Order.id == order_id).with_for_update()).one()
    if order.state != "paid" or order.paid_by is None:
        return order, None
    payment = session.get_one(Payment, order.paid_by)
    edition = reserved_edition(session, order.id)
    if edition is None:
        edition = reserve_edition(session, order.series, order.id)
    order.edition = edition or 0
    if order.return_until is None:
        order.return_until = return_until(ctx, order.no_return_terms is not None)
    return order, payment


def return_until(ctx: Context, given_up: bool) -> int:
    """The end of the right of return of what is delivered now, ms UTC.

    Seven days from the day after delivery (Consumer Rights Law Art. 25; the number is a dated
    parameter). A right that was given up ended at delivery.
    """
    now = ctx.clock.now_ms()
    days = ctx.ledger.rulebook().value("sale.return_days", now)
    if given_up or not days:
        return now
    return start_of_day(shanghai_date(now)) + (int(days) + 1) * DAY_MS


def _from_ledger(ctx: Context, order: Order) -> bool:
    """If the ledger has answered this order's sale before, write what it said; whether it had."""
    key = state.operation(ctx.settings.operator_id, sale_op(order.id))
    known = ctx.ledger.read.value(key)
    if known is None:
        return False
    index = known[0]
    entry = ctx.ledger.read.entries(index, index + 1)[0]
    if entry["kind"] == "sale":
        _settled(ctx, order, entry, index)
        return True
    explained = explain_entry(ctx, entry)
    outcome = "held" if entry["kind"] == "hold" else "refused"
    _refused(ctx, order, Refused(outcome, explained, index))
    return True


def _refused(ctx: Context, order: Order, refused: Refused) -> None:
    if refused.outcome == "held" and refused.index is not None:
        _held(ctx, order, refused, refused.index)
        return
    why = Text(refused.zh + _MONEY_BACK.zh, f"{refused.en} {_MONEY_BACK.en}")
    _give_back(ctx, order, "refused", why, refused.index)


def _held(ctx: Context, order: Order, refused: Refused, index: int) -> None:
    """Wait for the ruling on a held sale, or write what was ruled: the ledger's word decides, and
    no money goes back before it has said no."""
    hold = ctx.ledger.read.value(state.hold(index))
    if hold["ruling"] is None:
        wait_for_ruling(ctx, order, Text(refused.zh, refused.en), index)
    elif hold["ruling"] == "permit":
        placed = hold["ruled"]["index"] if "ruled" in hold else index
        _settled(ctx, order, hold, placed)
    else:
        said = _NOT_PERMITTED[hold["ruling"]]
        why = Text(said.zh + _MONEY_BACK.zh, f"{said.en} {_MONEY_BACK.en}")
        _give_back(ctx, order, "refused", why, index)


def wait_for_ruling(ctx: Context, order: Order, why: Text, index: int) -> None:
    """A paid order waits for the ruling on the hold at `index`; its money stays where it is."""
    with ctx.database.begin() as session:
        session.execute(
            update(Order)
            .where(Order.id == order.id, Order.state == "paid")
            .values(
                state="held",
                entry=index,
                why_zh=why.zh + _WAITS.zh,
                why_en=f"{why.en} {_WAITS.en}",
            )
        )


def _settled(ctx: Context, order: Order, entry: dict[str, Any], index: int) -> None:
    now = ctx.clock.now_ms()
    edition = entry["act"]["edition"]
    with ctx.database.begin() as session:
        session.execute(
            update(Order)
            .where(Order.id == order.id, Order.state.in_(("paid", "held")))
            .values(state="settled", entry=index, edition=edition, ended_at=now)
        )
        release_editions(session, order.id, but=edition)
        said = Text(
            f"您购买的藏品（编号 {edition}）已入藏。",
            f"The collectible you bought (edition {edition}) is now in your collection.",
        )
        tell(session, order.account_id, f"settled-{order.id}", said, now)


def _give_back_unanswered(ctx: Context, order: Order, reason: str, why: Text) -> None:
    """Give the money back where the ledger has said nothing of the sale.

    It is asked once more: another settler may have sold the edition since this one asked, which is
    also why none is reserved any more. What has left the reservation is on the ledger by then.
    """
    if not _from_ledger(ctx, order):
        _give_back(ctx, order, reason, why, None)


def _give_back(ctx: Context, order: Order, reason: str, why: Text, index: int | None) -> None:
    """Start the refund of a paid or held order and tell the buyer why."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        changed = session.execute(
            update(Order)
            .where(Order.id == order.id, Order.state.in_(sources("order", "refunding")))
            .values(state="refunding", entry=index, why_zh=why.zh, why_en=why.en)
            .returning(Order.paid_by)
        ).one_or_none()
        if changed is None or changed[0] is None:
            return
        ask_refund(session, changed[0], reason, order.id, now)
        release_editions(session, order.id)
        tell(session, order.account_id, f"refunding-{order.id}", why, now)


def _refund_what_is_too_much(ctx: Context, order_id: str) -> None:
    """Every payment of an order beside the one that pays it goes back in full."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        extra = select(Payment.id).join(Order, Order.id == Payment.order_id)
        extra = extra.where(
            Payment.order_id == order_id, Payment.state == "paid", Order.paid_by != Payment.id
        )
        for payment_id in session.scalars(extra).all():
            ask_refund(session, payment_id, "too_many", order_id, now)


def _open_refunds(ctx: Context, order_id: str) -> list[str]:
    with ctx.database.read() as session:
        unfinished = Refund.state.in_(("asked", "processing"))
        unclosed = Refund.on_ledger & Refund.closed_entry.is_(None) & (Refund.state == "done")
        rows = select(Refund.id).where(Refund.order_id == order_id, unfinished | unclosed)
        return list(session.scalars(rows.order_by(Refund.created_at)))


def _order(ctx: Context, order_id: str) -> Order:
    with ctx.database.read() as session:
        return session.get_one(Order, order_id)
