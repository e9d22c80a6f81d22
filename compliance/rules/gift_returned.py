"""A collectible that comes back to somebody who gave it away was perhaps only lent, or parked.

Protects people from loans and sham holdings in the dress of gifts: what goes out and comes back
within the days set was not given (Civil Code Art. 146). People do give things back, so somebody
looks at it. When an earlier holder let go of it is when the next one acquired it.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts
from compliance.patterns import REVIEW
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold


def check(facts: Facts, days: int) -> Answer | None:
    holding, recipient = facts.holding, facts.recipient
    if holding is None or recipient is None:
        return hold("unknown")
    let_go = holding.acquired_at
    for person, acquired_at in reversed(facts.past):
        if let_go <= facts.at - days * DAY_MS:
            return None
        if person == recipient.person:
            return hold("returned", let_go, days)
        let_go = acquired_at
    return None


RULE = Rule(
    code="gift_returned",
    version=1,
    title=Text("藏品回到原持有人", "A collectible that comes back"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("civil_code", "146, 657"),),
    reads=("pattern.return_days",),
    reasons={
        "returned": Reason(
            Text(
                "受赠人在{days}内（{when}）刚转出过这件藏品。",
                "The recipient let go of this very collectible within {days}, on {when}.",
            ),
            REVIEW,
            (("when", "moment"), ("days", "days")),
        ),
        "unknown": Reason(
            Text(
                "不知道这件藏品或受赠人，无法核对它曾由谁持有。",
                "The collectible or the recipient is not known, so its earlier holders cannot "
                "be checked.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
