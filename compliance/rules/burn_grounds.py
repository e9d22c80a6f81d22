"""A collectible is burned on a document that says why.

Protects holders and the edition's count. Courts have named burning as the way to stop a confirmed
infringement (Hangzhou, 2022); that document, authority and basis be named is our own rule. What
somebody holds is not burned: it comes back to the issuer first, with the money refunded.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    measure = facts.measure
    if measure is None or measure.action != "burn":
        return hold("unknown")
    if not (measure.document and measure.authority and measure.basis):
        return fail("incomplete")
    return fail("held") if facts.holding is not None else None


RULE = Rule(
    code="burn_grounds",
    version=1,
    title=Text("销毁的依据", "Grounds of a burn"),
    kinds=("burn",),
    since=date(2022, 4, 20),
    source="policy",
    cites=(Cite("hangzhou_2022_1008"),),
    reads=(),
    reasons={
        "incomplete": Reason(
            Text(
                "没有写明销毁的文号、机关或依据。",
                "Document, authority or basis of the burn is missing.",
            ),
            Text("请写明三者。", "Please name all three."),
        ),
        "held": Reason(
            Text(
                "这件藏品还有人持有，不能销毁。",
                "Somebody holds this collectible, so it cannot be burned.",
            ),
            Text(
                "请先退款收回，再行销毁。",
                "Please take it back against a refund first.",
            ),
        ),
        "unknown": Reason(
            Text("不知道销毁的依据。", "It is not known what the burn rests on."),
            Text("请补充依据。", "Please supply what it rests on."),
        ),
    },
    check=check,
)
