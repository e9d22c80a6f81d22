"""Nothing moves, and nothing more is refunded, while a refund is on its way.

Protects both sides: what a collectible cost is not certain until the refund is done or has failed.
Our own rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    holding = facts.holding
    if holding is None:
        return hold("unknown")
    return fail("pending") if holding.refund_pending else None


RULE = Rule(
    code="refund_pending",
    version=1,
    title=Text("退款处理中", "A refund is pending"),
    kinds=("gift", "resale", "refund", "return"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=(),
    reasons={
        "pending": Reason(
            Text(
                "这件藏品有一笔退款正在处理。",
                "A refund for this collectible is being made.",
            ),
            Text(
                "退款完成或失败后即可继续。",
                "It can go on once that refund is done or has failed.",
            ),
        ),
        "unknown": Reason(
            Text("不知道是否有退款正在处理。", "It is not known whether a refund is being made."),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
