"""The buyer has confirmed to know that this is no investment and may not be resold for profit.

Protects buyers, who are to be warned plainly (Consumer Rights Law Arts. 26, 28); in 2025 a court
held a platform to warn and to restrain speculation. That the confirmation is asked for with each
purchase is our own rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    acknowledged = facts.acknowledged
    if acknowledged is None:
        return hold("unknown")
    return None if "risk" in acknowledged else fail("missing")


RULE = Rule(
    code="risk_acknowledged",
    version=1,
    title=Text("确认风险提示", "The risk notice confirmed"),
    kinds=("sale",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("consumer_law", "26, 28"), Cite("beijing_2025_05")),
    reads=(),
    reasons={
        "missing": Reason(
            Text(
                "购买人尚未确认风险提示：数字藏品不是投资，不得转售牟利。",
                "The buyer has not confirmed the risk notice: a collectible is no investment and "
                "is not resold for profit.",
            ),
            Text("请阅读并确认风险提示。", "Please read the risk notice and confirm it."),
        ),
        "unknown": Reason(
            Text(
                "不知道购买人是否确认过风险提示。",
                "It is not known whether the buyer confirmed the risk notice.",
            ),
            Text(
                "请重新下单并确认，或联系运营方。",
                "Please order again and confirm it, or ask the operator.",
            ),
        ),
    },
    check=check,
)
