"""Take a provider's notice: verify the raw bytes, keep them, apply them, settle, acknowledge.

The provider hears "received" only after the commit; what it sends again changes nothing. What a
notice claims against what was asked for is not believed alone: the provider is asked.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.errors import CollectiblesError
from collectibles.payments.problems import NoticeRefused
from collectibles.payments.provider import Answer, Notice, PaymentProvider, PaymentState
from collectibles.services.apply_payment import (
    ask_provider,
    is_as_asked,
    keep_evidence,
    record_payment,
    record_refund,
)
from collectibles.services.cases import open_case
from collectibles.services.context import Context
from collectibles.services.refund import finish_refund
from collectibles.services.settle_order import settle_order
from collectibles.store.tables.orders import Payment, Refund, RefusedNotice
from compliance.rule import Text

log = logging.getLogger(__name__)

#: A notice is a few hundred bytes; more is not read.
MAX_BYTES: Final = 64 * 1024
#: Different refused messages of a rail that are kept apart; the rest is counted as one.
MAX_REFUSED_KEPT: Final = 2000


def receive_notice(ctx: Context, rail_name: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Handle one arrival of a notice; returns what to answer the provider. Never raises for what
    was sent: that is counted and refused."""
    rail = ctx.rails.get(rail_name)
    if rail is None:
        return Answer(404, {"Content-Type": "text/plain"}, b"no such rail")
    try:
        if len(body) > MAX_BYTES:
            raise NoticeRefused("notice_too_large", "通知过大。", "The notice is too large.")
        notice = rail.read_notice(headers, body, ctx.clock.now_ms())
    except NoticeRefused as refused:
        _count_refused(ctx, rail_name, refused.code, body)
        return rail.acknowledge(False)
    if isinstance(notice.result, PaymentState):
        return _of_payment(ctx, rail, notice, notice.result, body)
    return _of_refund(ctx, rail, notice, body)


def _of_payment(
    ctx: Context, rail: PaymentProvider, notice: Notice, said: PaymentState, body: bytes
) -> Answer:
    with ctx.database.begin() as session:
        payment = session.get(Payment, said.charge_no)
        if payment is None:
            _unmatched(ctx, session, rail, notice, body)
            return rail.acknowledge(True)
        believed = is_as_asked(payment, said) and payment.rail == rail.name
        if believed:
            digest = keep_evidence(ctx, session, rail.name, notice.notice_id, body)
            if digest is not None:
                record_payment(ctx, session, payment.id, said, digest)
    if not believed:
        _count_refused(ctx, rail.name, "notice_differs", body)
        try:
            ask_provider(ctx, payment.id)
        except CollectiblesError as problem:
            log.warning("payment %s: %s", payment.id, problem.code)
            return rail.acknowledge(False)
    _settle(ctx, payment.order_id)
    return rail.acknowledge(True)


def _of_refund(ctx: Context, rail: PaymentProvider, notice: Notice, body: bytes) -> Answer:
    said = notice.result
    assert not isinstance(said, PaymentState)
    with ctx.database.begin() as session:
        refund = session.get(Refund, said.refund_no)
        if refund is None:
            _unmatched(ctx, session, rail, notice, body)
            return rail.acknowledge(True)
        payment = session.get_one(Payment, refund.payment_id)
        claimed = (said.seller, said.charge_no, said.amount_fen)
        believed = claimed == (payment.merchant, payment.id, refund.amount)
        if believed:
            digest = keep_evidence(ctx, session, rail.name, notice.notice_id, body)
            if digest is not None:
                record_refund(session, refund.id, said, digest)
    if not believed:
        _count_refused(ctx, rail.name, "notice_differs", body)
        return rail.acknowledge(False)
    try:
        finish_refund(ctx, refund.id)
    except CollectiblesError as problem:
        log.warning("refund %s: %s", refund.id, problem.code)
    _settle(ctx, refund.order_id)
    return rail.acknowledge(True)


def _settle(ctx: Context, order_id: str) -> None:
    """What was paid is written down; if settling fails now, the worker does it."""
    try:
        settle_order(ctx, order_id)
    except CollectiblesError as problem:
        log.warning("order %s waits to be settled: %s", order_id, problem.code)


def _unmatched(
    ctx: Context, session: Session, rail: PaymentProvider, notice: Notice, body: bytes
) -> None:
    """A genuine notice of something we do not know of: kept, and a person looks at it."""
    if keep_evidence(ctx, session, rail.name, notice.notice_id, body) is None:
        return
    what = Text(
        f"收到支付机构（{rail.name}）的通知 {notice.notice_id}，但没有对应的付款记录，需人工核对。",
        f"The provider ({rail.name}) sent notice {notice.notice_id} of a payment that is not in our"
        " records; a person has to look at it.",
    )
    key = hashlib.sha256(f"{rail.name} {notice.notice_id}".encode()).hexdigest()[:32]
    open_case(session, f"notice-{key}", "unmatched_notice", what, ctx.clock.now_ms())


def _count_refused(ctx: Context, rail: str, reason: str, body: bytes) -> None:
    """Count what was refused, by digest and reason; a flood is counted as one."""
    now = ctx.clock.now_ms()
    digest = hashlib.sha256(body).hexdigest()
    log.warning("a notice to %s was refused: %s, digest %s", rail, reason, digest[:16])
    with ctx.database.begin() as session:
        kept = session.scalars(
            select(func.count()).select_from(RefusedNotice).where(RefusedNotice.rail == rail)
        ).one()
        if kept >= MAX_REFUSED_KEPT:
            digest = "other"
        session.execute(
            insert(RefusedNotice)
            .values(rail=rail, reason=reason, digest=digest, count=1, first_at=now, last_at=now)
            .on_conflict_do_update(
                index_elements=["rail", "reason", "digest"],
                set_={"count": RefusedNotice.count + 1, "last_at": now},
            )
        )
