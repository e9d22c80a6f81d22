"""Who has lately been found in breach passes nothing on for a while.

Protects everybody else: the first step of the ladder that a large platform published in 2022, which
took gifts away from accounts that had sold in private. A strike is a breach that a named person
established in a ruling; how long it counts is our own number.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, days: int) -> Answer | None:
    holder = facts.holder
    if holder is None:
        return hold("unknown")
    if not holder.strikes:
        return None
    newest = max(holder.strikes)
    free = newest + days * DAY_MS
    return None if facts.at >= free else fail("open", newest, days, free)


RULE = Rule(
    code="open_strike",
    version=1,
    title=Text("违规记录尚未期满", "A breach that still counts"),
    kinds=("gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("jingtan_conduct_2022"),),
    reads=("gift.strike_days",),
    reasons={
        "open": Reason(
            Text(
                "转出方于{found}被认定违规，{days}内不得转赠或转让。",
                "The holder was found in breach on {found} and passes nothing on for {days}.",
            ),
            Text(
                "自{free}起可以办理；对认定有异议的，可以申诉。",
                "It can go on from {free}; the finding can be appealed against.",
            ),
            (("found", "moment"), ("days", "days"), ("free", "from")),
        ),
        "unknown": Reason(
            Text(
                "不知道转出方是谁、有无违规记录。",
                "It is not known who passes it on, or whether a breach counts against them.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
