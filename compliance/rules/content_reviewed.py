"""Somebody has looked at the content before it is listed.

Protects the public from unlawful content. Who provides blockchain information services answers for
what is published through them and may not publish what laws forbid (the rules of 2019, Arts. 5, 6,
10, 16); networks and platforms have the like duty (Cybersecurity Law of 2016, Art. 47; E-Commerce
Law Art. 29). That the reviewer records it before listing is how this service discharges it.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None or series.checks is None:
        return hold("unknown")
    return None if "content" in series.checks else fail("missing")


RULE = Rule(
    code="content_reviewed",
    version=1,
    title=Text("内容审核", "Content reviewed"),
    kinds=("series",),
    since=date(2019, 2, 15),
    source="departmental_rule",
    cites=(
        Cite("cac_order_3", "5, 6, 10, 16"),
        Cite("cybersecurity_law_2016", "47"),
        Cite("cybersecurity_law_2025"),
        Cite("ecommerce_law", "29"),
    ),
    reads=(),
    reasons={
        "missing": Reason(
            Text("没有内容审核的记录。", "No review of the content is recorded."),
            Text(
                "请由审核人审看图像和文字并记录。",
                "The reviewer needs to look at picture and texts and record it.",
            ),
        ),
        "unknown": Reason(
            Text("不知道审核人核对了什么。", "It is not known what the reviewer has checked."),
            Text("请由审核人记录。", "The reviewer needs to record it."),
        ),
    },
    check=check,
)
