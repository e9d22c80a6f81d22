"""A sale is the first, of a series that stands, by a seller of record.

Protects buyers from secondary trading in the guise of sales (the initiative of April 2022, item 3;
the measures of a large platform of March 2022) and from what has been taken down. That an edition
is sold once only, and by its issuer alone, the ledger sees to; into whose account it is paid,
another rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None or not series.seller:
        return hold("unknown")
    return fail("down") if series.down else None


RULE = Rule(
    code="primary_sale",
    version=1,
    title=Text("首次发售", "First sale"),
    kinds=("sale",),
    since=date(2022, 4, 13),
    source="industry",
    cites=(Cite("initiative_2022_04", "3"), Cite("wechat_2022_03")),
    reads=(),
    reasons={
        "down": Reason(
            Text("本系列已下架，不能购买。", "This series has been taken down and is not sold."),
            Text(
                "恢复上架后方可购买；可以选购其他系列。",
                "It may be bought if it is restored; other series are open.",
            ),
        ),
        "unknown": Reason(
            Text(
                "不知道这是哪个系列，或谁是卖方。",
                "The series is not known, or who its seller is.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
