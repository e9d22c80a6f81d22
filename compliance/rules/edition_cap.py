"""An edition is as large as a limited edition may be, and a person looks at a larger one.

Protects buyers from batches that are unique in name only: the initiative of April 2022 is against
batch creation that empties non-fungibility of its meaning (item 2). It names no number; the cap is
our own figure.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold


def check(facts: Facts, cap: int) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    return None if series.edition_size <= cap else hold("large", series.edition_size, cap)


RULE = Rule(
    code="edition_cap",
    version=1,
    title=Text("发行量上限", "Size of an edition"),
    kinds=("series",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("initiative_2022_04", "2"),),
    reads=("listing.edition_cap",),
    reasons={
        "large": Reason(
            Text(
                "本系列发行{size}件，超过{cap}件的须人工复核。",
                "This edition has {size} copies; a person has to look at those of more than {cap}.",
            ),
            Text(
                "请减至{cap}件以内，或等待复核。",
                "Please issue {cap} or fewer, or wait for the review.",
            ),
            (("size", "count"), ("cap", "count")),
        ),
        "unknown": Reason(
            Text("不知道这是哪个系列。", "The series is not known."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
