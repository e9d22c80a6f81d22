"""Everybody who buys, gives or receives has been verified by real name.

Protects everybody from fraud and false identities. Whoever offers online dealings must ask for
true identities and may not serve those who give none (Law against Telecom and Online Fraud Art. 21;
the blockchain rules of 2019, Art. 8; the initiative of April 2022, item 5). The ledger knows every
verification, so none means not verified.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts, Person
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    sale = facts.kind == "sale"
    answer = _verified(facts.recipient, facts.at, "buyer" if sale else "recipient")
    if answer is not None or sale:
        return answer
    return _verified(facts.holder, facts.at, "holder")


def _verified(person: Person | None, at: int, who: str) -> Answer | None:
    if person is None:
        return hold("unknown")
    if person.verified_at is None or person.verified_at > at:
        return fail(who)
    return None if person.person else hold("unknown")


_VERIFY = Text("请先完成实名核验。", "Please complete the real-name check first.")

RULE = Rule(
    code="real_name",
    version=1,
    title=Text("实名", "Real name"),
    kinds=("sale", "gift", "resale"),
    since=date(2022, 4, 13),
    source="statute",
    cites=(
        Cite("anti_fraud_law", "21(4)"),
        Cite("cybersecurity_law_2016", "24"),
        Cite("cybersecurity_law_2025"),
        Cite("cac_order_3", "8"),
        Cite("initiative_2022_04", "5"),
    ),
    reads=(),
    reasons={
        "buyer": Reason(
            Text(
                "购买人尚未完成实名核验。",
                "The buyer has not been verified by real name.",
            ),
            _VERIFY,
        ),
        "recipient": Reason(
            Text(
                "接收人尚未完成实名核验。",
                "The person receiving it has not been verified by real name.",
            ),
            Text(
                "请接收人先完成实名核验。",
                "Please have that person complete the real-name check first.",
            ),
        ),
        "holder": Reason(
            Text(
                "送出或转让藏品的人尚未完成实名核验。",
                "The person passing it on has not been verified by real name.",
            ),
            _VERIFY,
        ),
        "unknown": Reason(
            Text(
                "不知道当事人是谁。",
                "It is not known who is concerned.",
            ),
            Text(
                "请联系运营方核对实名记录。",
                "Please ask the operator to check the real-name record.",
            ),
        ),
    },
    check=check,
)
