"""What somebody holds, and what they may do with it when: their own page, nobody else's.

No price is shown but what the holder themself paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from collectibles.errors import NotFound
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.store.tables.orders import Order
from collectibles.store.tables.oversight import Holding
from compliance.calendar import HOUR_MS
from compliance.rule import Text


@dataclass(frozen=True, slots=True)
class Held:
    """A collectible in somebody's collection. Amounts fen; moments ms UTC.

    `paid` is what its holder paid less what went back; None for what came as a gift.
    `return_until` is there while it may be returned, `give_from` the moment from which the rules in
    force now let it be given; `bars` say what stands in the way of any movement now.
    """

    series: str
    edition: int
    title: Text
    picture: str
    museum: Text
    edition_size: int
    since: int
    how: str
    paid: int | None
    refunded: int
    return_until: int | None
    give_from: int | None
    resale: bool
    order_id: str | None
    bars: tuple[Text, ...]
    act: dict[str, Any]


def collection(ctx: Context, account_id: str) -> list[Held]:
    """Everything this account holds, newest first."""
    with ctx.database.read() as session:
        rows = session.scalars(
            select(Holding).where(Holding.account_id == account_id).order_by(Holding.since.desc())
        ).all()
    return [found for row in rows if (found := _held(ctx, account_id, row)) is not None]


def held(ctx: Context, account_id: str, series: str, edition: int) -> Held:
    """One collectible of this account. Raises NotFound for what it does not hold."""
    with ctx.database.read() as session:
        row = session.get(Holding, (series, edition))
    found = _held(ctx, account_id, row) if row and row.account_id == account_id else None
    if found is None:
        raise NotFound(
            "not_held",
            "您的收藏中没有这件藏品。",
            "This collectible is not in your collection.",
        )
    return found


def _held(ctx: Context, account_id: str, row: Holding) -> Held | None:
    now = ctx.clock.now_ms()
    keys = (state.series(row.series), state.collectible(row.series, row.edition))
    account = state.account(account_id)
    values = ctx.ledger.read.values((*keys, account))
    series, value = values[keys[0]], values[keys[1]]
    if series is None or value is None or value["holder"] != account_id:
        return None  # the ledger is ahead of the projection
    until = value["return_until"]
    bought = value["how"] in ("sale", "resale")
    book = ctx.ledger.rulebook()
    return Held(
        series=row.series,
        edition=row.edition,
        title=Text(series["title"]["zh"], series["title"]["en"]),
        picture=series["picture"],
        museum=_issuer(ctx, series["issuer"]),
        edition_size=series["edition_size"],
        since=value["at"],
        how=value["how"],
        paid=value["paid"] if bought else None,
        refunded=value["back"],
        return_until=until if until is not None and until > now else None,
        give_from=_give_from(book, value, now),
        resale=bought and book.value("resale.mode", now) == "at_cost",
        order_id=_order_of(ctx, account_id, row) if bought else None,
        bars=tuple(_bars(ctx, row, series, value, values[account], now)),
        act=series,
    )


def _issuer(ctx: Context, identifier: str) -> Text:
    name = ctx.ledger.read.value(state.member(identifier))["name"]
    return Text(name["zh"], name["en"])


def _give_from(book: Any, value: dict[str, Any], now: int) -> int | None:
    """When it may be given under the rules of today; None if they name no time."""
    name = "gift.regift_hours" if value["how"] == "gift" else "gift.first_hold_hours"
    hours = book.value(name, now)
    if hours is None:
        return None
    return int(max(value["at"] + hours * HOUR_MS, value["return_until"] or 0))


def _order_of(ctx: Context, account_id: str, row: Holding) -> str | None:
    with ctx.database.read() as session:
        return session.scalars(
            select(Order.id)
            .where(
                Order.account_id == account_id,
                Order.series == row.series,
                Order.edition == row.edition,
                Order.state.in_(("settled", "returning")),
            )
            .order_by(Order.created_at.desc())
        ).first()


def _bars(
    ctx: Context,
    row: Holding,
    series: dict[str, Any],
    value: dict[str, Any],
    account: dict[str, Any],
    now: int,
) -> list[Text]:
    found = []
    frozen = [one for one in (series, value, account) if one and state.frozen(one, now)]
    if frozen:
        documents = "、".join(one["freeze"]["document"] for one in frozen)
        found.append(
            Text(
                f"依法冻结中（文号：{documents}），暂不能转赠或转让。",
                f"Frozen by law (document {documents}): it cannot be given or passed on now.",
            )
        )
    if value["pending"]:
        found.append(
            Text(
                "有一笔退款正在处理，完成前不能变动。",
                "A refund is being made; nothing moves until it is done.",
            )
        )
    if state.locked(value, now):
        found.append(
            Text("正在办理另一项变动，暂时锁定。", "Another movement is under way; it is locked.")
        )
    return found
