"""Nobody buys faster than a person can.

Protects buyers from machines that take an edition in seconds; platforms bar scripts as a matter of
practice, and no text sets a number. The purchase itself counts. The moments are the ledger's:
payments confirmed in one go after an interruption may be held too, for a person to let through.
Of somebody who has not been verified nothing is known; another rule holds such a purchase.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import SECOND_MS
from compliance.facts import Facts
from compliance.rule import NOT_CONCERNED, Answer, Reason, Rule, Text, hold


def check(facts: Facts, count: int, seconds: int) -> Answer | None:
    ties = facts.recipient_ties
    if ties is None:
        return NOT_CONCERNED
    bought, earlier = ties.bought, count - 1
    if len(bought) < earlier or facts.at - bought[-earlier] >= seconds * SECOND_MS:
        return None
    return hold("quick", count, seconds)


RULE = Rule(
    code="purchase_pace",
    version=1,
    title=Text("购买速度", "Pace of purchases"),
    kinds=("sale",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=("limit.pace_count", "limit.pace_seconds"),
    reasons={
        "quick": Reason(
            Text(
                "连同这一次，{seconds}秒内已有至少{count}次购买，像是程序所为，需人工核对。",
                "This makes at least {count} purchases within {seconds} seconds, as a program "
                "would; a person has to look at it.",
            ),
            Text("请等待核对，并放慢购买。", "Please wait for the check, and buy more slowly."),
            (("count", "count"), ("seconds", "count")),
        ),
    },
    check=check,
)
