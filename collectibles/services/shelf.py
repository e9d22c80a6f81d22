"""What is on show: published series with how many can be bought now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.store.tables.catalogue import Edition, SeriesDraft
from collectibles.store.tables.institutions import Institution
from collectibles.store.tables.oversight import Holding

COUNT_EVERY_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class OnShow:
    """A published series as the shelf shows it. `state` is now, soon, gone (sold out) or past."""

    series: SeriesDraft
    museum: Institution
    left: int
    state: str


def on_show(ctx: Context, most: int = 60) -> list[OnShow]:
    """Published series, those that open or opened last first.

    Left out is what has been taken down, and what has no edition yet though its sale is open.
    """
    now = ctx.clock.now_ms()
    free = (
        select(func.count())
        .where(Edition.series == SeriesDraft.id, Edition.state == "free")
        .scalar_subquery()
    )
    wanted = (
        select(SeriesDraft, Institution, free)
        .join(Institution, Institution.id == SeriesDraft.institution_id)
        .where(SeriesDraft.state == "published")
        .order_by(SeriesDraft.opens_at.desc(), SeriesDraft.id)
        .limit(most)
    )
    with ctx.database.read() as session:
        rows = session.execute(wanted).all()
    published = ctx.ledger.read.values(state.series(row[0].id) for row in rows)
    shown = []
    for draft, museum, left in rows:
        value = published[state.series(draft.id)]
        minted = value is not None and value["minted"] > 0
        if value is None or value["down"] is not None or (not minted and now >= draft.opens_at):
            continue
        shown.append(OnShow(draft, museum, left, _state(draft, left, now)))
    return shown


class Figures:
    """How much there is, for the front page. To count takes longer the more is held, so that is
    done no more often than every COUNT_EVERY_MS, however many come to look."""

    def __init__(self) -> None:
        self._counted: dict[str, int] = {}
        self._at = 0

    def of(self, ctx: Context) -> dict[str, int]:
        """Museums, series, collectibles held; and entries, as of now."""
        now = ctx.clock.now_ms()
        if not self._counted or now - self._at >= COUNT_EVERY_MS:
            self._counted, self._at = _count(ctx), now
        return {**self._counted, "entries": ctx.ledger.read.size()}


def _count(ctx: Context) -> dict[str, int]:
    with ctx.database.read() as session:
        counted = {
            "museums": select(func.count()).where(Institution.role == "museum"),
            "series": select(func.count()).where(SeriesDraft.state == "published"),
            "held": select(func.count()).where(Holding.account_id.is_not(None)),
        }
        return {name: session.scalar(query) or 0 for name, query in counted.items()}


def _state(series: SeriesDraft, left: int, now: int) -> str:
    if now >= series.closes_at:
        return "past"
    if now < series.opens_at:
        return "soon"
    return "now" if left else "gone"
