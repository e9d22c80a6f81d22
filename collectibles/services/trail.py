"""A collectible's whole trail: every entry about it and its series, from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from collectibles.errors import NotFound
from collectibles.followers.subjects import about, with_holds
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.deciding import explain_entry
from collectibles.store.tables.oversight import Trail
from compliance.decision import PERMITTED
from compliance.rendering import Explained


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a trail: what was done or refused, when, by whom, and why. `asked`: it was a
    question only, refused before anything was to be done."""

    index: int
    at: int
    kind: str
    outcome: str
    by: str
    act: dict[str, Any]
    explained: list[Explained]
    asked: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a collectible stands now. `value` is None for an edition nobody has bought."""

    series: dict[str, Any]
    edition: int
    value: dict[str, Any] | None


def standing(ctx: Context, series: str, edition: int) -> Standing:
    """The collectible as the ledger's state has it. Raises NotFound if it was never minted."""
    keys = state.series(series), state.collectible(series, edition)
    values = ctx.ledger.read.values(keys)
    found = values[keys[0]]
    if found is None or not 1 <= edition <= found["minted"]:
        raise NotFound("no_collectible", "没有这件数字藏品。", "There is no such collectible.")
    return Standing(found, edition, values[keys[1]])


def trail_of(ctx: Context, series: str, edition: int) -> list[Step]:
    """Every entry about the collectible or its whole series, in order. Raises NotFound."""
    standing(ctx, series, edition)
    return steps_of(ctx, series, edition)


def steps_of(ctx: Context, series: str, edition: int, refusals: bool = True) -> list[Step]:
    """The trail of a collectible that there is.

    Without `refusals` only what happened; that is what a certificate shows.
    """
    whole = ("series", "mint", "restraint", "takedown")
    with ctx.database.read() as session:
        wanted = select(Trail.entry).where(
            Trail.series == series,
            or_(
                Trail.edition == edition,
                (Trail.edition == 0) & Trail.kind.in_((*whole, "refusal", "hold")),
            ),
        )
        places = list(session.scalars(wanted.order_by(Trail.entry)))
    entries = with_holds(ctx.ledger.read, ctx.ledger.read.entries_at(places))
    steps = []
    for index in places:
        entry = entries[index]
        said = about(entry)
        if said is None or (not refusals and said.outcome != PERMITTED):
            continue
        if said.edition == 0 and said.kind not in whole:
            continue
        if said.kind == "mint" and not _covers(said.act, edition):
            continue
        steps.append(
            Step(
                index,
                entry["at"],
                said.kind,
                said.outcome,
                entry["by"],
                said.act,
                [] if said.outcome == PERMITTED else explain_entry(ctx, entry),
                entry["act"].get("asked") is True,
            )
        )
    return steps


def _covers(act: dict[str, Any], edition: int) -> bool:
    return bool(act["first"] <= edition < act["first"] + act["count"])
