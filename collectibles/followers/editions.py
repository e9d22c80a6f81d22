"""Editions to sell, from mints; sold or gone, from what the ledger says happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from collectibles.followers.subjects import about
from collectibles.store.tables.catalogue import Edition, SeriesDraft
from compliance.decision import PERMITTED

_MINT = text(
    "INSERT INTO edition (series, number, state)"
    " SELECT :series, number, 'free'"
    " FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS number"
    " ON CONFLICT DO NOTHING"
)
#: What the museum's own record of a series takes over from the ledger's.
_COLUMNS: Final = ("picture", "edition_size", "price", "opens_at", "closes_at")
_DETAILS: Final = (
    *("derivation", "adaptor", "creative_statement", "right_holder", "offered_terms", "grants"),
)
_NEW: Final = {"sale": "sold", "burn": "gone", "return": "gone"}


def follow(session: Session, entries: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write what these entries say of editions; twice is harmless."""
    for index, entry in entries:
        said = about(entry)
        if said is None or said.outcome != PERMITTED:
            continue
        if said.kind == "series":
            _published(session, index, entry["at"], said.act)
        elif said.kind == "mint":
            _minted(session, said.act)
        elif said.kind in _NEW:
            session.execute(
                update(Edition)
                .where(Edition.series == said.series, Edition.number == said.edition)
                .values(state=_NEW[said.kind], order_id=None)
            )


def _published(session: Session, index: int, at: int, act: dict[str, Any]) -> None:
    """The ledger's word counts: whatever was changed in the draft meanwhile is put right."""
    draft = session.get(SeriesDraft, act["series"], with_for_update=True)
    if draft is None or draft.series_entry is not None:
        return
    draft.state, draft.series_entry, draft.changed_at = "published", index, at
    draft.title_zh, draft.title_en = act["title"]["zh"], act["title"]["en"]
    for name in _COLUMNS:
        setattr(draft, name, act[name])
    licence = act["licence"] or {"reference": "", "rights": [], "starts_at": None, "ends_at": None}
    draft.details = {
        **draft.details,
        **{name: act[name] for name in _DETAILS},
        **{name: act.get(name) for name in ("ai", "underlying", "arrangements", "price_statement")},
        **{f"licence_{name}": value for name, value in licence.items()},
    }
    draft.prepared_by = act["prepared_by"]
    if act["reviewed_by"]:
        draft.reviewed_by, draft.reviewed_at = act["reviewed_by"], act["reviewed_at"]


def _minted(session: Session, act: dict[str, Any]) -> None:
    last = act["first"] + act["count"] - 1
    session.execute(_MINT, {"series": act["series"], "first": act["first"], "last": last})
    session.execute(
        update(SeriesDraft)
        .where(SeriesDraft.id == act["series"], SeriesDraft.minted < last)
        .values(minted=last)
    )
