"""How long something is kept before it may be given, as whoever acquires it is told."""

from __future__ import annotations

from typing import Final

from collectibles.services.context import Context

_PARAMETER: Final = {
    "sale": "gift.first_hold_hours",
    "resale": "gift.first_hold_hours",
    "gift": "gift.regift_hours",
}


def wait_hours(ctx: Context, how: str) -> int:
    """Hours before what is acquired `how` (sale, resale, gift) may be given, by the rules now.

    What the person was told is kept with the order or the offer and bound to the collectible on
    the ledger: a longer time that comes later is for later acquisitions, unless its entry says
    otherwise.
    """
    return int(ctx.ledger.rulebook().value(_PARAMETER[how], ctx.clock.now_ms()) or 0)
