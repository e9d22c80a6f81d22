"""Every decision on the ledger as a row, for the regulator's filters and reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.followers.subjects import about
from collectibles.store.tables.oversight import DecisionRow


def follow(session: Session, entries: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write a row for each entry that the rulebook decided; twice is harmless."""
    rows = []
    for index, entry in entries:
        said = about(entry)
        if said is None or "dec" not in entry:
            continue
        rows.append(
            {
                "entry": index,
                "at": entry["at"],
                "kind": said.kind,
                "outcome": said.outcome,
                "series": said.series,
                "edition": said.edition,
                "account_id": said.account,
                "amount": said.amount,
                "codes": [finding[0] for finding in entry["dec"]["f"]],
            }
        )
    if rows:
        session.execute(insert(DecisionRow).on_conflict_do_nothing(), rows)
