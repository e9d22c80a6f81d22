"""Editions to sell, from mints; sold or gone, from what the ledger says happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from collectibles.store.tables.catalogue import Edition, SeriesDraft

_MINT = text(
    "INSERT INTO edition (series, number, state)"
    " SELECT :series, number, 'free'"
    " FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS number"
    " ON CONFLICT DO NOTHING"
)


def follow(session: Session, entries: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write what these entries say of editions; twice is harmless."""
    for index, entry in entries:
        act = entry["act"]
        match entry["kind"]:
            case "series":
                _published(session, act["series"], index)
            case "mint":
                last = act["first"] + act["count"] - 1
                values = {"series": act["series"], "first": act["first"], "last": last}
                session.execute(_MINT, values)
                session.execute(
                    update(SeriesDraft)
                    .where(SeriesDraft.id == act["series"], SeriesDraft.minted < last)
                    .values(minted=last)
                )
            case "sale":
                _set(session, act, "sold")
            case "burn":
                _set(session, act, "gone")
            case "return":
                _set(session, act, "gone")


def _published(session: Session, series: str, index: int) -> None:
    session.execute(
        update(SeriesDraft)
        .where(SeriesDraft.id == series)
        .values(state="published", series_entry=index)
    )


def _set(session: Session, act: dict[str, Any], new: str) -> None:
    session.execute(
        update(Edition)
        .where(Edition.series == act["series"], Edition.number == act["edition"])
        .values(state=new, order_id=None)
    )
