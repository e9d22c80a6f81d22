"""No banknote is shown.

Protects the currency. It is forbidden to use the image of the yuan in publicity, publications or
other goods unlawfully (Law on the People's Bank Art. 19). Whether a picture shows one is for the
reviewer to see and record.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None or series.checks is None:
        return hold("unknown")
    return None if "no_banknote" in series.checks else fail("missing")


RULE = Rule(
    code="rmb_image",
    version=1,
    title=Text("不得使用人民币图样", "No image of the yuan"),
    kinds=("series",),
    since=date(2004, 2, 1),
    source="statute",
    cites=(Cite("pboc_law", "19"),),
    reads=(),
    reasons={
        "missing": Reason(
            Text(
                "没有“未使用人民币图样”的核对记录。",
                "It is not recorded that the picture shows no banknote.",
            ),
            Text(
                "请由审核人核对图像并记录；含有人民币图样的，不能上架。",
                "The reviewer needs to look and record it; a picture that shows one cannot be "
                "listed.",
            ),
        ),
        "unknown": Reason(
            Text("不知道审核人核对了什么。", "It is not known what the reviewer has checked."),
            Text("请由审核人记录。", "The reviewer needs to record it."),
        ),
    },
    check=check,
)
