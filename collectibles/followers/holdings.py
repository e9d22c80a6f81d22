"""Who holds what, and every entry that concerns a collectible: for collection and trail pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.followers.subjects import about
from collectibles.store.tables.oversight import Holding, Trail
from compliance.decision import PERMITTED


def follow(session: Session, entries: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write what these entries say of holders and trails; twice is harmless."""
    trail = []
    for index, entry in entries:
        said = about(entry)
        if said is None or not said.series:
            continue
        trail.append(
            {
                "series": said.series,
                "edition": said.edition,
                "entry": index,
                "kind": said.kind if said.outcome == PERMITTED else entry["kind"],
            }
        )
        if said.outcome == PERMITTED:
            _holder(session, index, entry, said.kind, said.act)
    if trail:
        session.execute(insert(Trail).on_conflict_do_nothing(), trail)


def _holder(
    session: Session, index: int, entry: dict[str, Any], kind: str, act: dict[str, Any]
) -> None:
    if kind == "sale":
        account = act["account"]
    elif kind in ("gift", "forced") or (kind == "resale" and act["step"] == "post"):
        account = act["to"]
    elif kind in ("return", "burn"):
        account = None
    else:
        return
    values = {"account_id": account, "how": kind, "since": entry["at"], "entry": index}
    session.execute(
        insert(Holding)
        .values(series=act["series"], edition=act["edition"], **values)
        .on_conflict_do_update(
            index_elements=["series", "edition"], set_=values, where=Holding.entry < index
        )
    )
