"""One person has one account.

Protects the limits per person, which a second account would empty. No text was found that says so;
it is our own rule and rests on the duty to know who takes part. The person behind an account is a
random tag, the same for the same document.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    recipient = facts.recipient
    if recipient is None or recipient.person is None:
        return hold("unknown")
    return fail("second") if recipient.open_elsewhere else None


RULE = Rule(
    code="one_account",
    version=1,
    title=Text("一人一户", "One person, one account"),
    kinds=("account",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=(),
    reasons={
        "second": Reason(
            Text("此人已经有一个账户。", "This person has an account already."),
            Text(
                "请使用原有账户，或先注销原有账户。",
                "Please use that account, or close it first.",
            ),
        ),
        "unknown": Reason(
            Text("不知道账户属于谁。", "It is not known whose account this is."),
            Text("请先完成实名核验。", "Please complete the real-name check first."),
        ),
    },
    check=check,
)
