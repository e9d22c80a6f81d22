"""Nobody gets back more than was paid.

Protects the public from buy-backs in the guise of refunds: goods sold with a promise of return in
money are a matter of illegal fund-raising (Regulation of 2021, Art. 19(3)). That a refund may never
exceed what was paid less what was refunded is our own rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    holding, refund = facts.holding, facts.refund
    if holding is None or refund is None:
        return hold("unknown")
    left = holding.paid - holding.refunded
    if refund > left:
        return fail("above_paid", refund, left)
    return None if refund > 0 else fail("nothing", refund)


RULE = Rule(
    code="refund_bound",
    version=1,
    title=Text("退款不得超过实付", "No refund above what was paid"),
    kinds=("refund", "return"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("fundraising_regulation", "19(3)"),),
    reads=(),
    reasons={
        "above_paid": Reason(
            Text(
                "拟退{refund}，而实付减已退只剩{left}；超出部分等于回购。",
                "{refund} is to be refunded, but only {left} of what was paid is left; more "
                "would be a buy-back.",
            ),
            Text("请退款不超过{left}。", "Please refund no more than {left}."),
            (("refund", "fen"), ("left", "fen")),
        ),
        "nothing": Reason(
            Text("拟退{refund}，没有可退的款项。", "{refund} is nothing to refund."),
            Text("请核对退款金额。", "Please check the amount."),
            (("refund", "fen"),),
        ),
        "unknown": Reason(
            Text(
                "不知道实付或拟退的金额。",
                "What was paid, or what is to be refunded, is not known.",
            ),
            Text("请联系运营方核对记录。", "Please ask the operator to check the records."),
        ),
    },
    check=check,
)
