"""Nothing is promised back for what is paid, in money or otherwise.

Protects the public from illegal fund-raising: goods sold with a promised return in money, shares or
goods are a matter for it (Regulation of 2021, Arts. 2, 19(3)), and so is sale with buy-back or on
consignment that is no real sale (Interpretation as amended in 2022, Art. 2(4)). Which arrangements
are such promises stands in a dated list.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, barred: tuple[str, ...]) -> Answer | None:
    series = facts.series
    if series is None or series.arrangements is None:
        return hold("unknown")
    promised = [one for one in series.arrangements if one in barred]
    return fail("promised", ",".join(promised)) if promised else None


RULE = Rule(
    code="no_promised_return",
    version=1,
    title=Text("不得承诺回报", "No promised return"),
    kinds=("series",),
    since=date(2021, 5, 1),
    source="statute",
    cites=(
        Cite("fundraising_regulation", "2, 19(3)"),
        Cite("fundraising_interpretation_2022", "2(4), 2(8)"),
    ),
    reads=("listing.return_arrangements",),
    reasons={
        "promised": Reason(
            Text(
                "本系列附带{promised}，等于承诺回报。",
                "This series comes with {promised}, which promises a return.",
            ),
            Text("请去掉：{promised}。", "Please take out {promised}."),
            (("promised", "words"),),
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
