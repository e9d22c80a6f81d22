"""Undo a resale: the reservation voided, the new payment refunded, and what was refunded to the
former holder already put before a person.

The ledger decides between this and the posting: whichever it took first stands.
"""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from collectibles.domain.money import show
from collectibles.domain.movements import Movement
from collectibles.errors import Conflict
from collectibles.followers.following import catch_up
from collectibles.followers.messages import tell
from collectibles.services.cases import close_case, open_case
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.refund import ask_refund
from collectibles.store.tables.orders import Order, Refund
from collectibles.store.tables.passing import ResaleOffer
from compliance.rule import Text

log = logging.getLogger(__name__)

_TOO_LATE: Final = Text(
    "付款到达时，这份转让已因超时取消。",
    "Your payment came after this offer had been cancelled for want of it.",
)
_BACK: Final = Text("款项将原路全额退回。", "All you paid goes back the way it came.")


def turn_back(ctx: Context, order: Order, offer: ResaleOffer, why: Text) -> None:
    """From the state `offer` was read in to `voiding`; nothing if it has moved on meanwhile."""
    with ctx.database.begin() as session:
        changed = session.scalar(
            update(ResaleOffer)
            .where(ResaleOffer.id == offer.id, ResaleOffer.state == offer.state)
            .values(state="voiding")
            .returning(ResaleOffer.id)
        )
        if changed is not None:
            session.execute(
                update(Order)
                .where(Order.id == order.id, Order.state.in_(("paid", "held")))
                .values(why_zh=why.zh + _BACK.zh, why_en=f"{why.en} {_BACK.en}")
            )


def undo_resale(ctx: Context, order: Order, offer: ResaleOffer) -> None:
    """Void the reservation, then refund the new payment; a former refund begun is a case."""
    if not void_resale(ctx, offer, "not_completed"):
        return
    now = ctx.clock.now_ms()
    late = Text(_TOO_LATE.zh + _BACK.zh, f"{_TOO_LATE.en} {_BACK.en}")
    told = Text(order.why_zh or late.zh, order.why_en or late.en)
    with ctx.database.begin() as session:
        paid_by = session.scalar(
            update(Order)
            .where(Order.id == order.id, Order.state.in_(("paid", "held")))
            .values(state="refunding", why_zh=told.zh, why_en=told.en)
            .returning(Order.paid_by)
        )
        if paid_by is None:
            return
        ask_refund(session, paid_by, "refused", order.id, now)
        tell(session, order.account_id, f"refunding-{order.id}", told, now)
        if offer.former_refund is not None:
            _case(session, offer, session.get_one(Refund, offer.former_refund), now)


def void_resale(ctx: Context, offer: ResaleOffer, reason: str) -> bool:
    """Take the reservation back on the ledger; False if the resale was posted before."""
    act = {
        "step": "void",
        "resale": offer.id,
        "series": offer.series,
        "edition": offer.edition,
        "reason": reason,
    }
    op_id = f"resale-{offer.id}-void"
    try:
        submit(ctx, Movement("resale", op_id, ctx.settings.operator_id, act))
    except Conflict as problem:
        log.info("resale %s had no reservation any more: %s", offer.id, problem.code)
        catch_up(ctx.database, ctx.ledger.read)
    with ctx.database.begin() as session:
        session.execute(
            update(ResaleOffer)
            .where(ResaleOffer.id == offer.id, ResaleOffer.state == "voiding")
            .values(state="voided", ended_at=ctx.clock.now_ms())
        )
        return session.get_one(ResaleOffer, offer.id).state != "posted"


def _case(session: Session, offer: ResaleOffer, refund: Refund, now: int) -> None:
    """What a person has to settle with the former holder, who keeps the collectible."""
    amount = show(refund.amount)
    if refund.state == "done":
        what = Text(
            f"转让 {offer.id} 未能完成，藏品仍归原持有人，但其付款已退回 {amount}。"
            "运营方将与持有人和卖方商定如何补正；在此之前请勿再次退款。",
            f"Resale {offer.id} was not completed and the holder keeps the collectible, yet"
            f" {amount} of the holder's payment has gone back. The operator settles with holder and"
            " seller how to put this right; nothing more is to be refunded until then.",
        )
    else:
        what = Text(
            f"转让 {offer.id} 已撤销：向原持有人退回 {amount} 没有成功，藏品仍归原持有人，受让人的"
            "付款已全额退回。运营方将向支付机构核对该笔退款，请勿重新发起。",
            f"Resale {offer.id} has been undone: refunding {amount} to the holder did not succeed."
            " The holder keeps the collectible and the other person's payment goes back in full."
            " The operator checks that refund with the provider; it is not to be tried again.",
        )
        close_case(session, f"refund-{refund.id}", f"resale-{offer.id}", now)
    open_case(
        session,
        f"resale-{offer.id}",
        "resale",
        what,
        now,
        order_id=refund.order_id,
        account_id=offer.from_account,
    )
