"""Nobody is the turntable of other people's gifts.

Protects people from brokers: one account through which many collectibles pass between persons who
have nothing to do with it. Counted are the persons with whom somebody dealt for the first time, in
either direction, within the days set; a giver with many old friends is none, and a household is
none. Who only gives may deal with one more, as an elder does at New Year. The number is our own; a
person looks at what reaches it.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import ANYBODY, Facts, Passed
from compliance.patterns import REVIEW, UNKNOWN_TIES, household, met
from compliance.rule import Answer, Reason, Rule, Text, hold

Edges = tuple[Passed, ...]


def check(facts: Facts, persons: int, days: int, settled: int) -> Answer | None:
    mine, theirs, recipient = facts.holder_ties, facts.recipient_ties, facts.recipient
    if mine is None or theirs is None or recipient is None:
        return hold("unknown")
    fewer = persons - 1
    if len(mine.gave) + len(mine.got) < fewer and len(theirs.gave) + len(theirs.got) < fewer:
        return None
    since = facts.at - days * DAY_MS
    giver = _new(mine.gave, mine.got, since, persons)
    taker = _new(theirs.got, theirs.gave, since, persons)
    if not (giver or taker) or recipient.person == ANYBODY or met(mine, recipient.person):
        return None
    if household(mine, theirs, facts.at, settled):
        return None
    return hold("giver", giver, days) if giver else hold("recipient", taker, days)


def _new(along: Edges, against: Edges, since: int, persons: int) -> int:
    """With how many somebody deals for the first time, this gift included, if they are too many.

    Who only gives, or only receives, may deal with one more.
    """
    one = {edge.other for edge in along if edge.at > since and not edge.met}
    other = {edge.other for edge in against if edge.at > since and not edge.met}
    count = len(one | other) + 1
    return count if count >= (persons if other else persons + 1) else 0


_FIGURES = (("persons", "count"), ("days", "days"))

RULE = Rule(
    code="broker_hub",
    version=1,
    title=Text("疑似中间人", "A broker among givers"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=("pattern.hub_persons", "pattern.hub_days", "pattern.settled_days"),
    reasons={
        "giver": Reason(
            Text(
                "算上这次，赠与人在{days}内与{persons}位此前无往来的人有转赠往来。",
                "With this one, the giver has dealt with {persons} people for the first time "
                "within {days}.",
            ),
            REVIEW,
            _FIGURES,
        ),
        "recipient": Reason(
            Text(
                "算上这次，受赠人在{days}内与{persons}位此前无往来的人有转赠往来。",
                "With this one, the recipient has dealt with {persons} people for the first time "
                "within {days}.",
            ),
            REVIEW,
            _FIGURES,
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
)
