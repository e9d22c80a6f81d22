"""A series is reviewed by a second person before anything is made or sold.

Protects authors and buyers. Information services review what they publish (the blockchain rules of
2019), and courts ask a platform for a check before minting; that two persons do it is our own rule.
A review that is not recorded has not been made.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None or not series.prepared_by:
        return hold("unknown")
    if series.reviewed_at is None or not series.reviewed_by:
        return fail("not_reviewed")
    if series.reviewed_at > facts.at:
        return fail("not_reviewed")
    return fail("same") if series.reviewed_by == series.prepared_by else None


RULE = Rule(
    code="series_reviewed",
    version=1,
    title=Text("双人审核", "Reviewed by a second person"),
    kinds=("series", "mint", "sale"),
    since=date(2022, 4, 20),
    source="policy",
    cites=(Cite("cac_order_3", "5, 6, 10"), Cite("hangzhou_2022_1008")),
    reads=(),
    reasons={
        "not_reviewed": Reason(
            Text("本系列尚未审核。", "This series has not been reviewed."),
            Text(
                "请由制作人以外的另一人审核。",
                "Please have it reviewed by somebody other than who prepared it.",
            ),
        ),
        "same": Reason(
            Text(
                "制作和审核本系列的是同一个人。",
                "The same person prepared and reviewed this series.",
            ),
            Text("请由另一人审核。", "Please have it reviewed by somebody else."),
        ),
        "unknown": Reason(
            Text("不知道本系列由谁制作。", "It is not known who prepared this series."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
