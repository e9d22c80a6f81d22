"""Only adults buy, give and receive.

Protects minors, and everybody from contracts that a guardian may undo. The Civil Code lets people
of eight to seventeen act within their years or with consent (Arts. 19, 145); that this service
takes adults only is its own choice. The ledger knows the month from which a person is an adult,
attested by whoever verified the document; a birthday counts from the day itself. Only buyers are
told their own date: nobody learns another person's age.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, years: int) -> Answer | None:
    recipient = facts.recipient
    if recipient is None or recipient.adult_from is None:
        return hold("unknown")
    sale = facts.kind == "sale"
    if facts.at < recipient.adult_from:
        if sale:
            return fail("buyer", years, recipient.adult_from)
        return fail("recipient", years)
    if sale:
        return None
    holder = facts.holder
    if holder is None or holder.adult_from is None:
        return hold("unknown")
    if facts.at < holder.adult_from:
        return fail("holder", years)
    return None


_LATER = Text("成年之后再办理。", "It can be done once that person is of age.")

RULE = Rule(
    code="adult",
    version=1,
    title=Text("仅限成年人", "Adults only"),
    kinds=("sale", "gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("civil_code", "17-20, 145"),),
    reads=("person.adult_years",),
    reasons={
        "buyer": Reason(
            Text(
                "购买人须年满{years}周岁；经核验的成年时间是{when}。",
                "Buyers must be {years} or older; the verified record says from {when}.",
            ),
            Text("请在{when}之后再购买。", "Please come back from {when} on."),
            (("years", "count"), ("when", "from")),
        ),
        "recipient": Reason(
            Text(
                "接收人须年满{years}周岁。",
                "The person receiving it must be {years} or older.",
            ),
            _LATER,
            (("years", "count"),),
        ),
        "holder": Reason(
            Text(
                "送出或转让藏品的人须年满{years}周岁。",
                "The person passing it on must be {years} or older.",
            ),
            _LATER,
            (("years", "count"),),
        ),
        "unknown": Reason(
            Text(
                "账本上没有当事人何时成年的记录。",
                "The ledger does not say from when the person is an adult.",
            ),
            Text("请先完成实名核验。", "Please complete the real-name check first."),
        ),
    },
    check=check,
)
