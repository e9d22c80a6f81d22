"""Say on the ledger who runs this service: name, filing, permits, when it began.

Rules about the operator itself read this. It is said again whenever the settings have changed, and
recorded once for what it says.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import date
from typing import Any

from collectibles.domain.calendar import start_of_day
from collectibles.domain.movements import Movement
from collectibles.errors import Refused
from collectibles.ledger import canonical, state
from collectibles.services.context import Context
from collectibles.services.deciding import submit

log = logging.getLogger(__name__)


def declare_platform(ctx: Context) -> bool:
    """Bring the ledger to what the settings say of the operator; whether that was news.

    What the rules refuse or hold is on the ledger as such and in the log, and the service goes on
    with what was said before. Raises Unavailable.
    """
    act = platform_act(ctx)
    if ctx.ledger.read.value(state.PLATFORM) == act:
        return False
    digest = hashlib.sha256(canonical.encode(act)).hexdigest()
    # What is said now may have been said before, with something else in between: the size tells.
    op_id = f"platform-{digest[:24]}-{ctx.ledger.read.size()}"
    try:
        submit(ctx, Movement("platform", op_id, ctx.settings.operator_id, act))
    except Refused as refused:
        log.warning("what the settings say of the operator is not taken: %s", refused.en)
        return False
    return True


def platform_act(ctx: Context) -> dict[str, Any]:
    """The operator as the settings describe it."""
    operator = ctx.settings.operator
    filing = {"number": operator.filing_number, "filed_at": start_of_day(operator.filed_on)}
    return {
        "name": {"zh": operator.name.zh, "en": operator.name.en},
        "uscc": operator.uscc,
        "scope": operator.scope,
        "models": list(operator.models),
        "started_at": start_of_day(operator.started_on),
        "filing": filing if operator.filing_number else None,
        "permits": [
            {
                "kind": permit.kind,
                "number": permit.number,
                "holder": operator.uscc,
                "starts_at": start_of_day(permit.starts_on),
                "ends_at": _moment(permit.ends_on),
            }
            for permit in operator.permits
        ],
        "ends_at": _moment(operator.ends_on),
        "end_told_at": _moment(operator.end_told_on),
    }


def _moment(day: date | None) -> int | None:
    return None if day is None else start_of_day(day)
