"""What passes to somebody who works for issuer, seller or operator is looked at first.

Protects people from insiders who gather a limited edition through others, and from activity made to
be seen. Every edition that reaches an insider is held for a person; nothing is presumed, for
museum staff have families who give. Our own rule, on what institutions attest of their people.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.patterns import REVIEW, insider
from compliance.rule import Answer, Reason, Rule, Text, hold


def check(facts: Facts) -> Answer | None:
    recipient = facts.recipient
    if recipient is None or facts.series is None:
        return hold("unknown")
    if not recipient.affiliations:
        return None
    member = insider(facts)
    return None if member is None else hold("insider", member)


RULE = Rule(
    code="insider_receipt",
    version=1,
    title=Text("转给内部人员须复核", "Passing on to insiders"),
    kinds=("gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=(),
    reasons={
        "insider": Reason(
            Text(
                "接收人与{member}有任职或关联关系，转给内部人员须经复核。",
                "The recipient works for {member} or is close to it; what passes to insiders is "
                "looked at first.",
            ),
            REVIEW,
            (("member", "word"),),
        ),
        "unknown": Reason(
            Text(
                "不知道接收人或系列，无法核对关联关系。",
                "Recipient or series is not known, so ties between them cannot be checked.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
    rulings=2,
)
