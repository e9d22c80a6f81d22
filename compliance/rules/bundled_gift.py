"""A gift is not thrown in with what is passed on for money between the same two people.

Protects people from bundles: something cheap passes at cost, something scarce comes "free" with it,
and the price is paid elsewhere or in kind (a sham act is void, Civil Code Art. 146). Looked at are
both directions, a gift near a resale and a resale near a gift; a household settles among itself.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts
from compliance.patterns import REVIEW, UNKNOWN_TIES, household
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold


def check(facts: Facts, days: int, settled: int) -> Answer | None:
    mine, theirs, recipient = facts.holder_ties, facts.recipient_ties, facts.recipient
    if mine is None or theirs is None or recipient is None:
        return hold("unknown")
    if not mine.gave and not mine.got:
        return None
    other = "resale" if facts.kind == "gift" else "gift"
    since, person, newest = facts.at - days * DAY_MS, recipient.person, 0
    for edges in (mine.gave, mine.got):
        for edge in edges:
            if edge.kind == other and edge.other == person and edge.at > max(since, newest):
                newest = edge.at
    if not newest or household(mine, theirs, facts.at, settled):
        return None
    return hold("near_resale" if other == "resale" else "near_gift", newest, days)


_FIGURES = (("when", "moment"), ("days", "days"))

RULE = Rule(
    code="bundled_gift",
    version=1,
    title=Text("转赠与转让搭售", "A gift bundled with a resale"),
    kinds=("gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("civil_code", "146, 657"),),
    reads=("pattern.bundle_days", "pattern.settled_days"),
    reasons={
        "near_resale": Reason(
            Text(
                "双方在{days}内（{when}）刚有偿转让过藏品，现又转赠。",
                "Something was passed on for money between the two within {days}, on {when}, and "
                "now there is a gift.",
            ),
            REVIEW,
            _FIGURES,
        ),
        "near_gift": Reason(
            Text(
                "双方在{days}内（{when}）刚转赠过藏品，现又有偿转让。",
                "There was a gift between the two within {days}, on {when}, and now something is "
                "passed on for money.",
            ),
            REVIEW,
            _FIGURES,
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
)
