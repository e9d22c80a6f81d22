"""One person buys so many of a series, counted over all of that person's accounts.

Protects the many who would like one from the few who would take all. No law sets a number; a court
has upheld a platform's term of one copy a person. What is taken over at cost counts as bought.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, limit: int) -> Answer | None:
    bought = facts.bought
    if bought is None:
        return hold("unknown")
    return None if bought < limit else fail("reached", bought, limit)


RULE = Rule(
    code="person_limit",
    version=1,
    title=Text("每人每系列限购", "A limit for each person and series"),
    kinds=("sale", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("hangzhou_2022_one_copy"),),
    reads=("limit.per_series",),
    reasons={
        "reached": Reason(
            Text(
                "每人在本系列中最多购买{limit}件，这位购买人已购买{bought}件。",
                "One person may buy {limit} of this series; this buyer has already bought "
                "{bought}.",
            ),
            Text(
                "可以选购其他系列，或接受他人转赠。",
                "Other series are open, and a gift may still be received.",
            ),
            (("bought", "count"), ("limit", "count")),
        ),
        "unknown": Reason(
            Text(
                "不知道这位购买人在本系列中已购买几件。",
                "It is not known how many of the series this buyer has already bought.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
