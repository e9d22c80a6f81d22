"""Look after one order now, because its buyer is waiting for it."""

from __future__ import annotations

import logging
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


def check_order(ctx: Context, order_id: str) -> None:
    """Ask the provider about the open payment and settle what is paid. Never raises: the worker
    does the same a little later."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        order = session.get(Order, order_id)
        waits = order is not None and order.state in ("placed", "paid", "refunding", "returning")
        mine = session.scalars(
            update(Payment)
            .where(
                Payment.order_id == order_id,
                Payment.state == "opened",
                Payment.pay_url.is_not(None),
                Payment.created_at < now - EVERY_MS,
                or_(Payment.asked_at.is_(None), Payment.asked_at < now - EVERY_MS),
            )
            .values(asked_at=now)
            .returning(Payment.id)
        ).all()
    try:
        for payment_id in mine:
            ask_provider(ctx, payment_id)
        if waits:
            settle_order(ctx, order_id)
    except CollectiblesError as problem:
        log.warning("order %s: %s", order_id, problem.code)
