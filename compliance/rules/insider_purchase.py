"""Who works for issuer, seller or operator does not buy a limited edition.

Protects everybody who queues for it: courts have convicted operators who dealt against their own
users, and scarcity made by insiders is none. Every series here is limited. That insiders may not
buy is our own rule; it sees what institutions attest of their own people and no further.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.patterns import insider
from compliance.rule import Answer, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    recipient = facts.recipient
    if recipient is None or facts.series is None:
        return hold("unknown")
    if not recipient.affiliations:
        return None
    member = insider(facts)
    return None if member is None else fail("insider", member)


RULE = Rule(
    code="insider_purchase",
    version=1,
    title=Text("内部人员不得认购", "No purchase by insiders"),
    kinds=("sale",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=(),
    reasons={
        "insider": Reason(
            Text(
                "购买人与{member}有任职或关联关系，不得购买其限量系列。",
                "The buyer works for {member} or is close to it, and may not buy its limited "
                "series.",
            ),
            Text(
                "可以选购与{member}无关的系列；关系已终止的，请该机构更正登记。",
                "Series that have nothing to do with {member} are open; a tie that has ended is "
                "for that institution to correct.",
            ),
            (("member", "word"),),
        ),
        "unknown": Reason(
            Text(
                "不知道购买人或系列，无法核对关联关系。",
                "Buyer or series is not known, so ties between them cannot be checked.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
