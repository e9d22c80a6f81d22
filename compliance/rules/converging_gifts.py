"""One series does not run together in one hand by gifts from many.

Protects the many who would like one from somebody who had others buy for them: the editions bought
in many names converge on one account, often as soon as they can be given. Counted are distinct
givers to the recipient, of this series within the days set, or of any series who gave to a stranger
within hours after the wait. The numbers are our own; a person looks at what reaches them.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from compliance.calendar import DAY_MS, HOUR_MS
from compliance.facts import Facts
from compliance.patterns import REVIEW, UNKNOWN_TIES, at_unlock, late, met, series_of
from compliance.rule import Answer, Reason, Rule, Text, hold

#: How long ago others may have given at the end of their wait.
_MONTH_DAYS: Final = 30


def check(
    facts: Facts, givers: int, days: int, unlocked: int, hours: int, first: int, regift: int
) -> Answer | None:
    mine, theirs, series = facts.holder_ties, facts.recipient_ties, facts.series
    if mine is None or theirs is None or series is None or facts.holder is None:
        return hold("unknown")
    if len(theirs.got) < min(givers, unlocked) - 1:
        return None
    since, name = facts.at - days * DAY_MS, series.series
    gave = {
        e.other
        for e in theirs.got
        if e.kind == "gift" and e.at > since and series_of(e.collectible) == name
    }
    gave.add(facts.holder.person or "")
    if len(gave) >= givers:
        return hold("series", len(gave), days)
    holding = facts.holding
    if holding is None or not 0 <= late(facts, holding, first, regift) < hours * HOUR_MS:
        return None
    since = facts.at - _MONTH_DAYS * DAY_MS
    gave = {e.other for e in theirs.got if e.at > since and at_unlock(e, first, hours)}
    gave.discard(facts.holder.person or "")
    if len(gave) + 1 < unlocked or met(theirs, facts.holder.person):
        return None
    return hold("unlock", len(gave) + 1, hours, _MONTH_DAYS)


RULE = Rule(
    code="converging_gifts",
    version=1,
    title=Text("多人转赠汇集于一人", "Gifts that converge"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=(
        "pattern.converging_givers",
        "pattern.converging_days",
        "pattern.converging_unlocked",
        "pattern.unlock_hours",
        "gift.first_hold_hours",
        "gift.regift_hours",
    ),
    reasons={
        "series": Reason(
            Text(
                "算上这次，{days}内有{givers}人向受赠人转赠本系列藏品。",
                "With this one, {givers} people have given the recipient one of this series "
                "within {days}.",
            ),
            REVIEW,
            (("givers", "count"), ("days", "days")),
        ),
        "unlock": Reason(
            Text(
                "算上这次，{days}内有{givers}位此前无往来的人在可转赠后的{hours}内向受赠人转赠。",
                "With this one, {givers} strangers have given to the recipient within {hours} "
                "after they could, in {days}.",
            ),
            REVIEW,
            (("givers", "count"), ("hours", "hours"), ("days", "days")),
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
)
