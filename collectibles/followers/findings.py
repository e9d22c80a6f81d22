"""How often each rule has found something, counted as the ledger grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.store.tables.findings import RuleFinding


def follow(session: Session, entries: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Add the findings of what was refused or held; a ruling finds the same again and counts not.

    Counting twice would show; the follower's place, kept in the same transaction, prevents it.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for index, entry in entries:
        counts = "dec" in entry and entry["kind"] != "ruling"
        for code, reason, *_ in entry["dec"]["f"] if counts else ():
            row = rows.setdefault((code, reason), {"code": code, "reason": reason, "times": 0})
            row["times"] += 1
            row["last_entry"], row["last_at"] = index, entry["at"]
    if rows:
        new = insert(RuleFinding)
        more = new.on_conflict_do_update(
            index_elements=["code", "reason"],
            set_={
                "times": RuleFinding.times + new.excluded.times,
                "last_entry": new.excluded.last_entry,
                "last_at": new.excluded.last_at,
            },
        )
        session.execute(more, [rows[key] for key in sorted(rows)])
