"""One picture is issued once.

Protects those who bought the first edition from a second of the same picture: the initiative of
April 2022 is against batch creation that empties non-fungibility of its meaning (item 2). The
ledger knows the digest of every picture issued; a picture altered in a single point is another to
it, and for the reviewer to find.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    return fail("issued", series.same_picture) if series.same_picture else None


RULE = Rule(
    code="same_picture",
    version=1,
    title=Text("同一图像只发行一次", "One picture, one series"),
    kinds=("series",),
    since=date(2022, 4, 13),
    source="industry",
    cites=(Cite("initiative_2022_04", "2"),),
    reads=(),
    reasons={
        "issued": Reason(
            Text(
                "系列{other}已经发行了同一张图像。",
                "The series {other} has been issued with the very same picture.",
            ),
            Text("请换用另一件作品。", "Please use another work."),
            (("other", "text"),),
        ),
        "unknown": Reason(
            Text("不知道这是哪个系列。", "The series is not known."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
