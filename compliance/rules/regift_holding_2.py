"""What was received as a gift is kept for longer before it is given on, but never for longer than
its holder was told.

Protects people from chains of gifts that hide a trade. No law sets such a time; it is modelled on
the practice of a large platform. The clock starts anew with each hand. The time the recipient was
shown on accepting goes with the collectible, as with what was bought.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import HOUR_MS
from compliance.facts import Facts
from compliance.patterns import required_hours
from compliance.rule import NOT_CONCERNED, Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, current: int) -> Answer | None:
    holding = facts.holding
    if holding is None:
        return hold("unknown")
    if holding.acquired_by != "gift":
        return NOT_CONCERNED
    hours = required_hours(holding, current, facts.longer_waits)
    free = holding.acquired_at + hours * HOUR_MS
    if facts.at >= free:
        return None
    return fail("too_soon", hours, holding.acquired_at, free)


RULE = Rule(
    code="regift_holding",
    version=2,
    title=Text("受赠后再次转赠前的持有时间", "Holding before giving on"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("ecommerce_law", "32-36"),),
    reads=("gift.regift_hours",),
    reasons={
        "too_soon": Reason(
            Text(
                "这件藏品于{acquired}受赠取得，须持有满{hours}方可再次转赠。",
                "This collectible was received as a gift on {acquired} and may be given on after "
                "{hours}.",
            ),
            Text("自{free}起可以再次转赠。", "It may be given on from {free}."),
            (("hours", "hours"), ("acquired", "moment"), ("free", "from")),
        ),
        "unknown": Reason(
            Text(
                "不知道这件藏品由谁持有、如何取得。",
                "It is not known who holds it, or how it came.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
