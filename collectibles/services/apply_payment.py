"""What a provider says of a payment or a refund, kept as evidence and put into the rows.

Every change is one guarded UPDATE: what arrives twice, late or out of order changes nothing.
Amounts and currencies are written down as reported.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.domain.orders import sources
from collectibles.payments.provider import (
    PaymentState,
    PaymentStatus,
    RefundState,
    RefundStatus,
)
from collectibles.services.context import Context
from collectibles.store.tables.orders import Notice, Order, Payment, Refund

_REFUND_STATE: Final = {
    RefundStatus.PROCESSING: "processing",
    RefundStatus.SUCCESS: "done",
    RefundStatus.ABNORMAL: "failed",
    RefundStatus.CLOSED: "failed",
}


def keep_evidence(ctx: Context, session: Session, rail: str, event: str, body: bytes) -> str | None:
    """Keep what the provider said, sealed, once for each `event`; returns its salted digest.

    None: this event is kept already (someone else is handling it, or has).
    """
    salt, data_key = secrets.token_hex(16), ctx.vault.new_data_key()
    identifier = f"n-{secrets.token_hex(12)}"
    digest = hashlib.sha256(bytes.fromhex(salt) + body).hexdigest()
    kept = session.scalar(
        insert(Notice)
        .values(
            id=identifier,
            rail=rail,
            event=event,
            digest=digest,
            salt=salt,
            data_key=data_key,
            body=ctx.vault.seal(data_key, f"notice.body:{identifier}", body.hex()),
            received_at=ctx.clock.now_ms(),
            handled_at=ctx.clock.now_ms(),
        )
        .on_conflict_do_nothing(index_elements=["rail", "event"])
        .returning(Notice.id)
    )
    return digest if kept is not None else None


def is_as_asked(payment: Payment, said: PaymentState) -> bool:
    """Whether the provider speaks of the payment that was asked for: merchant, amount, currency."""
    return (said.seller, said.amount_fen, said.currency) == (
        payment.merchant,
        payment.amount,
        payment.currency,
    )


def means_tag(ctx: Context, rail: str, account: str | None) -> str | None:
    """The tag of an account at a provider: the same account, the same tag, and nothing else."""
    return ctx.vault.tag("means", f"{rail} {account}") if account else None


def record_payment(
    ctx: Context, session: Session, payment_id: str, said: PaymentState, digest: str
) -> bool:
    """Write down that the payment was paid, or closed; True if that was news.

    The first payment of an order pays it; the order leaves `placed`, `expired` or `closed`.
    """
    if said.status is PaymentStatus.CLOSED:
        closed = update(Payment).where(
            Payment.id == payment_id, Payment.state.in_(sources("payment", "closed"))
        )
        changed = closed.values(state="closed").returning(Payment.id)
        return session.scalar(changed) is not None
    if not said.was_paid:
        return False
    # Rows are locked in one order everywhere: the order, its payment, its edition.
    mine = select(Payment.order_id).where(Payment.id == payment_id).scalar_subquery()
    session.execute(select(Order.id).where(Order.id == mine).with_for_update())
    means = means_tag(ctx, session.get_one(Payment, payment_id).rail, said.payer_account)
    order_id = session.scalar(
        update(Payment)
        .where(Payment.id == payment_id, Payment.state.in_(sources("payment", "paid")))
        .values(
            state="paid",
            paid_amount=said.amount_fen,
            paid_currency=said.currency,
            payer=said.payer.value,
            means=means,
            instrument=said.instrument.value if said.instrument else "unknown",
            paid_at=said.paid_at,
            refundable_until=said.refundable_until,
            provider_no=said.transaction_no,
            notice=digest,
        )
        .returning(Payment.order_id)
    )
    if order_id is None:
        return False
    session.execute(
        update(Order)
        .where(
            Order.id == order_id,
            Order.state.in_(sources("order", "paid")),
            Order.paid_by.is_(None),
        )
        .values(state="paid", paid_by=payment_id, ended_at=None)
    )
    return True


def record_refund(session: Session, refund_id: str, said: RefundState, digest: str | None) -> bool:
    """Write down where a refund stands; True if that was news. What follows is refund.finish's."""
    new = _REFUND_STATE[said.status]
    changed = session.scalar(
        update(Refund)
        .where(Refund.id == refund_id, Refund.state.in_(sources("refund", new)))
        .values(
            state=new,
            provider_no=said.provider_refund_no,
            done_at=said.finished_at,
            notice=digest or Refund.notice,
        )
        .returning(Refund.id)
    )
    return changed is not None


def ask_provider(ctx: Context, payment_id: str) -> str:
    """Ask the provider about this payment and write down what it says; returns the row's state.

    Raises PaymentProblem when it does not answer; then nothing is known and nothing changes.
    """
    with ctx.database.read() as session:
        payment = session.get_one(Payment, payment_id)
    said = ctx.rails[payment.rail].query(payment.merchant, payment.id)
    asked = update(Payment).where(Payment.id == payment_id).values(asked_at=ctx.clock.now_ms())
    with ctx.database.begin() as session:  # of its own: record_payment locks the order first
        session.execute(asked)
    with ctx.database.begin() as session:
        if said is not None and said.was_paid:
            event = f"query:{payment.id}:{said.transaction_no}"
            digest = keep_evidence(ctx, session, payment.rail, event, _bytes_of(said))
            digest = digest or _digest_of(session, payment.rail, event)
            record_payment(ctx, session, payment_id, said, digest)
        elif said is not None:
            record_payment(ctx, session, payment_id, said, "")
        return session.scalars(select(Payment.state).where(Payment.id == payment_id)).one()


def keep_refund_answer(ctx: Context, session: Session, rail: str, said: RefundState) -> str:
    """Keep a provider's direct answer about a refund that is over; returns its salted digest."""
    event = f"refund:{said.refund_no}:{said.status}"
    digest = keep_evidence(ctx, session, rail, event, _bytes_of(said))
    return digest or _digest_of(session, rail, event)


def _digest_of(session: Session, rail: str, event: str) -> str:
    kept = select(Notice.digest).where(Notice.rail == rail, Notice.event == event)
    return session.scalars(kept).one()


def _bytes_of(said: PaymentState | RefundState) -> bytes:
    return json.dumps(asdict(said), sort_keys=True, ensure_ascii=True).encode()
