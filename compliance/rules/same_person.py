"""Nobody passes a collectible to themselves.

Protects the records: a movement between two accounts of one person would start clocks anew and
count as a change of hands. Our own rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    holder, recipient = facts.holder, facts.recipient
    if holder is None or recipient is None:
        return hold("unknown")
    if holder.account == recipient.account:
        return fail("same")
    if holder.person is None or recipient.person is None:
        return hold("unknown")
    return fail("same") if holder.person == recipient.person else None


RULE = Rule(
    code="same_person",
    version=1,
    title=Text("不得转给自己", "Not to oneself"),
    kinds=("gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=(),
    reasons={
        "same": Reason(
            Text("转出方和接收方是同一个人。", "Giver and receiver are the same person."),
            Text("请选择另一位接收人。", "Please choose somebody else."),
        ),
        "unknown": Reason(
            Text(
                "不知道转出方和接收方是否为同一个人。",
                "It is not known whether giver and receiver are two persons.",
            ),
            Text("请双方先完成实名核验。", "Please have both complete the real-name check first."),
        ),
    },
    check=check,
)
