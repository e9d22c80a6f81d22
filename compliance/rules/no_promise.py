"""What is said of a series promises no gain.

Protects the public from buying in the hope of more. Publicity may not mislead and may not warrant
gains (Consumer Rights Law Arts. 26, 28; Advertising Law Arts. 4, 25, 28), and authorities have
warned of such baiting. Which phrases look like a promise is our own dated list, so what it finds is
looked at by a person and never refused for the word alone.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold
from compliance.wording import found


def check(
    facts: Facts, phrases: tuple[str, ...], harmless: tuple[str, ...], denials: tuple[str, ...]
) -> Answer | None:
    series = facts.series
    if series is None or not series.texts:
        return hold("unknown")
    promises = found(series.texts, phrases, harmless, denials)
    return hold("promises", " / ".join(promises)) if promises else None


RULE = Rule(
    code="no_promise",
    version=1,
    title=Text("文字不得承诺收益", "No promise of gain in words"),
    kinds=("series",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("consumer_law", "26, 28"), Cite("advertising_law", "4, 25, 28")),
    reads=("listing.promise_phrases", "listing.promise_harmless", "listing.denials"),
    reasons={
        "promises": Reason(
            Text(
                "本系列的文字中有“{promises}”，像是承诺收益，需人工核对。",
                "The texts of the series say “{promises}”, which reads like a promise of gain; a "
                "person has to look at it.",
            ),
            Text(
                "请删去“{promises}”，或在其前直接写明“不承诺”，或等待核对。",
                "Please take out “{promises}”, or put “no” directly before it, or wait for the "
                "check.",
            ),
            (("promises", "text"),),
        ),
        "unknown": Reason(
            Text("不知道本系列的标题和说明。", "Title and statements of the series are not known."),
            Text("请由发行方填写。", "The issuing museum needs to fill them in."),
        ),
    },
    check=check,
)
