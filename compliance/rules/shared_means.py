"""Many accounts in one hand do not gather one series.

Protects the limit of what one person may buy from being got round with other people's names. That
two share a device or a means of payment is no offence: families do. It
speaks against them only together with this: the recipient was already passed one of the same
series within the days set, and all of it among people who had passed nothing to each other before
and know nobody in common, as with straw buyers and hardly with families. A device that is not
known says nothing.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts
from compliance.patterns import REVIEW, UNKNOWN_TIES, acquainted, met, series_of, shared_kind
from compliance.rule import Answer, Reason, Rule, Text, hold


def check(facts: Facts, days: int) -> Answer | None:
    mine, theirs, series, holder = (
        facts.holder_ties,
        facts.recipient_ties,
        facts.series,
        facts.holder,
    )
    if mine is None or theirs is None or series is None or holder is None:
        return hold("unknown")
    if not theirs.got:
        return None
    since = facts.at - days * DAY_MS
    count = 0
    for edge in theirs.got:
        if edge.at > since and not edge.met and series_of(edge.collectible) == series.series:
            count += 1
    if not count or met(theirs, holder.person) or acquainted(mine, theirs):
        return None
    what = shared_kind(facts, mine, theirs)
    return None if what is None else hold("gathered", what, count, days)


RULE = Rule(
    code="shared_means",
    version=1,
    title=Text("共用设备或支付方式的账户聚集同一系列", "One series gathered by shared means"),
    kinds=("gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=("pattern.shared_days",),
    reasons={
        "gathered": Reason(
            Text(
                "双方用过同一个{what}，而接收人在{days}内已从他人处取得本系列{count}件。",
                "Both have used the same {what}, and the recipient has been passed {count} of "
                "this series within {days}.",
            ),
            REVIEW,
            (("what", "word"), ("count", "count"), ("days", "days")),
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
)
