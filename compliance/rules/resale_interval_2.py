"""Nothing is passed on for money sooner than it could be given, nor within five trading days.

Protects people from fast dealing. The five trading days are those that the State Council's decision
of 2011 sets for trading venues; this service is none and keeps them of its own accord. Where the
calendar of trading days is not known, a person looks at it. As with a gift, nobody waits longer
than they were told when they acquired it, unless a change of the rulebook says that it is for all.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import HOUR_MS, ClosedDays, trading_days_later
from compliance.facts import Facts
from compliance.patterns import required_hours
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(
    facts: Facts, first_hours: int, regift_hours: int, days: int, closed: ClosedDays
) -> Answer | None:
    holding = facts.holding
    if holding is None:
        return hold("unknown")
    acquired = holding.acquired_at
    hours = regift_hours if holding.acquired_by == "gift" else first_hours
    hours = required_hours(holding, hours, facts.longer_waits)
    given = acquired + hours * HOUR_MS
    traded = trading_days_later(acquired, days, closed)
    if traded is None:
        return hold("no_calendar", acquired)
    if facts.at >= given and facts.at >= traded:
        return None
    if given >= traded:
        return fail("before_gift", hours, acquired, given)
    return fail("trading_days", days, acquired, traded)


RULE = Rule(
    code="resale_interval",
    version=2,
    title=Text("转让间隔", "Time before a resale"),
    kinds=("resale",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("notice_2011_38"), Cite("notice_2012_37")),
    reads=(
        "gift.first_hold_hours",
        "gift.regift_hours",
        "resale.trading_days",
        "calendar.trading_closed",
    ),
    reasons={
        "before_gift": Reason(
            Text(
                "这件藏品于{acquired}取得；转让不得早于可以转赠之时，须持有满{hours}。",
                "This collectible was acquired on {acquired}; it may not be passed on sooner than "
                "it could be given, after {hours}.",
            ),
            Text("自{free}起可以转让。", "It may be passed on from {free}."),
            (("hours", "hours"), ("acquired", "moment"), ("free", "from")),
        ),
        "trading_days": Reason(
            Text(
                "这件藏品于{acquired}取得；转让不得早于其后第{days}个交易日。",
                "This collectible was acquired on {acquired}; it may not be passed on sooner than "
                "{days} trading days later.",
            ),
            Text("自{free}起可以转让。", "It may be passed on from {free}."),
            (("days", "count"), ("acquired", "moment"), ("free", "from")),
        ),
        "no_calendar": Reason(
            Text(
                "这件藏品于{acquired}取得，其后的交易日历尚未录入，需人工核对。",
                "This collectible was acquired on {acquired}; the trading days after that are not "
                "yet entered, and a person has to check.",
            ),
            Text(
                "请等待运营方补充交易日历。", "Please wait until the operator enters the calendar."
            ),
            (("acquired", "moment"),),
        ),
        "unknown": Reason(
            Text("不知道这件藏品何时取得。", "It is not known since when it is held."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
