"""Look after one order now, because its buyer is waiting for it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from sqlalchemy import or_, update

from collectibles.errors import CollectiblesError
from collectibles.services.apply_payment import ask_provider
from collectibles.services.context import Context
from collectibles.services.settle_order import settle_order
from collectibles.store.tables.orders import Order, Payment

log = logging.getLogger(__name__)

#: The provider is asked no more often than this for one payment, however often the page is read.
EVERY_MS: Final = 4_000


def check_order(ctx: Context, order: Order, payments: Iterable[Payment]) -> bool:
    """Ask the provider about the open payment and settle what is paid. Never raises: the worker
    does the same a little later. False: there was nothing to do, and `order` is as it was."""
    asked = _ask(ctx, payments)
    if not asked and order.state not in ("paid", "refunding", "returning"):
        return False
    try:
        for payment_id in asked:
            ask_provider(ctx, payment_id)
        settle_order(ctx, order.id)
    except CollectiblesError as problem:
        log.warning("order %s: %s", order.id, problem.code)
    return True


def _ask(ctx: Context, payments: Iterable[Payment]) -> list[str]:
    """Those of the payments that are to be asked for now, by us and nobody else."""
    long_ago = ctx.clock.now_ms() - EVERY_MS
    due = [
        payment.id
        for payment in payments
        if payment.state == "opened"
        and payment.pay_url is not None
        and payment.created_at < long_ago
        and (payment.asked_at is None or payment.asked_at < long_ago)
    ]
    if not due:
        return []
    with ctx.database.begin() as session:
        taken = session.scalars(
            update(Payment)
            .where(
                Payment.id.in_(due),
                Payment.state == "opened",
                or_(Payment.asked_at.is_(None), Payment.asked_at < long_ago),
            )
            .values(asked_at=long_ago + EVERY_MS)
            .returning(Payment.id)
        )
        return list(taken)
