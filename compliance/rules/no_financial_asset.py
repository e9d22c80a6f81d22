"""Behind a series stands a work, and no financial asset.

Protects the public from securities in disguise. The initiative of April 2022 asks that securities,
insurance, credit and precious metals not be put underneath a collectible (item 1 of its second
part). What is on neither list is looked at by a person.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, known: tuple[str, ...], barred: tuple[str, ...]) -> Answer | None:
    series = facts.series
    if series is None or series.underlying is None:
        return hold("unknown")
    if series.underlying in barred:
        return fail("financial", series.underlying, ",".join(known))
    return None if series.underlying in known else hold("not_listed", series.underlying)


RULE = Rule(
    code="no_financial_asset",
    version=1,
    title=Text("底层不得为金融资产", "No financial asset underneath"),
    kinds=("series",),
    since=date(2022, 4, 13),
    source="industry",
    cites=(Cite("initiative_2022_04", "1"),),
    reads=("listing.known_underlyings", "listing.barred_underlyings"),
    reasons={
        "financial": Reason(
            Text(
                "本系列的底层是{underlying}；数字藏品的底层不得为金融资产。",
                "Behind this series stands {underlying}; no financial asset may stand behind a "
                "collectible.",
            ),
            Text("底层只能是作品：{known}。", "Only a work may: {known}."),
            (("underlying", "word"), ("known", "words")),
        ),
        "not_listed": Reason(
            Text(
                "底层“{underlying}”不在已知之列，需人工核对。",
                "What stands behind it, “{underlying}”, is not listed, and a person has to check "
                "it.",
            ),
            Text(
                "请改用已列出的作品种类，或等待核对。",
                "Please choose a kind of work that is listed, or wait for the check.",
            ),
            (("underlying", "word"),),
        ),
        "unknown": Reason(
            Text("没有申报本系列的底层是什么。", "It is not declared what stands behind it."),
            Text("请由发行方申报。", "The issuing museum needs to declare it."),
        ),
    },
    check=check,
)
