"""One collectible has one holder, and is never a share of something.

Protects the public from shares in disguise. Rights may not be split into equal shares for public
issue (the State Council's decision of 2011), and the initiative of April 2022 is against splitting
ownership (item 2). That one edition has one holder is how the ledger is built; here it is asked
what is arranged beside it.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, barred: tuple[str, ...]) -> Answer | None:
    series = facts.series
    if series is None or series.arrangements is None:
        return hold("unknown")
    split = [one for one in series.arrangements if one in barred]
    return fail("split", ",".join(split)) if split else None


RULE = Rule(
    code="no_fractions",
    version=1,
    title=Text("不得拆分", "No fractions"),
    kinds=("series",),
    since=date(2022, 4, 13),
    source="notice",
    cites=(Cite("notice_2011_38"), Cite("initiative_2022_04", "2")),
    reads=("listing.fractional_arrangements",),
    reasons={
        "split": Reason(
            Text(
                "本系列附带{split}；一件藏品只能由一人完整持有。",
                "This series comes with {split}; a collectible is held whole, by one person.",
            ),
            Text("请去掉：{split}。", "Please take out {split}."),
            (("split", "words"),),
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
