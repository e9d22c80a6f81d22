"""A published series as a buyer reads it before buying: from the ledger, and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from collectibles.errors import CollectiblesError, NotFound, Refused
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.place_order import check_buyable
from collectibles.store.tables.catalogue import Edition
from collectibles.store.tables.institutions import Institution
from compliance.rule import Text


@dataclass(frozen=True, slots=True)
class SeriesShown:
    """`act` is the ledger's series act. `status` is soon, now, waiting (all reserved), gone, past,
    taken_down or frozen. Hours are those of the rulebook in force now."""

    act: dict[str, Any]
    museum: Text
    seller: Text
    status: str
    left: int
    reserved: int
    first_hold_hours: int | None
    regift_hours: int | None
    return_days: int | None
    limit: int | None
    resale_mode: str | None

    @property
    def id(self) -> str:
        return str(self.act["series"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What would come of an order now: `refused` with reasons, or a `problem`, or neither."""

    refused: Refused | None = None
    problem: CollectiblesError | None = None

    @property
    def buyable(self) -> bool:
        return self.refused is None and self.problem is None


def show_series(ctx: Context, series: str) -> SeriesShown:
    """The series as it stands. Raises NotFound."""
    now = ctx.clock.now_ms()
    value = ctx.ledger.read.value(state.series(series))
    if value is None:
        raise NotFound("no_series", "没有这个系列。", "There is no such series.")
    with ctx.database.read() as session:
        counted = select(Edition.state, func.count()).where(Edition.series == series)
        rows = session.execute(counted.group_by(Edition.state)).all()
        named = (Institution.id == value["issuer"]) | (Institution.merchant == value["seller"])
        institutions = session.scalars(select(Institution).where(named)).all()
    museum = next((one for one in institutions if one.id == value["issuer"]), None)
    seller = next((one for one in institutions if one.merchant == value["seller"]), None)
    left = {row[0]: int(row[1]) for row in rows}
    free, reserved = left.get("free", 0), left.get("reserved", 0)
    book = ctx.ledger.rulebook()
    return SeriesShown(
        act=value,
        museum=_name(museum, value["issuer"]),
        seller=_name(seller, value["seller"]),
        status=_status(value, free, reserved, now),
        left=free,
        reserved=reserved,
        first_hold_hours=book.value("gift.first_hold_hours", now),
        regift_hours=book.value("gift.regift_hours", now),
        return_days=book.value("sale.return_days", now),
        limit=book.value("limit.per_series", now),
        resale_mode=book.value("resale.mode", now),
    )


def ask_ahead(
    ctx: Context, account_id: str, shown: SeriesShown, device: str | None = None
) -> Answer:
    """What the rulebook would say to this buyer now, before anything is agreed to or paid."""
    try:
        check_buyable(ctx, account_id, shown.act, device)
    except Refused as refused:
        return Answer(refused=refused)
    except CollectiblesError as problem:
        return Answer(problem=problem)
    return Answer()


def _status(value: dict[str, Any], free: int, reserved: int, now: int) -> str:
    if value["down"] is not None:
        return "taken_down"
    if state.frozen(value, now):
        return "frozen"
    if now >= value["closes_at"]:
        return "past"
    if now < value["opens_at"] or value["minted"] == 0:
        return "soon"
    if free:
        return "now"
    return "waiting" if reserved else "gone"


def _name(institution: Institution | None, otherwise: str) -> Text:
    if institution is None:
        return Text(otherwise, otherwise)
    return Text(institution.name_zh, institution.name_en)
