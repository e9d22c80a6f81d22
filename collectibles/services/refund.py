"""Refunds: each a record of its own, asked of the provider under one number until it is over.

A refund goes back the way the payment came, never above what was paid. Where the collectible was
delivered the ledger knows of it: pending before the provider is asked, then done or failed. One
that cannot be completed opens a numbered case.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from collectibles.domain.money import show
from collectibles.domain.movements import Movement
from collectibles.domain.orders import sources
from collectibles.errors import Conflict, PaymentProblem, Refused
from collectibles.followers.messages import tell
from collectibles.ledger import state
from collectibles.payments.problems import OutcomeUnknown
from collectibles.payments.provider import RefundRequest, RefundState
from collectibles.services.apply_payment import (
    keep_evidence,
    keep_refund_answer,
    record_refund,
)
from collectibles.services.cases import close_case, open_case
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.pay import notice_url
from collectibles.store.tables.orders import Order, Payment, Refund
from compliance.rule import Text

log = logging.getLogger(__name__)

#: The provider may do it later: the refund stays asked and is tried again under its number.
_LATER: Final = frozenset(
    {"provider_unavailable", "provider_silent", "rate_limited", "answer_untrusted"}
)
#: As above, but a person has to put money into the account first.
_SHORT: Final = "merchant_balance_short"

#: An unanswered refund becomes a case after this long; it goes on being tried.
PATIENCE_MS: Final = 24 * 3_600_000

#: What a refund of each reason is called in messages.
REASONS: Final = {
    "refused": Text("订单未成立", "the order could not be completed"),
    "late": Text("付款到达时已售罄", "the payment came when it was sold out"),
    "too_many": Text("重复付款", "the order was paid more than once"),
    "return": Text("退货", "the return"),
    "goodwill": Text("卖方退款", "a refund by the seller"),
    "resale": Text("按成本转让", "passing it on at cost"),
}


def ask_refund(
    session: Session,
    payment_id: str,
    reason: str,
    cause: str,
    now: int,
    *,
    amount: int | None = None,
    on_ledger: bool = False,
    refund_id: str | None = None,
    asked_by: str | None = None,
    remark: str | None = None,
) -> Refund | None:
    """Record that (part of) a payment shall go back; the provider is asked after the commit.

    `amount` in fen; None: all that is left. The same payment, reason and cause again is the same
    refund. Returns None if nothing is left. Raises Conflict for more than is left.
    """
    payment = session.scalars(
        select(Payment).where(Payment.id == payment_id).with_for_update()
    ).one()
    same = session.scalar(
        select(Refund).where(
            Refund.payment_id == payment_id, Refund.reason == reason, Refund.cause == cause
        )
    )
    if same is not None:
        return same
    left = (payment.paid_amount or 0) - promised(session, payment_id)
    if left <= 0 and amount is None:
        return None
    if amount is not None and amount > left:
        raise Conflict(
            "refund_above_paid",
            f"最多还可退{show(left)}。",
            f"At most {show(left)} is left to refund.",
            left=left,
        )
    refund = Refund(
        id=refund_id or f"R{secrets.token_hex(12)}",
        payment_id=payment_id,
        order_id=payment.order_id,
        amount=left if amount is None else amount,
        currency=payment.paid_currency or payment.currency,
        reason=reason,
        cause=cause,
        state="asked",
        on_ledger=on_ledger,
        asked_by=asked_by,
        remark=remark,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    return refund


def promised(session: Session, payment_id: str) -> int:
    """What of a payment went back or is on its way back, fen."""
    asked = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.payment_id == payment_id, Refund.state != "failed"
    )
    return int(session.scalars(asked).one())


def drive_refund(ctx: Context, refund_id: str) -> str:
    """Take a refund as far as it goes now; returns its state. May be called again at any time.

    Raises Refused where the ledger refuses a refund of a delivered collectible: nothing is paid.
    """
    with ctx.database.begin() as session:
        refund = session.get_one(Refund, refund_id)
        payment = session.get_one(Payment, refund.payment_id)
        order = session.get_one(Order, refund.order_id)
    if refund.state in ("asked", "processing"):
        if refund.on_ledger and refund.reason != "return" and not _pending(ctx, refund, order):
            return refund.state
        _ask(ctx, refund, payment, order)
    return finish_refund(ctx, refund_id)


def finish_refund(ctx: Context, refund_id: str) -> str:
    """Do what follows once a refund is done or has failed; returns its state. Again is harmless."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        refund = session.get_one(Refund, refund_id)
        order = session.get_one(Order, refund.order_id, with_for_update=True)
        if refund.state == "done":
            _done(session, refund, order, now)
        elif refund.state == "failed":
            _case(session, refund, order, now)
    closes = refund.state == "done" or (refund.state == "failed" and refund.reason != "return")
    if refund.on_ledger and closes and refund.closed_entry is None:
        step = "done" if refund.state == "done" else "failed"
        index = submit(ctx, _step(ctx, refund, order, step)).index
        with ctx.database.begin() as session:
            session.execute(update(Refund).where(Refund.id == refund_id).values(closed_entry=index))
    return refund.state


def _pending(ctx: Context, refund: Refund, order: Order) -> bool:
    """Have the ledger know of it before money moves; what the rules refuse is not asked for.

    Returns whether the ledger knows it: what is held waits for its ruling, under the same number.
    """
    try:
        submit(ctx, _step(ctx, refund, order, "pending"))
    except Refused as refused:
        if refused.outcome == "held" and refused.index is not None:
            ruling = ctx.ledger.read.value(state.hold(refused.index))["ruling"]
            if ruling in (None, "permit"):
                return ruling is not None
        with ctx.database.begin() as session:
            session.execute(
                update(Refund)
                .where(Refund.id == refund.id, Refund.state == "asked")
                .values(state="failed", on_ledger=False)
            )
        raise
    return True


def _ask(ctx: Context, refund: Refund, payment: Payment, order: Order) -> None:
    """Ask the provider, and write down its answer; no answer is no answer."""
    now = ctx.clock.now_ms()
    rail = ctx.rails[payment.rail]
    request = RefundRequest(
        seller=payment.merchant,
        charge_no=payment.id,
        refund_no=refund.id,
        amount_fen=refund.amount,
        charge_fen=payment.paid_amount or payment.amount,
        reason=REASONS[refund.reason].zh,
        currency=refund.currency,
        notice_url=notice_url(ctx, payment.rail),
    )
    problem: PaymentProblem | None = None
    said: RefundState | None = None
    try:
        if refund.state == "processing":
            said = rail.query_refund(payment.merchant, payment.id, refund.id)
        said = said or rail.refund(request)
    except PaymentProblem as found:
        problem = found
    with ctx.database.begin() as session:
        session.execute(update(Refund).where(Refund.id == refund.id).values(tried_at=now))
        if said is not None:
            digest = keep_refund_answer(ctx, session, payment.rail, said)
            record_refund(session, refund.id, said, digest)
        elif problem is not None:
            log.warning("refund %s: %s", refund.id, problem.code)
            waits = isinstance(problem, OutcomeUnknown) or problem.code in _LATER
            if not waits and problem.code != _SHORT:
                event = f"refund:{refund.id}:{problem.code}"
                kept = keep_evidence(ctx, session, payment.rail, event, problem.code.encode())
                session.execute(
                    update(Refund)
                    .where(Refund.id == refund.id, Refund.state.in_(sources("refund", "failed")))
                    .values(state="failed", notice=kept)
                )
            elif problem.code == _SHORT or now - refund.created_at > PATIENCE_MS:
                _case(session, refund, order, now)


def _done(session: Session, refund: Refund, order: Order, now: int) -> None:
    """The money is back: payment, order, case and message."""
    back = func.coalesce(func.sum(Refund.amount), 0)
    done = select(back).where(Refund.payment_id == refund.payment_id, Refund.state == "done")
    payment = session.scalars(
        select(Payment).where(Payment.id == refund.payment_id).with_for_update()
    ).one()
    whole = session.scalars(done).one() >= (payment.paid_amount or 0)
    new = "refunded" if whole else "part_refunded"
    if payment.state != new and payment.state in sources("payment", new):
        payment.state = new
    if whole and payment.id == order.paid_by:
        _end(session, order, "returned" if refund.reason == "return" else "refunded", now)
    close_case(session, f"refund-{refund.id}", "refunded", now)
    why = REASONS[refund.reason]
    said = Text(
        f"因{why.zh}，{show(refund.amount)} 已原路退回。",
        f"Because of {why.en}, {show(refund.amount)} has gone back the way it came.",
    )
    if refund.currency != "CNY":
        said = Text("款项已原路退回。", "The money has gone back the way it came.")
    tell(session, order.account_id, f"refund-{refund.id}", said, now)


def _end(session: Session, order: Order, new: str, now: int) -> None:
    """`refunding` (or its case) becomes refunded, `returning` (or its case) returned."""
    before = {"refunded": ("refunding", "case"), "returned": ("returning", "case")}[new]
    session.execute(
        update(Order)
        .where(Order.id == order.id, Order.state.in_(before))
        .values(state=new, ended_at=now)
    )


def _case(session: Session, refund: Refund, order: Order, now: int) -> None:
    """A refund that cannot be completed: a case, and the order says so."""
    if refund.reason == "resale":
        return  # the former holder keeps the collectible; undo_resale says what becomes of it
    what = Text(
        f"订单 {order.id} 的退款尚未能完成，款项仍欠您；运营方将与支付机构处理。",
        f"The refund of order {order.id} could not be completed yet and is still owed to you; the"
        " operator is seeing to it with the payment provider.",
    )
    open_case(
        session,
        f"refund-{refund.id}",
        "refund",
        what,
        now,
        order_id=order.id,
        account_id=order.account_id,
    )
    session.execute(
        update(Order)
        .where(
            Order.id == order.id,
            Order.state.in_(("refunding", "returning")),
            Order.paid_by == refund.payment_id,
        )
        .values(state="case")
    )


def _step(ctx: Context, refund: Refund, order: Order, step: str) -> Movement:
    act: dict[str, Any] = {
        "step": step,
        "refund": refund.id.lower(),
        "series": order.series,
        "edition": order.edition,
        "amount": refund.amount,
    }
    if step == "pending":
        act["reason"] = refund.reason
    else:
        act["notice"] = refund.notice
    return Movement("refund", f"refund-{refund.id}-{step}", ctx.settings.operator_id, act)
