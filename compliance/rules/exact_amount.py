"""What is paid is exactly what is asked, to the fen, and it has arrived before anything moves.

Protects both sides: no buyer pays more than the price shown (prices are to be shown, Consumer
Rights Law Art. 20), and no seller is paid beside the order. That partial, late and excess payments
do not count, and that a price is at least one fen, is our own rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    if facts.kind == "series":
        return None if series.price > 0 else fail("no_price", series.price)
    payment, asked = facts.payment, facts.consideration
    if payment is None or asked is None or payment.currency != series.currency:
        return hold("unknown")
    if facts.kind == "sale" and asked != series.price:
        return fail("not_price", asked, series.price)
    if asked < 1:
        return fail("nothing_asked", asked)
    if payment.amount != asked:
        return fail("not_exact", payment.amount, asked)
    return None if payment.settled is True else fail("not_settled", asked)


RULE = Rule(
    code="exact_amount",
    version=1,
    title=Text("金额分毫不差并已到账", "The exact amount, settled"),
    kinds=("series", "sale", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("consumer_law", "20"),),
    reads=(),
    reasons={
        "no_price": Reason(
            Text(
                "系列价格是{price}；价格至少为一分。",
                "The price is {price}; it must be at least one fen.",
            ),
            Text("请设定价格。", "Please set a price."),
            (("price", "fen"),),
        ),
        "not_price": Reason(
            Text(
                "本系列价格是{price}，这笔订单的全部对价是{asked}。",
                "The price of the series is {price}, but this order asks {asked} in all.",
            ),
            Text("请按{price}重新下单。", "Please order again at {price}."),
            (("asked", "fen"), ("price", "fen")),
        ),
        "nothing_asked": Reason(
            Text(
                "转让的对价是{asked}；不收款的，请使用转赠。",
                "The resale asks {asked}; what is passed on for nothing is a gift.",
            ),
            Text("请改用转赠。", "Please give it as a gift instead."),
            (("asked", "fen"),),
        ),
        "not_exact": Reason(
            Text("应付{due}，实付{paid}。", "{due} is due, but {paid} was paid."),
            Text(
                "这笔款项将原路退回，请按{due}重新支付。",
                "The money goes back the way it came; please pay exactly {due}.",
            ),
            (("paid", "fen"), ("due", "fen")),
        ),
        "not_settled": Reason(
            Text("应付的{due}尚未到账。", "The {due} due has not arrived yet."),
            Text(
                "支付机构确认到账后即可继续。",
                "It can go on once the payment institution confirms the payment.",
            ),
            (("due", "fen"),),
        ),
        "unknown": Reason(
            Text(
                "不知道应付或实付的金额，或两者币种不同。",
                "The amount due or the amount paid is not known, or their currencies differ.",
            ),
            Text(
                "请等待支付结果，或联系运营方。", "Please wait for the payment or ask the operator."
            ),
        ),
    },
    check=check,
)
