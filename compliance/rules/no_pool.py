"""Money goes to the seller of record, and never through an account of the platform.

Protects buyers' money. Nobody does payment business without a licence (Payment Regulation of 2023,
Art. 6), and collecting into a platform's own account to settle with sellers later is among the
patterns named in the action against unlicensed payment business (2017). That the payee must be the
very merchant account of record is how this service keeps clear of it. In a resale at cost too the
new holder pays the seller, who refunds the former holder. Balances kept by the platform are for
another rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series, payment = facts.series, facts.payment
    if series is None or payment is None:
        return hold("unknown")
    payee = payment.payee
    if payee is None or not series.seller:
        return hold("unknown")
    return None if payee == series.seller else fail("payee", payee, series.seller)


RULE = Rule(
    code="no_pool",
    version=1,
    title=Text("款项直接付给卖方", "Paid straight to the seller"),
    kinds=("sale", "resale"),
    since=date(2017, 11, 13),
    source="notice",
    cites=(Cite("notice_2017_217"), Cite("payment_regulation", "6")),
    reads=(),
    reasons={
        "payee": Reason(
            Text(
                "款项付给了{payee}，而登记的收款商户是{seller}。",
                "This was paid to {payee}, but the merchant account of record is {seller}.",
            ),
            Text(
                "款项将原路退回，请直接付给{seller}，不经{payee}。",
                "The money goes back the way it came; please pay {seller} directly, not {payee}.",
            ),
            (("payee", "text"), ("seller", "text")),
        ),
        "unknown": Reason(
            Text(
                "不知道款项付给了谁，或谁是卖方。",
                "It is not known to whom this was paid, or who the seller is.",
            ),
            Text(
                "请等待支付结果，或联系运营方。", "Please wait for the payment or ask the operator."
            ),
        ),
    },
    check=check,
)
