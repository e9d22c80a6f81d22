"""Decisions on the ledger, found by what a regulator asks, and each one in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from collectibles.errors import NotFound
from collectibles.followers.subjects import About, about
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
class Decided:
    """One decision in full: the entry, what it is about, and why."""

    index: int
    entry: dict[str, Any]
    about: About
    explained: list[Explained]


def find_decisions(ctx: Context, filters: Filters, limit: int = PAGE) -> list[DecisionRow]:
    """Decisions that fit, newest first, at most `limit`."""
    with ctx.database.begin() as session:
        wanted = _where(select(DecisionRow), filters)
        return list(session.scalars(wanted.order_by(DecisionRow.entry.desc()).limit(limit)))


def get_decision(ctx: Context, index: int) -> Decided:
    """The decision that the entry at `index` records. Raises NotFound if it records none."""
    entry = ctx.ledger.read.entry(index)
    said = about(entry)
    if said is None or "dec" not in entry:
        raise NotFound("no_decision", "该记录不含决定。", "This entry records no decision.")
    return Decided(index, entry, said, explain_entry(ctx, entry))


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
