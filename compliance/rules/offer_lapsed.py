"""An offered gift is accepted within a set time, or not at all.

Protects the giver, who may withdraw a gift until it has passed (Civil Code Art. 658), from being
bound to a forgotten offer, and keeps a link from circulating among strangers. No law sets the
hours; they are our own. An offer that is not dated before its acceptance is looked at by a person.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import HOUR_MS
from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, hours: int) -> Answer | None:
    offered = facts.offered_at
    if offered is None or offered > facts.at:
        return hold("unknown")
    last = offered + hours * HOUR_MS
    return None if facts.at <= last else fail("lapsed", hours, offered, last)


RULE = Rule(
    code="offer_lapsed",
    version=1,
    title=Text("转赠邀约的有效期", "How long a gift stays offered"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("civil_code", "657, 658"),),
    reads=("gift.offer_hours",),
    reasons={
        "lapsed": Reason(
            Text(
                "这份转赠于{offered}发出，须在{hours}内接受，已于{last}失效。",
                "This gift was offered on {offered}, to be accepted within {hours}; it lapsed on "
                "{last}.",
            ),
            Text("请赠与人重新发出转赠。", "Please have the giver offer it again."),
            (("hours", "hours"), ("offered", "moment"), ("last", "moment")),
        ),
        "unknown": Reason(
            Text("不知道这份转赠何时发出。", "It is not known when this gift was offered."),
            Text("请赠与人重新发出转赠。", "Please have the giver offer it again."),
        ),
    },
    check=check,
)
