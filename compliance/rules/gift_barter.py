"""Two gifts that answer each other, between people who did not know each other, are a barter.

Protects people from sales in kind: a gift is gratuitous (Civil Code Art. 657), and a sham act is
void (Art. 146). Families and friends answer gifts with gifts too; what tells them apart is that
they share a device or a card, know somebody in common, or had given each other something before.
Strangers give little on trust, so the answer comes within days; answers weeks later are as likely
two birthdays, and are left alone.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts
from compliance.patterns import REVIEW, UNKNOWN_TIES, acquainted, household
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold


def check(facts: Facts, days: int, settled: int) -> Answer | None:
    mine, theirs, recipient = facts.holder_ties, facts.recipient_ties, facts.recipient
    if mine is None or theirs is None or recipient is None:
        return hold("unknown")
    since = facts.at - days * DAY_MS
    acquired = facts.holding.acquired_at if facts.holding else None
    newest = 0
    for edge in mine.got:
        if edge.other != recipient.person or edge.at <= since or edge.kind != "gift":
            continue
        if not edge.met and edge.at != acquired:  # what came by it and goes back is no barter
            newest = edge.at
    if not newest or acquainted(mine, theirs) or household(mine, theirs, facts.at, settled):
        return None
    return hold("answered", newest, days)


RULE = Rule(
    code="gift_barter",
    version=1,
    title=Text("以赠换赠", "Gifts exchanged"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("civil_code", "146, 657"), Cite("evaluation_criteria_2022")),
    reads=("pattern.barter_days", "pattern.settled_days"),
    reasons={
        "answered": Reason(
            Text(
                "受赠人在{days}内（{when}）向赠与人转赠过另一件藏品，而双方此前没有往来。",
                "The recipient gave the giver another collectible within {days}, on {when}, and "
                "nothing had passed between the two before.",
            ),
            REVIEW,
            (("when", "moment"), ("days", "days")),
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
)
