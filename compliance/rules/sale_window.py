"""A series is on sale for a limited time, announced beforehand, and at no other time.

Protects people from continuous listing (the initiative of April 2022, item 3). The greatest length
of the time is our own figure.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, longest_days: int) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    opens, closes = series.opens_at, series.closes_at
    if facts.kind == "sale":
        if facts.at < opens:
            return fail("not_open", opens)
        return None if facts.at < closes else fail("closed", closes)
    if closes <= opens or closes <= facts.at:
        return fail("never_open", opens, closes)
    latest = opens + longest_days * DAY_MS
    return None if closes <= latest else fail("too_long", longest_days, closes, latest)


RULE = Rule(
    code="sale_window",
    version=1,
    title=Text("发售期", "Time of sale"),
    kinds=("series", "sale"),
    since=date(2022, 4, 13),
    source="industry",
    cites=(Cite("initiative_2022_04", "3"),),
    reads=("sale.window_days_max",),
    reasons={
        "not_open": Reason(
            Text("本系列{opens}开始发售。", "This series goes on sale on {opens}."),
            Text("请在{opens}之后购买。", "Please come back from {opens} on."),
            (("opens", "from"),),
        ),
        "closed": Reason(
            Text("本系列已于{closes}结束发售。", "The sale of this series ended on {closes}."),
            Text("可以选购其他系列。", "Other series are open."),
            (("closes", "moment"),),
        ),
        "never_open": Reason(
            Text(
                "发售期为{opens}至{closes}，其间没有可以发售的时间。",
                "From {opens} to {closes} there is no time left in which to sell.",
            ),
            Text(
                "结束时间须晚于开始时间，并晚于现在。",
                "Please set an end that is later than the beginning and later than now.",
            ),
            (("opens", "moment"), ("closes", "moment")),
        ),
        "too_long": Reason(
            Text(
                "发售期至{closes}，超过了最长的{days}。",
                "The sale would last until {closes}, longer than the {days} allowed.",
            ),
            Text("请在{latest}或之前结束。", "Please end it on {latest} or before."),
            (("days", "days"), ("closes", "moment"), ("latest", "moment")),
        ),
        "unknown": Reason(
            Text("不知道这是哪个系列。", "The series is not known."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
