"""Nobody buys without knowing what.

Protects buyers, the young above all, from chance sold as a collectible. The trial guide of 2023
allows blind boxes whose odds, value and rules are published and not changed, and keeps them from
children under eight. That museums sell none here is our own rule, stricter than the guide.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None or series.arrangements is None:
        return hold("unknown")
    return fail("blind") if "blind_box" in series.arrangements else None


RULE = Rule(
    code="blind_box",
    version=1,
    title=Text("不发售盲盒", "No blind boxes"),
    kinds=("series",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("blind_box_guide_2023"),),
    reads=(),
    reasons={
        "blind": Reason(
            Text(
                "本系列以盲盒方式发售；本服务不发售盲盒。",
                "This series is sold as a blind box; this service sells none.",
            ),
            Text(
                "请让购买人在付款前看到所购的藏品。",
                "Please let buyers see what they buy before they pay.",
            ),
        ),
        "unknown": Reason(
            Text("没有申报本系列附带什么安排。", "It is not declared what comes with the series."),
            Text(
                "请由发行方申报；没有的，申报为无。",
                "The issuing museum needs to declare it, even if it is nothing.",
            ),
        ),
    },
    check=check,
)
