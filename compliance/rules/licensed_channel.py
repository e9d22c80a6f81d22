"""Money moves through a licensed payment institution, a bank, or in digital yuan.

Protects buyers' money. Nobody may do payment business without a licence (Payment Regulation
Arts. 2 and 6; before May 2024 a rule of the People's Bank). A payment institution is named with
its permit.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, channels: tuple[str, ...]) -> Answer | None:
    payment = facts.payment
    if payment is None:
        return hold("unknown")
    if payment.channel not in channels:
        return fail("not_allowed", payment.channel, ",".join(channels))
    if payment.channel == "licensed_psp" and not payment.licence:
        return hold("no_permit")
    return None


RULE = Rule(
    code="licensed_channel",
    version=1,
    title=Text("持牌支付通道", "Licensed payment channel"),
    kinds=("sale", "resale"),
    since=date(2010, 9, 1),
    source="statute",
    cites=(Cite("payment_regulation", "2, 6"), Cite("pboc_order_2010_2")),
    reads=("payment.channels",),
    reasons={
        "not_allowed": Reason(
            Text(
                "这笔款项经{channel}支付；可用的通道是：{allowed}。",
                "This was paid through {channel}; payment may come through {allowed}.",
            ),
            Text(
                "款项将原路退回，请经{allowed}重新支付。",
                "The money goes back the way it came; please pay again through {allowed}.",
            ),
            (("channel", "word"), ("allowed", "words")),
        ),
        "no_permit": Reason(
            Text(
                "没有写明支付机构的许可证编号。",
                "The permit of the payment institution is not stated.",
            ),
            Text("请运营方补充许可证编号。", "The operator needs to add the permit's number."),
        ),
        "unknown": Reason(
            Text("没有收到支付信息。", "Nothing is known of the payment."),
            Text(
                "请等待支付结果，或联系运营方。", "Please wait for the payment or ask the operator."
            ),
        ),
    },
    check=check,
)
