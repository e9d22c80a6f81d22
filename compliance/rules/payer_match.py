"""Who pays is who buys.

Protects against straw buyers and other people's money, and makes sure that a refund reaches the
buyer. No text asks it of this service by name; it supports the real-name duty. Where the rail
cannot tell, a dated parameter says what that means.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, when_unknown: str) -> Answer | None:
    payment = facts.payment
    if payment is None:
        return hold("unknown")
    payer = payment.payer
    if payer == "confirmed":
        return None
    if payer == "mismatch":
        return hold("mismatch")
    if payer != "rail_cannot_tell":
        return hold("unknown")
    if when_unknown == "accept":
        return None
    return fail("refused") if when_unknown == "refuse" else hold("cannot_tell")


RULE = Rule(
    code="payer_match",
    version=1,
    title=Text("付款人与购买人一致", "The payer is the buyer"),
    kinds=("sale", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("initiative_2022_04", "5"), Cite("payment_regulation", "25")),
    reads=("payment.payer_unknown",),
    reasons={
        "mismatch": Reason(
            Text(
                "付款人与购买人不是同一人，需人工复核。",
                "The payer is not the buyer, and a person has to look at it.",
            ),
            Text(
                "请说明由谁代付及原因，或取消后用本人账户支付。",
                "Please say who paid for you and why, or cancel and pay from your own account.",
            ),
        ),
        "cannot_tell": Reason(
            Text(
                "支付通道无法告知付款人是谁，需人工复核。",
                "The payment channel cannot tell who paid, and a person has to look at it.",
            ),
            Text(
                "请等待复核，或取消后换一种能核对付款人的方式。",
                "Please wait for the review, or cancel and pay in a way that names the payer.",
            ),
        ),
        "refused": Reason(
            Text(
                "支付通道无法告知付款人是谁，本服务不接受这样的付款。",
                "The payment channel cannot tell who paid, and this service does not accept that.",
            ),
            Text(
                "款项将原路退回，请换一种能核对付款人的方式。",
                "The money goes back the way it came; please pay in a way that names the payer.",
            ),
        ),
        "unknown": Reason(
            Text("没有收到付款人信息。", "Nothing is known of the payer."),
            Text(
                "请等待支付结果，或联系运营方。", "Please wait for the payment or ask the operator."
            ),
        ),
    },
    check=check,
)
