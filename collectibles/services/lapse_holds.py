"""Holds nobody ruled on in time: recorded as lapsed, so that the ledger itself says they are over.

Only then does money go back: until that entry a ruling may still come first, and after it none can.
"""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import select

from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.store.tables.holds import HoldRow

log = logging.getLogger(__name__)

_REASONS: Final = "期限届满，没有裁定 / the time for a ruling is over"


def lapse_holds(ctx: Context) -> int:
    """Record every hold whose time is over; how many. Harmless to repeat."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        late = select(HoldRow.entry).where(HoldRow.state == "open", HoldRow.until <= now)
        found = list(session.scalars(late.order_by(HoldRow.until).limit(200)))
    done = 0
    for hold in found:
        try:
            lapse_hold(ctx, hold)
        except CollectiblesError as problem:
            log.warning("hold %s did not lapse: %s", hold, problem.code)
        else:
            done += 1
    return done


def lapse_hold(ctx: Context, hold: int) -> None:
    """Record that this hold has lapsed. Raises Conflict if it has been ruled on, or is not over."""
    operator = ctx.settings.operator_id
    act = {"hold": hold, "ruling": "refuse", "officers": [operator], "reasons": _REASONS}
    submit(ctx, Movement("ruling", f"lapse-{hold}", operator, act))
