"""A gift is free: nothing is given in return, by anybody, under any name.

Protects both sides from a sale dressed as a gift. A gift is gratuitous and accepted (Civil Code
Art. 657); a sham act is void and what it hides is judged by its own rules (Art. 146). Both sides
declare that nothing is given in return.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    given = facts.consideration
    if given is None:
        return hold("unknown")
    if given != 0:
        return fail("paid_for", given)
    if facts.payment is not None:
        return fail("paid_for", facts.payment.amount)
    if facts.gratuitous is None:
        return hold("unknown")
    return None if facts.gratuitous else fail("not_declared")


RULE = Rule(
    code="gift_gratuitous",
    version=1,
    title=Text("转赠必须无偿", "A gift is free"),
    kinds=("gift",),
    since=date(2021, 1, 1),
    source="statute",
    cites=(Cite("civil_code", "146, 657"), Cite("evaluation_criteria_2022")),
    reads=(),
    reasons={
        "paid_for": Reason(
            Text(
                "转赠不能有对价；这次转赠涉及{given}。",
                "A gift has no consideration; this one comes with {given}.",
            ),
            Text(
                "请取消有关款项后再转赠。",
                "Please undo what is paid for it, and then give it.",
            ),
            (("given", "fen"),),
        ),
        "not_declared": Reason(
            Text(
                "双方尚未都声明没有任何回报。",
                "Both sides have not yet declared that nothing is given in return.",
            ),
            Text(
                "请赠与人和受赠人各自确认无偿声明。",
                "Please have giver and recipient each confirm the declaration.",
            ),
        ),
        "unknown": Reason(
            Text(
                "不知道这次转赠是否有对价。", "It is not known whether anything is given in return."
            ),
            Text(
                "请双方确认无偿声明，或联系运营方。",
                "Please have both sides confirm the declaration, or ask the operator.",
            ),
        ),
    },
    check=check,
)
