"""Decisions on the ledger, found by what a regulator asks, and each entry in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from collectibles.followers.subjects import About, about, with_holds
from collectibles.services.context import Context
from collectibles.services.deciding import explain_entry
from collectibles.store.tables.oversight import DecisionRow
from compliance.rendering import Explained

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for; None or empty means any. Times in ms UTC, `until` not included.

    `before` is a cursor: only entries of a lower index.
    """

    kind: str = ""
    outcome: str = ""
    code: str = ""
    account: str = ""
    series: str = ""
    edition: int | None = None
    since: int | None = None
    until: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry in full: what it is about, if it is of a collectible, a series or an account, and
    why it was refused or held. `decided` says whether the rulebook was asked at all."""

    index: int
    entry: dict[str, Any]
    about: About | None
    decided: bool
    explained: list[Explained]


def find_decisions(ctx: Context, filters: Filters, limit: int = PAGE) -> list[DecisionRow]:
    """Decisions that fit, newest first, at most `limit`."""
    with ctx.database.begin() as session:
        wanted = _where(select(DecisionRow), filters)
        return list(session.scalars(wanted.order_by(DecisionRow.entry.desc()).limit(limit)))


def get_entry(ctx: Context, index: int) -> Recorded:
    """The entry at `index`. Raises NotFound."""
    entry = ctx.ledger.read.entry(index)
    seen = with_holds(ctx.ledger.read, {index: entry})[index]
    decided = isinstance(entry.get("dec"), dict)
    return Recorded(index, entry, about(seen), decided, explain_entry(ctx, entry))


def outcomes(ctx: Context) -> dict[str, int]:
    """How many decisions had which outcome."""
    counted = select(DecisionRow.outcome, func.count()).group_by(DecisionRow.outcome)
    with ctx.database.begin() as session:
        return {row[0]: row[1] for row in session.execute(counted)}


def _where(wanted: Select[tuple[DecisionRow]], filters: Filters) -> Select[tuple[DecisionRow]]:
    equal = (
        (DecisionRow.kind, filters.kind or None),
        (DecisionRow.outcome, filters.outcome or None),
        (DecisionRow.account_id, filters.account or None),
        (DecisionRow.series, filters.series or None),
        (DecisionRow.edition, filters.edition),
    )
    for column, value in equal:
        if value is not None:
            wanted = wanted.where(column == value)
    if filters.code:
        wanted = wanted.where(DecisionRow.codes.contains([filters.code]))
    if filters.since is not None:
        wanted = wanted.where(DecisionRow.at >= filters.since)
    if filters.until is not None:
        wanted = wanted.where(DecisionRow.at < filters.until)
    if filters.before is not None:
        wanted = wanted.where(DecisionRow.entry < filters.before)
    return wanted
