"""`collectibles rules announce DAY --zh … --en …`: this software's rulebook, published ahead."""

from __future__ import annotations

from datetime import date

from collectibles import config, wiring
from collectibles.errors import BadInput, Conflict
from collectibles.services.announce_rulebook import announce_rulebook
from compliance.calendar import start_of_day
from compliance.release import check
from compliance.rule import Text
from compliance.words import show_moment


def run(effective: str, zh: str, en: str, longer_waits: str) -> int:
    """Publish it, to be in force from the start of that day in Beijing.

    Only a rulebook that is released is published: one that is not would be lost with this software.
    """
    try:
        effective_at = start_of_day(date.fromisoformat(effective))
    except ValueError:
        raise BadInput(
            "effective",
            "day",
            f"“{effective}”不是日期。",
            f"{effective!r} is not a day, YYYY-MM-DD.",
        ) from None
    for complaint in check():
        raise Conflict(
            "not_released",
            f"本软件的规则库还没有发布：{complaint}",
            f"This software's rulebook is not released: {complaint}",
        )
    ctx = wiring.context(config.load())
    try:
        receipt = announce_rulebook(ctx, effective_at, Text(zh, en), longer_waits)
    finally:
        ctx.ledger.close()
        ctx.database.close()
    shown = show_moment(effective_at, "zh"), show_moment(effective_at, "en")
    print(f"已公布（第 {receipt.index} 条记录），{shown[0]} 起生效。")
    print(f"Published by entry {receipt.index}; in force from {shown[1]}.")
    return 0
