"""What follows outside the ledger once a hold has been ruled on: the order or refund it was about.

Offers are followed by the followers. Whatever is left undone here the worker does in its round.
"""

from __future__ import annotations

import logging

from sqlalchemy import func, select

from collectibles.errors import CollectiblesError
from collectibles.services.context import Context
from collectibles.services.refund import drive_refund
from collectibles.services.request_return import finish_return
from collectibles.services.settle_order import settle_order
from collectibles.store.tables.holds import HoldRow
from collectibles.store.tables.orders import Order, Refund

log = logging.getLogger(__name__)


def follow_ruling(ctx: Context, hold: int) -> None:
    """Settle or refund what the hold was about, as the ledger now has it. Again is harmless."""
    with ctx.database.begin() as session:
        row = session.get(HoldRow, hold)
        if row is None or not row.cause:
            return
        sold = (Order.id == row.cause) | (Order.resale_id == row.cause)
        orders = list(session.scalars(select(Order.id).where(sold)))
        wanted = select(Refund.id).where(func.lower(Refund.id) == row.cause)
        refunds = list(session.scalars(wanted))
        bought = select(Order.id).where(
            Order.series == row.series, Order.edition == row.edition, Order.state == "settled"
        )
        returns = list(session.scalars(bought)) if row.kind == "return" else []
    steps = [(settle_order, one) for one in orders] + [(drive_refund, one) for one in refunds]
    for do, identifier in [*steps, *((finish_return, one) for one in returns)]:
        try:
            do(ctx, identifier)
        except CollectiblesError as problem:
            log.warning("after the ruling on %s, %s waits: %s", hold, identifier, problem.code)
