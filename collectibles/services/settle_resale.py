"""The money of a resale at cost, and its posting: the platform never holds any of it.

The new holder has paid the seller of record; the former holder's own payment is refunded by the
same amount, the way it came; when both are final the collectible moves. Until the former payment
is on its way back the whole can be undone: the reservation voided, the new payment refunded. What
goes wrong after that is undone too, and a numbered case settles what was already refunded.

Two things decide who wins a race: one guarded change of the offer's state, between going ahead
(`settling`) and turning back (`voiding`); and the reservation on the ledger, between posting and
voiding.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError, Conflict, Refused, Unavailable
from collectibles.ledger import state
from collectibles.services.accept_resale import order_of, reserve
from collectibles.services.context import Context
from collectibles.services.deciding import ask, submit
from collectibles.services.offer_resale import lapse_resales
from collectibles.services.passing_on import STALE_MS
from collectibles.services.place_order import PAY_WITHIN_MS
from collectibles.services.refund import ask_refund, drive_refund
from collectibles.services.sale_movement import payment_facts
from collectibles.services.undo_resale import turn_back, undo_resale, void_resale
from collectibles.store.tables.orders import Order, Payment, Refund
from collectibles.store.tables.oversight import Holding
from collectibles.store.tables.passing import ResaleOffer
from compliance.rule import Text

log = logging.getLogger(__name__)

_NO_REFUND: Final = Text("原持有人的款项无法退回。", "The former payment could not be refunded.")
_NO_FORMER: Final = Conflict(
    "no_former_payment",
    "找不到原持有人的付款记录，无法原路退回。",
    "The former holder's payment cannot be found, so it cannot be refunded.",
)


def settle_resale(ctx: Context, order_id: str) -> None:
    """Take a paid resale as far as it goes now. Again, after a crash or twice, is harmless.

    Raises Unavailable where the ledger does not answer; then the same is done later.
    """
    order, offer, payment = _load(ctx, order_id)
    if order.state not in ("paid", "held") or payment is None:
        return
    if offer.state == "reserved":
        _choose(ctx, order, offer, payment)
        order, offer, payment = _load(ctx, order_id)
    if offer.state == "settling" and payment is not None:
        _complete(ctx, order, offer, payment)
        order, offer, payment = _load(ctx, order_id)
    if offer.state in ("voiding", "voided"):
        undo_resale(ctx, order, offer)


def finish_resales(ctx: Context) -> int:
    """What a crash or an unpaid order left open: reserved, cancelled, undone; how many."""
    now = ctx.clock.now_ms()
    claimed = (ResaleOffer.state == "offered") & (ResaleOffer.claimed_at <= now - STALE_MS)
    handled = 0
    for wanted, do in (
        (claimed, reserve),
        (ResaleOffer.state == "reserved", _cancel_unpaid),
        (ResaleOffer.state == "voiding", _finish_undoing),
    ):
        handled += _each(ctx, wanted, do)
    return handled + lapse_resales(ctx)


def _each(ctx: Context, wanted: object, do: Callable[[Context, ResaleOffer], object]) -> int:
    with ctx.database.begin() as session:
        rows = select(ResaleOffer).where(wanted)  # type: ignore[arg-type]
        found = list(session.scalars(rows.order_by(ResaleOffer.created_at).limit(200)))
    done = 0
    for offer in found:
        try:
            done += do(ctx, offer) is not False
        except CollectiblesError as problem:
            log.warning("resale %s: %s", offer.id, problem.code)
        except Exception:
            log.exception("resale %s", offer.id)
    return done


def _load(ctx: Context, order_id: str) -> tuple[Order, ResaleOffer, Payment | None]:
    with ctx.database.begin() as session:
        order = session.get_one(Order, order_id)
        offer = session.get_one(ResaleOffer, order.resale_id)
        payment = session.get(Payment, order.paid_by) if order.paid_by else None
    return order, offer, payment


def _choose(ctx: Context, order: Order, offer: ResaleOffer, payment: Payment) -> None:
    """Ahead, if the posting would be permitted with the payment that really came; else back."""
    try:
        ask(ctx, _post(ctx, order, offer, payment, None))
        _go_ahead(ctx, offer)
    except Unavailable:
        raise
    except CollectiblesError as problem:
        turn_back(ctx, order, offer, Text(problem.zh, problem.en))


def _go_ahead(ctx: Context, offer: ResaleOffer) -> None:
    """`settling`, and the former payment's refund, in one transaction. Raises Conflict."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        changed = session.scalar(
            update(ResaleOffer)
            .where(ResaleOffer.id == offer.id, ResaleOffer.state == "reserved")
            .values(state="settling")
            .returning(ResaleOffer.id)
        )
        if changed is None:
            return  # another process was quicker, either way
        former = _former_payment(session, offer)
        if former is None:
            raise _NO_FORMER
        refund = ask_refund(session, former, "resale", offer.id, now, amount=offer.consideration)
        assert refund is not None
        session.execute(
            update(ResaleOffer).where(ResaleOffer.id == offer.id).values(former_refund=refund.id)
        )


def _former_payment(session: Session, offer: ResaleOffer) -> str | None:
    """The payment behind the entry by which the present holder has the collectible."""
    came = select(Holding.entry).where(
        Holding.series == offer.series,
        Holding.edition == offer.edition,
        Holding.account_id == offer.from_account,
    )
    return session.scalar(
        select(Order.paid_by).where(
            Order.account_id == offer.from_account,
            Order.series == offer.series,
            Order.edition == offer.edition,
            Order.state == "settled",
            Order.entry == came.scalar_subquery(),
        )
    )


def _complete(ctx: Context, order: Order, offer: ResaleOffer, payment: Payment) -> None:
    """Refund the former payment, then post; or turn back."""
    assert offer.former_refund is not None
    said = drive_refund(ctx, offer.former_refund)
    if said == "failed":
        turn_back(ctx, order, offer, _NO_REFUND)
    if said != "done":
        return
    with ctx.database.begin() as session:
        refund = session.get_one(Refund, offer.former_refund)
    try:
        submit(ctx, _post(ctx, order, offer, payment, refund))
    except Unavailable:
        raise
    except Refused as refused:
        if not _waits(ctx, order, refused):
            turn_back(ctx, order, offer, Text(refused.zh, refused.en))
    except CollectiblesError as problem:
        turn_back(ctx, order, offer, Text(problem.zh, problem.en))


def _waits(ctx: Context, order: Order, refused: Refused) -> bool:
    """Whether a posting waits for a ruling (or was done by one): the former payment has gone back
    by now, so both payments stay as they are until the ledger has said what becomes of it."""
    if refused.outcome != "held" or refused.index is None:
        return False
    ruling = ctx.ledger.read.value(state.hold(refused.index))["ruling"]
    if ruling is None:
        why = Text(refused.zh, refused.en)
        with ctx.database.begin() as session:
            session.execute(
                update(Order)
                .where(Order.id == order.id, Order.state == "paid")
                .values(state="held", entry=refused.index, why_zh=why.zh, why_en=why.en)
            )
    return ruling in (None, "permit")


def _cancel_unpaid(ctx: Context, offer: ResaleOffer) -> bool:
    """Take back a reservation whose order was not paid in time, or never made; whether it was."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        # The row's lock keeps an order from being made meanwhile; see accept_resale._order.
        row = session.scalars(
            select(ResaleOffer).where(ResaleOffer.id == offer.id).with_for_update()
        ).one()
        order = session.scalar(select(Order).where(Order.resale_id == offer.id))
        if row.state != "reserved":
            return False
        if order is None and (row.claimed_at or 0) > now - PAY_WITHIN_MS:
            return False
        if order is not None and order.state not in ("expired", "closed"):
            return False
        row.state = "voiding"
    return void_resale(ctx, offer, "not_paid")


def _finish_undoing(ctx: Context, offer: ResaleOffer) -> None:
    order = order_of(ctx, offer.id)
    if order is not None and order.state in ("paid", "held"):
        settle_resale(ctx, order.id)
    else:
        void_resale(ctx, offer, "not_paid")


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
        "device": order.device,
        "wait_hours": order.wait_hours,
    }
    return Movement("resale", f"resale-{offer.id}-post", ctx.settings.operator_id, act)
