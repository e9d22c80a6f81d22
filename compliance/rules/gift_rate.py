"""Gifts are few: so many a day, a month, a year, to one person and from one person.

Protects people from trades in the dress of gifts, which come in numbers. Three a day is what one
platform published; the other numbers are our own. What is over them is no breach: a person looks
at it, or it waits until the number is down again. Only gifts count, not what passes at cost. Two
who give each other things, are of one household or know somebody in common may give more often.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from compliance.calendar import DAY_MS, day_of, start_of_day
from compliance.facts import Facts, Ties
from compliance.patterns import UNKNOWN_TIES, acquainted, household
from compliance.rule import Answer, Reason, Rule, Text, hold

_MONTH_MS: Final = 30 * DAY_MS
_YEAR_MS: Final = 365 * DAY_MS


def check(
    facts: Facts, day: int, most_out: int, most_in: int, pair: int, settled: int
) -> Answer | None:
    mine, theirs, recipient = facts.holder_ties, facts.recipient_ties, facts.recipient
    if mine is None or theirs is None or recipient is None:
        return hold("unknown")
    if mine.gave:
        answer = _giving(facts.at, mine, day, most_out)
        if answer is None:
            answer = _pair(facts, mine, theirs, pair, settled)
        if answer is not None:
            return answer
    since = facts.at - _MONTH_MS
    got = [edge.at for edge in theirs.got if edge.at > since and edge.kind == "gift"]
    if len(got) >= most_in:
        return hold("received", len(got), most_in, got[-most_in] + _MONTH_MS)
    return None


def _giving(at: int, mine: Ties, day: int, most_out: int) -> Answer | None:
    month = at - _MONTH_MS
    gave = [edge.at for edge in mine.gave if edge.at > month and edge.kind == "gift"]
    if len(gave) < min(day, most_out):
        return None
    today = start_of_day(day_of(at))
    count = len([when for when in gave if when >= today])
    if count >= day:
        return hold("day", count, day, today + DAY_MS)
    if len(gave) >= most_out:
        return hold("given", len(gave), most_out, gave[-most_out] + _MONTH_MS)
    return None


def _pair(facts: Facts, mine: Ties, theirs: Ties, pair: int, settled: int) -> Answer | None:
    """Deliveries go one way, to a stranger: who is given something back, is of the household or
    knows somebody in common may give more."""
    person = facts.recipient.person if facts.recipient else None
    since = facts.at - _YEAR_MS
    same = [e.at for e in mine.gave if e.other == person and e.at > since and e.kind == "gift"]
    if len(same) < pair or any(edge.other == person for edge in mine.got):
        return None
    if acquainted(mine, theirs) or household(mine, theirs, facts.at, settled):
        return None
    return hold("pair", len(same), pair, same[-pair] + _YEAR_MS)


_FIGURES = (("count", "count"), ("most", "count"), ("free", "from"))

RULE = Rule(
    code="gift_rate",
    version=1,
    title=Text("转赠次数", "How often gifts are made"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=(
        "gift.per_day",
        "gift.out_per_30_days",
        "gift.in_per_30_days",
        "gift.pair_per_365_days",
        "pattern.settled_days",
    ),
    reasons={
        "day": Reason(
            Text(
                "赠与人当天已转赠{count}件，每天最多{most}件。",
                "The giver has given {count} today; {most} a day are usual.",
            ),
            Text(
                "自{free}起可以再转赠，或由合规人员复核。",
                "It can be given from {free}, or a compliance officer looks at it.",
            ),
            _FIGURES,
        ),
        "given": Reason(
            Text(
                "赠与人30天内已转赠{count}件，最多{most}件。",
                "The giver has given {count} in 30 days; the most is {most}.",
            ),
            Text(
                "自{free}起可以再转赠，或由合规人员复核。",
                "It can be given from {free}, or a compliance officer looks at it.",
            ),
            _FIGURES,
        ),
        "pair": Reason(
            Text(
                "赠与人365天内已向这位受赠人单向转赠{count}件；双方没有其他往来，最多{most}件。",
                "The giver has given this recipient {count} in 365 days and got nothing; between "
                "two who have nobody in common the most is {most}.",
            ),
            Text(
                "自{free}起可以再转赠，或由合规人员复核。",
                "It can be given from {free}, or a compliance officer looks at it.",
            ),
            _FIGURES,
        ),
        "received": Reason(
            Text(
                "受赠人30天内已受赠{count}件，最多{most}件。",
                "The recipient has received {count} in 30 days; the most is {most}.",
            ),
            Text(
                "自{free}起可以再受赠，或由合规人员复核。",
                "It can be received from {free}, or a compliance officer looks at it.",
            ),
            _FIGURES,
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
)
