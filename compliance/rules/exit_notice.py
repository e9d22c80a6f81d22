"""The end of the service is told thirty days ahead.

Protects holders, who need time to take their proofs with them. The E-Commerce Law (Art. 16) asks
for thirty days of notice on the home page; they are counted to the second from the moment the end
was told. A platform that has announced no end has nothing to tell.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, days: int) -> Answer | None:
    platform = facts.platform
    if platform is None:
        return hold("unknown")
    ends, told = platform.ends_at, platform.end_told_at
    if ends is None:
        return None
    if told is None or told > facts.at:
        return hold("not_told", ends)
    earliest = told + days * DAY_MS
    return None if ends >= earliest else fail("too_soon", days, told, ends, earliest)


RULE = Rule(
    code="exit_notice",
    version=1,
    title=Text("停止服务提前公告", "Notice of the end"),
    kinds=("platform",),
    since=date(2019, 1, 1),
    source="statute",
    cites=(Cite("ecommerce_law", "16"),),
    reads=("platform.exit_notice_days",),
    reasons={
        "too_soon": Reason(
            Text(
                "停止服务须提前{days}公告；{told}公告，却定于{ends}停止。",
                "The end of the service is told {days} ahead; it was told on {told} and is set for "
                "{ends}.",
            ),
            Text(
                "请把停止时间定在{earliest}或以后。",
                "Please set the end for {earliest} or later.",
            ),
            (("days", "days"), ("told", "moment"), ("ends", "moment"), ("earliest", "moment")),
        ),
        "not_told": Reason(
            Text(
                "服务定于{ends}停止，但没有已经公告的记录。",
                "The service is to end on {ends}, and there is no record that this was told.",
            ),
            Text(
                "请先在首页公告，再记入账本。",
                "Please announce it on the home page first, then record it.",
            ),
            (("ends", "moment"),),
        ),
        "unknown": Reason(
            Text("运营方的声明不详。", "The operator's declaration is not known."),
            Text("请补全声明。", "Please complete the declaration."),
        ),
    },
    check=check,
)
