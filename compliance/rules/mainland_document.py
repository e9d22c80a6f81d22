"""Collectibles pass to holders of a resident identity card only.

Protects right holders, whose licences name a territory, and everybody's data from leaving the
country unnoticed. No text was found that asks for it; it is our own rule, until the questions of
territory, data export and cross-border rules are settled. A purchase is not concerned.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Reason, Rule, Text, fail, hold


def check(facts: Facts, documents: tuple[str, ...]) -> Answer | None:
    recipient = facts.recipient
    if recipient is None or not recipient.document:
        return hold("unknown")
    return None if recipient.document in documents else fail("document", ",".join(documents))


RULE = Rule(
    code="mainland_document",
    version=1,
    title=Text("接收人的证件", "The recipient's document"),
    kinds=("gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=("person.documents",),
    reasons={
        "document": Reason(
            Text(
                "接收人须以下列证件完成实名核验：{documents}。",
                "The recipient must be verified by one of these: {documents}.",
            ),
            Text(
                "接收人以{documents}核验后可以办理。",
                "It can be done once the recipient is verified by one of these: {documents}.",
            ),
            (("documents", "words"),),
        ),
        "unknown": Reason(
            Text(
                "不知道接收人以何种证件核验。",
                "It is not known by what document the recipient was verified.",
            ),
            Text(
                "请接收人先完成实名核验。",
                "The recipient has to complete the real-name check first.",
            ),
        ),
    },
    check=check,
)
