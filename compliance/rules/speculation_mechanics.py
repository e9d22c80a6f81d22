"""What comes with a series does not reward holding many, burning them or coming first.

Protects the public from lures: courts have found merging, airdrops, ranks and priority to buy at
work in frauds with collectibles, and a platform liable that did not restrain speculation. No law
bars each of them, so a person looks. The same goes for an arrangement that no list knows.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold


def check(facts: Facts, lures: tuple[str, ...], known: tuple[str, ...]) -> Answer | None:
    series = facts.series
    if series is None or series.arrangements is None:
        return hold("unknown")
    found = [one for one in series.arrangements if one in lures]
    if found:
        return hold("lures", ",".join(found))
    strange = [one for one in series.arrangements if one not in known]
    return hold("not_listed", ",".join(strange)) if strange else None


RULE = Rule(
    code="speculation_mechanics",
    version=1,
    title=Text("炒作玩法须核对", "Mechanics of speculation are looked at"),
    kinds=("series",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("beijing_2025_05"),),
    reads=("listing.speculative_arrangements", "listing.known_arrangements"),
    reasons={
        "lures": Reason(
            Text(
                "本系列附带{lures}，容易引发炒作，需人工核对。",
                "This series comes with {lures}, which invites speculation; a person has to look "
                "at it.",
            ),
            Text(
                "请去掉：{lures}，或等待核对。", "Please take out {lures}, or wait for the check."
            ),
            (("lures", "words"),),
        ),
        "not_listed": Reason(
            Text(
                "附带的安排“{strange}”不在已知之列，需人工核对。",
                "The arrangements “{strange}” are not listed, and a person has to check them.",
            ),
            Text(
                "请去掉：{strange}，或等待核对。",
                "Please take out {strange}, or wait for the check.",
            ),
            (("strange", "words"),),
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
