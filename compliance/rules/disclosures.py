"""A buyer can read what is sold, what is not, by whom, and where to complain.

Protects buyers. Sellers owe full, true and accurate information (E-Commerce Law Art. 17, Consumer
Rights Law Art. 28, the initiative of April 2022); which statements this takes for a collectible is
spelt out in a dated list.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, required: tuple[str, ...]) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    if set(series.disclosures).issuperset(required):
        return None
    missing = [word for word in required if word not in series.disclosures]
    return fail("missing", len(missing), ",".join(missing))


RULE = Rule(
    code="disclosures",
    version=1,
    title=Text("必要信息披露", "Required disclosures"),
    kinds=("series", "mint", "sale"),
    since=date(2022, 4, 13),
    source="statute",
    cites=(Cite("ecommerce_law", "17"), Cite("consumer_law", "28")),
    reads=("listing.required_disclosures",),
    reasons={
        "missing": Reason(
            Text(
                "本系列缺少{count}项必须载明的信息：{missing}。",
                "The series lacks {count} of the required statements: {missing}.",
            ),
            Text(
                "请由发行方补齐：{missing}。",
                "The issuing museum needs to add: {missing}.",
            ),
            (("count", "count"), ("missing", "words")),
        ),
        "unknown": Reason(
            Text("不知道这是哪个系列。", "The series is not known."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
