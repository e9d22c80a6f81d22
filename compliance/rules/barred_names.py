"""No operator and no institution is named after virtual currency.

Protects the public from names that promise what is barred. The notice of February 2026 bars such
words in registered names and scope of business; it was read in reprints only, so what is found goes
to a person. Latin words count where they stand alone, in any case, full-width or not.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold
from compliance.wording import found


def check(facts: Facts, words: tuple[str, ...]) -> Answer | None:
    platform, issuer = facts.platform, facts.issuer
    texts: tuple[str, ...] = ()
    if facts.kind == "platform" and platform is not None:
        texts = (platform.name, platform.scope)
    elif facts.kind == "member" and issuer is not None:
        texts = issuer.names
    if not texts or "" in texts:
        return hold("unknown")
    barred = found(texts, words)
    return hold("barred", ",".join(barred)) if barred else None


RULE = Rule(
    code="barred_names",
    version=1,
    title=Text("名称和经营范围中的字样", "Words barred from names"),
    kinds=("platform", "member"),
    since=date(2026, 2, 6),
    source="notice",
    cites=(Cite("notice_2026_42"),),
    reads=("platform.barred_names",),
    reasons={
        "barred": Reason(
            Text(
                "名称或经营范围中有不得使用的字样：{words}。",
                "The name or the scope of business holds what it may not: {words}.",
            ),
            Text(
                "请变更名称或经营范围，或由合规人员说明理由后放行。",
                "Please change it, or have a compliance officer rule on it with reasons.",
            ),
            (("words", "words"),),
        ),
        "unknown": Reason(
            Text("名称或经营范围不详。", "The name or the scope of business is not known."),
            Text("请补全登记。", "Please complete the record."),
        ),
    },
    check=check,
)
