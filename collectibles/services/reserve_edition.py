"""One edition for one order: reserved, kept, let go. The guard against selling one twice.

The ledger has the last word; this only keeps two buyers from paying for the same edition.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from collectibles.store.tables.catalogue import Edition

#: Takes the lowest free edition that nobody else is taking at this moment. The inner SELECT runs
#: once; a row that another transaction holds is passed over, not waited for.
RESERVE: Final = (
    "UPDATE edition SET state = 'reserved', order_id = :order_id"
    " WHERE series = :series AND state = 'free' AND number = ("
    "  SELECT number FROM edition WHERE series = :series AND state = 'free'"
    "  ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " RETURNING number"
)


def reserve_edition(session: Session, series: str, order_id: str) -> int | None:
    """Reserve a free edition of `series` for an order; its number, or None if there is none."""
    values = {"series": series, "order_id": order_id}
    return session.execute(text(RESERVE), values).scalar()


def reserved_edition(session: Session, order_id: str) -> int | None:
    """The edition reserved for this order, or None."""
    return session.scalar(
        select(Edition.number).where(Edition.order_id == order_id, Edition.state == "reserved")
    )


def release_editions(session: Session, order_id: str, *, but: int | None = None) -> None:
    """Let go what is reserved for an order; not `but`, which the ledger has sold to it."""
    held = update(Edition).where(Edition.order_id == order_id, Edition.state == "reserved")
    if but is not None:
        held = held.where(Edition.number != but)
    session.execute(held.values(state="free", order_id=None))


def free_edition(session: Session, series: str) -> int | None:
    """Some free edition, for asking the engine before anything is reserved; None: none is free."""
    return session.scalar(
        select(Edition.number)
        .where(Edition.series == series, Edition.state == "free")
        .order_by(Edition.number)
        .limit(1)
    )
