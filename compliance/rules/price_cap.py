"""The price is explained, and a person looks at a high one.

Protects buyers from inflated prices: the initiative of April 2022 asks that value have adequate
support (first part) and names no amount; the cap is our own figure. The explanation is for the
museum to write and takes nobody's judgement, so that a price without one is refused, not held.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, cap: int) -> Answer | None:
    series = facts.series
    if series is None or series.price_statement is None:
        return hold("unknown")
    if not series.price_statement:
        return fail("no_statement", series.price)
    return None if series.price <= cap else hold("high", series.price, cap)


RULE = Rule(
    code="price_cap",
    version=1,
    title=Text("定价说明与上限", "A price explained and bounded"),
    kinds=("series",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("initiative_2022_04", "1"),),
    reads=("listing.price_cap",),
    reasons={
        "no_statement": Reason(
            Text("没有说明为什么定价{price}。", "It is not stated why the price is {price}."),
            Text(
                "请写明定价依据：成本、授权费或同类价格。",
                "Please state what it rests on: cost, licence fee or what the like is sold for.",
            ),
            (("price", "fen"),),
        ),
        "high": Reason(
            Text(
                "单价{price}，超过{cap}的须人工复核。",
                "The price is {price}; a person has to look at prices above {cap}.",
            ),
            Text(
                "请定在{cap}以内，或等待复核。",
                "Please set {cap} or less, or wait for the review.",
            ),
            (("price", "fen"), ("cap", "fen")),
        ),
        "unknown": Reason(
            Text("不知道定价依据。", "It is not known what the price rests on."),
            Text("请由发行方写明。", "The issuing museum needs to state it."),
        ),
    },
    check=check,
)
