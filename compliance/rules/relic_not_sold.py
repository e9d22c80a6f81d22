"""What is said of a series does not sell the object itself.

Protects what belongs to everybody. Museums may not give, lease, sell or pledge state holdings, and
state-owned relics may not be traded (Cultural Relics Law, Arts. 60, 68 since March 2025, Arts. 44,
51 before); museums do no commerce in collections (Museum Regulation Art. 19). Rights granted in
data are for another rule; here the words are read. Phrases that claim the object are refused; those
that may have a good sense are looked at by a person.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold
from compliance.wording import found


def check(
    facts: Facts,
    claims: tuple[str, ...],
    mentions: tuple[str, ...],
    harmless: tuple[str, ...],
    denials: tuple[str, ...],
) -> Answer | None:
    series = facts.series
    if series is None or not series.texts:
        return hold("unknown")
    both = found(series.texts, claims + mentions, harmless, denials)
    if not both:
        return None
    claimed = [phrase for phrase in both if phrase in claims]
    if claimed:
        return fail("claims", " / ".join(claimed))
    mentioned = found(series.texts, mentions, harmless + claims, denials)
    return hold("mentions", " / ".join(mentioned)) if mentioned else None


RULE = Rule(
    code="relic_not_sold",
    version=1,
    title=Text("不得出售文物本身", "The object itself is not for sale"),
    kinds=("series",),
    since=date(2017, 11, 5),
    source="statute",
    cites=(
        Cite("relics_law_2017", "44, 51"),
        Cite("relics_law", "60, 68"),
        Cite("museum_regulation", "19"),
    ),
    reads=(
        "listing.relic_claims",
        "listing.relic_mentions",
        "listing.relic_harmless",
        "listing.denials",
    ),
    reasons={
        "claims": Reason(
            Text(
                "本系列的文字称“{claims}”；出售的只是数字藏品，不是文物本身。",
                "The texts of the series say “{claims}”; what is sold is a digital collectible and "
                "never the object itself.",
            ),
            Text(
                "请删去“{claims}”；本意是否认的，请在其前直接写“不含”。",
                "Please take out “{claims}”; if it is meant to be denied, put “not” directly "
                "before it.",
            ),
            (("claims", "text"),),
        ),
        "mentions": Reason(
            Text(
                "本系列的文字中有“{mentions}”，是否涉及文物本身需人工核对。",
                "The texts of the series say “{mentions}”; a person has to see whether that is "
                "about the object itself.",
            ),
            Text(
                "请改写“{mentions}”，或等待核对。",
                "Please reword “{mentions}”, or wait for the check.",
            ),
            (("mentions", "text"),),
        ),
        "unknown": Reason(
            Text("不知道本系列的标题和说明。", "Title and statements of the series are not known."),
            Text("请由发行方填写。", "The issuing museum needs to fill them in."),
        ),
    },
    check=check,
)
