"""A transfer without the holder's will rests on a document, and two officers carry it out.

Protects holders and heirs. Network virtual property is protected by law (Civil Code Art. 127), so
a court's order, an inheritance or a divorce can move it; no text was found that says how a service
does this. Document, authority, basis, two officers, a verified recipient and no price are
our own rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, officers: int) -> Answer | None:
    measure = facts.measure
    if measure is None or measure.action != "forced":
        return hold("unknown")
    if not (measure.document and measure.authority and measure.basis):
        return fail("incomplete")
    if facts.consideration:
        return fail("priced", facts.consideration)
    recipient = facts.recipient
    if recipient is None or recipient.person is None or recipient.verified_at is None:
        return hold("recipient")
    acting = len(set(measure.officers) - {""})
    return None if acting >= officers else fail("officers", acting, officers)


RULE = Rule(
    code="forced_document",
    version=1,
    title=Text("强制转移的依据", "Grounds of a forced transfer"),
    kinds=("forced",),
    since=date(2021, 1, 1),
    source="policy",
    cites=(Cite("civil_code", "127"),),
    reads=("takedown.officers",),
    reasons={
        "incomplete": Reason(
            Text(
                "没有写明强制转移的文号、机关或依据。",
                "Document, authority or basis of the forced transfer is missing.",
            ),
            Text("请写明三者。", "Please name all three."),
        ),
        "priced": Reason(
            Text(
                "强制转移不得有对价，这里写了{price}。",
                "A forced transfer has no price; this one names {price}.",
            ),
            Text("请去掉对价。", "Please take the price out."),
            (("price", "fen"),),
        ),
        "officers": Reason(
            Text(
                "强制转移须由{needed}名不同的人员办理，现有{acting}名。",
                "A forced transfer takes {needed} different officers; there are {acting}.",
            ),
            Text("请由另一人共同办理。", "Please have another officer act as well."),
            (("acting", "count"), ("needed", "count")),
        ),
        "recipient": Reason(
            Text(
                "接收人没有实名核验的记录。",
                "There is no record that the recipient was verified by real name.",
            ),
            Text("请接收人先完成实名核验。", "The recipient has to complete it first."),
        ),
        "unknown": Reason(
            Text("不知道强制转移的依据。", "It is not known what the forced transfer rests on."),
            Text("请补充依据。", "Please supply what it rests on."),
        ),
    },
    check=check,
)
