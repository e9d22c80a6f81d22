"""What was bought is kept for a while before it is given, and no longer than the buyer was told.

Protects people from gifts that hide a resale. No law sets such a time; large platforms have, and
loosened it over the years. The hours are exact, counted from the entry in the ledger. The time a
buyer was shown goes with the collectible: a later and longer one applies only where the change of
the rulebook says so, to all. Where none was shown (before these were recorded), today's applies.
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
    if holding.acquired_by == "gift":
        return NOT_CONCERNED
    hours = required_hours(holding, current, facts.longer_waits)
    free = holding.acquired_at + hours * HOUR_MS
    if facts.at >= free:
        return None
    return fail("too_soon", hours, holding.acquired_at, free)


RULE = Rule(
    code="first_holding",
    version=2,
    title=Text("首次转赠前的持有时间", "Holding before a first gift"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("ecommerce_law", "32-36"),),
    reads=("gift.first_hold_hours",),
    reasons={
        "too_soon": Reason(
            Text(
                "这件藏品于{acquired}取得，须持有满{hours}方可转赠。",
                "This collectible was acquired on {acquired} and may be given after {hours}.",
            ),
            Text("自{free}起可以转赠。", "It may be given from {free} on."),
            (("hours", "hours"), ("acquired", "moment"), ("free", "from")),
        ),
        "unknown": Reason(
            Text(
                "不知道这件藏品由谁持有、何时取得。", "It is not known who holds it, or since when."
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
