"""A resale is possible while the holder's own payment can still be refunded.

Protects the holder, whose payment is refunded when the new holder's arrives, and keeps the service
from ever holding anybody's money. After the last day for refunds there is no such way. Our own
rule, set by what payment institutions can do.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import NOT_CONCERNED, Answer, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    holding = facts.holding
    if holding is not None and holding.acquired_by == "gift":
        return NOT_CONCERNED  # nothing was paid, so nothing is refunded; it cannot be sold on
    if holding is None or holding.refundable_until is None:
        return hold("unknown")
    if facts.at < holding.refundable_until:
        return None
    return fail("too_late", holding.refundable_until)


RULE = Rule(
    code="resale_refundable",
    version=1,
    title=Text("原付款须仍可退", "The holder's payment must be refundable"),
    kinds=("resale",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=(),
    reasons={
        "too_late": Reason(
            Text(
                "转让须把持有人当初的付款原路退回，而该付款自{until}起已不能退。",
                "A resale refunds the holder's own payment, which has not been refundable since "
                "{until}.",
            ),
            Text("这件藏品仍可转赠。", "This collectible can still be given."),
            (("until", "moment"),),
        ),
        "unknown": Reason(
            Text(
                "不知道持有人当初的付款何时不能再退。",
                "It is not known until when the holder's own payment can be refunded.",
            ),
            Text(
                "请联系运营方向支付机构核对。",
                "Please ask the operator to check with the payment institution.",
            ),
        ),
    },
    check=check,
)
