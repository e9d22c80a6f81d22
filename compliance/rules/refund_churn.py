"""Who keeps buying and giving back makes demand that is none.

Protects other buyers from editions that are taken and returned in turn, and museums from false
counts. A right of return is not touched: what was bought goes back under its own rules. Only the
next purchase is looked at, after so many returns within days. The numbers are our own.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts
from compliance.patterns import UNKNOWN_TIES
from compliance.rule import Answer, Reason, Rule, Text, hold


def check(facts: Facts, most: int, days: int) -> Answer | None:
    ties = facts.recipient_ties
    if ties is None:
        return hold("unknown")
    if len(ties.returned) < most:
        return None
    since = facts.at - days * DAY_MS
    count = len([when for when in ties.returned if when > since])
    if count < most:
        return None
    return hold("churn", count, days, ties.returned[-most] + days * DAY_MS)


RULE = Rule(
    code="refund_churn",
    version=1,
    title=Text("频繁退货", "Returns in numbers"),
    kinds=("sale",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=("pattern.churn_returns", "pattern.churn_days"),
    reasons={
        "churn": Reason(
            Text(
                "购买人在{days}内已退货{count}次。",
                "The buyer has given back {count} within {days}.",
            ),
            Text(
                "自{free}起可以再购买，或由合规人员复核。",
                "More can be bought from {free}, or a compliance officer looks at it.",
            ),
            (("count", "count"), ("days", "days"), ("free", "from")),
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
)
