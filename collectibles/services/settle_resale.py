"""The money of a resale at cost, and its posting: the platform never holds any of it.

The new holder has paid the seller of record; the former holder's own payment is refunded by the
same amount, through the way it came; when both are final the collectible moves. What cannot go on
is undone: the reservation voided, the new payment refunded. What cannot be undone is a case.
"""

from __future__ import annotations

import logging

from sqlalchemy import select, update

from collectibles.domain.money import show
from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError, Refused, Unavailable
from collectibles.followers.messages import tell
from collectibles.services.cases import open_case
from collectibles.services.context import Context
from collectibles.services.deciding import ask, submit
from collectibles.services.offer_resale import lapse_resales, reserve
from collectibles.services.passing_on import done_on_ledger
from collectibles.services.refund import ask_refund, drive_refund
from collectibles.services.sale_movement import payment_facts
from collectibles.store.tables.orders import Order, Payment, Refund
from collectibles.store.tables.passing import ResaleOffer
from compliance.rule import Text

log = logging.getLogger(__name__)

_NO_REFUND = Text("原持有人的款项无法退回。", "The former payment could not be refunded.")
_BACK = Text("款项将原路全额退回。", "All you paid goes back the way it came.")


def settle_resale(ctx: Context, order_id: str) -> None:
    """Take a paid resale as far as it goes now. Again, after a crash or twice, is harmless."""
    with ctx.database.begin() as session:
        order = session.get_one(Order, order_id)
        offer = session.get_one(ResaleOffer, order.resale_id)
        payment = session.get(Payment, order.paid_by) if order.paid_by else None
    if order.state != "paid" or payment is None:
        return
    known = done_on_ledger(ctx, _op(offer.id, "post"))
    if known is not None and known[1]["kind"] == "resale":
        _posted(ctx, order, offer, known[0])
        return
    refund = _former_refund(ctx, offer)
    try:
        if refund is None:
            refund = _ask_former(ctx, order, offer, payment)
        if refund.state in ("asked", "processing"):
            drive_refund(ctx, refund.id)
            refund = _former_refund(ctx, offer)
        if refund is not None and refund.state == "done":
            receipt = submit(ctx, _post(ctx, order, offer, payment, refund))
            assert receipt.index is not None
            _posted(ctx, order, offer, receipt.index)
        elif refund is not None and refund.state == "failed":
            _undo(ctx, order, offer, _NO_REFUND)
    except Unavailable:
        raise
    except CollectiblesError as problem:
        _undo(ctx, order, offer, Text(problem.zh, problem.en), refund)


def finish_resales(ctx: Context) -> int:
    """What a crash or a lapsed order left open: reserve again, void, settle; how many."""
    with ctx.database.begin() as session:
        claimed = list(
            session.scalars(
                select(ResaleOffer)
                .where(ResaleOffer.state == "offered", ResaleOffer.to_account.is_not(None))
                .limit(100)
            )
        )
        over = list(
            session.scalars(
                select(ResaleOffer)
                .join(Order, Order.resale_id == ResaleOffer.id)
                .where(
                    ResaleOffer.state == "reserved",
                    Order.state.in_(("expired", "closed", "refunding", "refunded")),
                )
                .limit(100)
            )
        )
    for offer in claimed:
        try:
            reserve(ctx, offer)
        except CollectiblesError as problem:
            log.warning("resale %s: %s", offer.id, problem.code)
    for offer in over:
        _void(ctx, offer, "not_paid")
    return len(claimed) + len(over) + lapse_resales(ctx)


def _ask_former(ctx: Context, order: Order, offer: ResaleOffer, payment: Payment) -> Refund:
    """Record the refund of the former holder's own payment, once the posting would be permitted.

    Raises Refused or Conflict, and refunds nothing, where it would not.
    """
    now = ctx.clock.now_ms()
    former = _former_payment(ctx, offer)
    expected = _post(ctx, order, offer, payment, None)
    ask(ctx, expected)
    with ctx.database.begin() as session:
        refund = ask_refund(session, former, "resale", offer.id, now, amount=offer.consideration)
    assert refund is not None
    return refund


def _former_payment(ctx: Context, offer: ResaleOffer) -> str:
    """The payment by which the present holder paid for this collectible."""
    with ctx.database.begin() as session:
        found = session.scalars(
            select(Order.paid_by)
            .where(
                Order.account_id == offer.from_account,
                Order.series == offer.series,
                Order.edition == offer.edition,
                Order.state == "settled",
                Order.paid_by.is_not(None),
            )
            .order_by(Order.created_at.desc())
        ).first()
    if found is None:
        raise Unavailable(
            "no_former_payment",
            "找不到原持有人的付款记录。",
            "The former holder's payment cannot be found.",
        )
    return found


def _former_refund(ctx: Context, offer: ResaleOffer) -> Refund | None:
    with ctx.database.begin() as session:
        return session.scalar(
            select(Refund).where(Refund.reason == "resale", Refund.cause == offer.id)
        )


def _post(
    ctx: Context, order: Order, offer: ResaleOffer, payment: Payment, refund: Refund | None
) -> Movement:
    """The posting: with the refund that was made, or while it is only expected."""
    facts = payment_facts(ctx, payment)
    notice = refund.notice if refund is not None and refund.notice else facts["notice"]
    act = {
        "step": "post",
        "resale": offer.id,
        "series": offer.series,
        "edition": offer.edition,
        "from": offer.from_account,
        "to": order.account_id,
        "consideration": offer.consideration,
        "payment": facts,
        "refund": {"amount": offer.consideration, "notice": notice},
        # Between two persons there is no right of return: it is over when it begins.
        "return_until": order.created_at,
    }
    return Movement("resale", _op(offer.id, "post"), ctx.settings.operator_id, act)


def _posted(ctx: Context, order: Order, offer: ResaleOffer, index: int) -> None:
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        session.execute(
            update(Order)
            .where(Order.id == order.id, Order.state == "paid")
            .values(state="settled", entry=index, ended_at=now)
        )
        session.execute(
            update(ResaleOffer)
            .where(ResaleOffer.id == offer.id, ResaleOffer.state == "reserved")
            .values(state="posted", post_entry=index, ended_at=now)
        )
        got = Text("转让完成，藏品已入藏。", "It has been passed on to you.")
        gave = Text(
            f"转让完成，{show(offer.consideration)}已退回您原来的付款方式。",
            f"It has been passed on; {show(offer.consideration)} went back the way you paid.",
        )
        tell(session, order.account_id, f"resale-got-{offer.id}", got, now)
        tell(session, offer.from_account, f"resale-gave-{offer.id}", gave, now)


def _undo(
    ctx: Context, order: Order, offer: ResaleOffer, why: Text, refund: Refund | None = None
) -> None:
    """Refund the new payment and void the reservation; a refund already made is a case."""
    now = ctx.clock.now_ms()
    told = Text(why.zh + _BACK.zh, f"{why.en} {_BACK.en}")
    with ctx.database.begin() as session:
        changed = session.scalar(
            update(Order)
            .where(Order.id == order.id, Order.state == "paid")
            .values(state="refunding", why_zh=told.zh, why_en=told.en)
            .returning(Order.paid_by)
        )
        if changed is not None:
            ask_refund(session, changed, "refused", order.id, now)
            tell(session, order.account_id, f"refunding-{order.id}", told, now)
        if refund is not None and refund.state == "done":
            what = Text(
                f"转让{offer.id}未能完成，但原持有人已收到退款，需人工处理。",
                f"Resale {offer.id} was not completed, yet the former holder has been refunded; "
                "a person has to settle it.",
            )
            open_case(session, f"resale-{offer.id}", "resale", what, now, order_id=order.id)
    _void(ctx, offer, "not_completed")


def _void(ctx: Context, offer: ResaleOffer, reason: str) -> None:
    """Take the reservation back, on the ledger and in the row."""
    act = {
        "step": "void",
        "resale": offer.id,
        "series": offer.series,
        "edition": offer.edition,
        "reason": reason,
    }
    try:
        submit(ctx, Movement("resale", _op(offer.id, "void"), ctx.settings.operator_id, act))
    except Refused:
        raise
    except Unavailable:
        raise
    except CollectiblesError as problem:
        log.info("resale %s had no reservation any more: %s", offer.id, problem.code)
    with ctx.database.begin() as session:
        session.execute(
            update(ResaleOffer)
            .where(ResaleOffer.id == offer.id, ResaleOffer.state == "reserved")
            .values(state="voided", ended_at=ctx.clock.now_ms())
        )


def _op(offer: str, step: str) -> str:
    return f"resale-{offer}-{step}"
