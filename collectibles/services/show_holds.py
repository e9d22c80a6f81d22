"""Holds as the officers, the regulator and those concerned see them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from collectibles.errors import NotFound
from collectibles.ledger.holds import ruling_until
from collectibles.services.appeal_ruling import time_to_appeal, words_of
from collectibles.services.context import Context
from collectibles.services.deciding import explain_entry
from collectibles.store.tables.holds import HoldRow, RulingRequest
from compliance.rendering import Explained, Line, receipt

#: What a list shows at most.
MOST = 200


@dataclass(frozen=True, slots=True)
class HoldShown:
    """One hold: why, what every rule answered, what was submitted, and what has been ruled.

    `reasons` and `outcome_reasons` are those of the rulings; `words` the appeal's, for those who
    may read them; `appeal_until` is set while an appeal is possible.
    """

    row: HoldRow
    explained: list[Explained]
    lines: tuple[Line, ...]
    act: str
    reasons: str
    outcome_reasons: str
    words: str
    appeal_until: int | None
    requests: list[RulingRequest]


def open_holds(ctx: Context) -> list[HoldRow]:
    """Holds that wait for a ruling, the one that ends first at the top."""
    return _rows(ctx, select(HoldRow).where(HoldRow.state == "open").order_by(HoldRow.until))


def ruled_holds(ctx: Context) -> list[HoldRow]:
    """The last that have been ruled on."""
    wanted = select(HoldRow).where(HoldRow.state != "open")
    return _rows(ctx, wanted.order_by(HoldRow.ruled_at.desc()))


def open_appeals(ctx: Context) -> list[HoldRow]:
    """Holds with an appeal that waits for its outcome, the oldest first."""
    wanted = select(HoldRow).where(
        HoldRow.appeal_entry.is_not(None), HoldRow.appeal_ruling.is_(None)
    )
    return _rows(ctx, wanted.order_by(HoldRow.appeal_at))


def appeal_dues(ctx: Context, rows: list[HoldRow]) -> dict[int, int]:
    """By when each of these appeals is to be ruled on (ms UTC): as long as a hold may take."""
    book = ctx.ledger.rulebook()
    dues = {row.entry: ruling_until(row.appeal_at, book) for row in rows if row.appeal_at}
    return {entry: due for entry, due in dues.items() if due is not None}


def holds_of(ctx: Context, account: str) -> list[HoldRow]:
    """What is or was held of this account, newest first."""
    mine = (HoldRow.account_id == account) | (HoldRow.other_id == account)
    return _rows(ctx, select(HoldRow).where(mine).order_by(HoldRow.at.desc()))


def show_hold(ctx: Context, hold: int) -> HoldShown:
    """One hold in full, for officers and regulators. Raises NotFound."""
    with ctx.database.read() as session:
        row = session.get(HoldRow, min(hold, 2**63 - 1))
        asked = select(RulingRequest).where(RulingRequest.hold == min(hold, 2**63 - 1))
        requests = list(session.scalars(asked.order_by(RulingRequest.asked_at.desc())))
    if row is None:
        raise NotFound("no_hold", "没有这项暂缓。", "There is no such hold.")
    places = [one for one in (row.ruling_entry, row.outcome_entry) if one is not None]
    entries = ctx.ledger.read.entries_at([hold, *places])
    entry = entries[hold]
    book = ctx.ledger.rulebook_of(entry["rb"])
    return HoldShown(
        row=row,
        explained=explain_entry(ctx, entry),
        lines=tuple(receipt(entry["dec"], book, entry["at"])),
        act=json.dumps(entry["act"]["act"], ensure_ascii=False, indent=1, sort_keys=True),
        reasons=_reasons(entries, row.ruling_entry),
        outcome_reasons=_reasons(entries, row.outcome_entry),
        words=words_of(ctx, hold),
        appeal_until=time_to_appeal(ctx, row),
        requests=requests,
    )


def my_hold(ctx: Context, account: str, hold: int) -> HoldShown:
    """One hold as somebody concerned sees it: the other side sees neither the account's reasons
    nor its appeal. Raises NotFound, the same for another's as for none."""
    shown = show_hold(ctx, hold)
    row = shown.row
    if account not in (row.account_id, row.other_id):
        raise NotFound("no_hold", "没有这项暂缓。", "There is no such hold.")
    if account == row.account_id:
        return HoldShown(
            row, shown.explained, (), "", shown.reasons, shown.outcome_reasons, shown.words,
            shown.appeal_until, [],
        )  # fmt: skip
    return HoldShown(row, [], (), "", "", "", "", None, [])


def _reasons(entries: dict[int, dict[str, Any]], index: int | None) -> str:
    return "" if index is None else str(entries[index]["act"]["reasons"])


def _rows(ctx: Context, wanted: Any) -> list[HoldRow]:
    with ctx.database.read() as session:
        return list(session.scalars(wanted.limit(MOST)))
