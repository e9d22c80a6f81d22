"""How often the rules have found something, from the counters that a follower keeps."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from collectibles.services.context import Context
from collectibles.store.tables.findings import RuleFinding


@dataclass(frozen=True, slots=True)
class Fired:
    """How often a rule has refused or held something; by reason, and the last entry of them."""

    times: int
    reasons: dict[str, int]
    last_entry: int
    last_at: int


def rule_findings(ctx: Context) -> dict[str, Fired]:
    """All rules that ever found something, by code. One short query, however long the ledger."""
    found: dict[str, Fired] = {}
    with ctx.database.begin() as session:
        for row in session.scalars(select(RuleFinding).order_by(RuleFinding.code)):
            before = found.get(row.code) or Fired(0, {}, -1, 0)
            found[row.code] = Fired(
                before.times + row.times,
                {**before.reasons, row.reason: row.times},
                max(before.last_entry, row.last_entry),
                max(before.last_at, row.last_at),
            )
    return found
