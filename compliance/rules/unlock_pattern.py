"""Gifts to strangers as soon as they are possible look like deliveries of what was sold before.

Protects people from forward sales: promised now, paid now, given when the wait is over. Points are
summed over the giver's gifts of the days set: two for a gift to a stranger within hours after it
became possible, three more within the first hour, three if several strangers gave to the same
recipient that way within a month. Strangers have nothing to do with each other that the ledger
knows. Each alone may be chance; a person looks at the sum. The numbers are our own.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from compliance.calendar import DAY_MS, HOUR_MS
from compliance.facts import Facts, Ties
from compliance.patterns import REVIEW, UNKNOWN_TIES, at_unlock, late, strangers
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold

_SOON: Final = 2
_AT_ONCE: Final = 3
_FIRST_HOURS: Final = 1
_GATHERED: Final = 3
_MONTH_MS: Final = 30 * DAY_MS


def check(
    facts: Facts,
    most: int,
    hours: int,
    days: int,
    donors: int,
    settled: int,
    first: int,
    regift: int,
) -> Answer | None:
    mine, theirs, holding = facts.holder_ties, facts.recipient_ties, facts.holding
    if mine is None or theirs is None or holding is None or facts.recipient is None:
        return hold("unknown")
    after = late(facts, holding, first, regift)
    if not 0 <= after < hours * HOUR_MS or not strangers(facts, mine, theirs, settled):
        return None
    score = _SOON + (_AT_ONCE if after < _FIRST_HOURS * HOUR_MS else 0)
    gifts = 1
    for edge in mine.gave:
        if edge.at > facts.at - days * DAY_MS and at_unlock(edge, first, hours):
            score += _SOON + (_AT_ONCE if at_unlock(edge, first, _FIRST_HOURS) else 0)
            gifts += 1
    others = _donors(theirs, facts.at - _MONTH_MS, first, hours)
    if others >= donors:
        score += _GATHERED
    return hold("deliveries", score, most, gifts, days, others) if score >= most else None


def _donors(ties: Ties, since: int, first: int, hours: int) -> int:
    """How many strangers gave to somebody at the end of their wait since then."""
    if not ties.got:
        return 0
    return len({e.other for e in ties.got if e.at > since and at_unlock(e, first, hours)})


RULE = Rule(
    code="unlock_pattern",
    version=1,
    title=Text("解锁即赠与陌生人", "Gifts to strangers at the end of the wait"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("civil_code", "146, 657"),),
    reads=(
        "pattern.unlock_score",
        "pattern.unlock_hours",
        "pattern.unlock_days",
        "pattern.unlock_donors",
        "pattern.settled_days",
        "gift.first_hold_hours",
        "gift.regift_hours",
    ),
    reasons={
        "deliveries": Reason(
            Text(
                "赠与人{days}内有{gifts}件（含这件）一到可转赠时间就赠给了此前无往来的人；"
                "另有{others}人同样赠给了这位受赠人。合计{score}分，满{most}分须复核。",
                "Within {days} the giver has given {gifts}, this one included, to strangers as "
                "soon as it was possible; {others} others gave to this recipient that way. That "
                "makes {score} points; {most} are looked at.",
            ),
            REVIEW,
            (
                ("score", "count"),
                ("most", "count"),
                ("gifts", "count"),
                ("days", "days"),
                ("others", "count"),
            ),
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
)
