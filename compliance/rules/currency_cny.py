"""Prices and payments are in yuan, and in nothing else.

Protects the public from tokens that stand in for money. The Law on the People's Bank makes the
yuan the legal tender and bars tokens in its place (Arts. 16, 17, 20); the notices against virtual
currencies, each in its time, bar them as means of payment.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, currencies: tuple[str, ...]) -> Answer | None:
    series = facts.series
    if series is None:
        return hold("unknown")
    if series.currency not in currencies:
        return fail("priced", series.currency, ",".join(currencies))
    if facts.kind == "series":
        return None
    payment = facts.payment
    if payment is None:
        return hold("unknown")
    if payment.currency not in currencies:
        return fail("paid", payment.currency, ",".join(currencies))
    return None


RULE = Rule(
    code="currency_cny",
    version=1,
    title=Text("以人民币计价和支付", "Priced and paid in yuan"),
    kinds=("series", "sale", "resale"),
    since=date(2004, 2, 1),
    source="statute",
    cites=(
        Cite("pboc_law", "16, 17, 20"),
        Cite("notice_2013_289"),
        Cite("announcement_2017_09"),
        Cite("notice_2021_237"),
        Cite("initiative_2022_04", "4"),
        Cite("notice_2026_42"),
    ),
    reads=("payment.currencies",),
    reasons={
        "priced": Reason(
            Text(
                "本系列以{currency}定价；只能以{allowed}定价。",
                "This series is priced in {currency}; prices must be in {allowed}.",
            ),
            Text("请改以{allowed}定价。", "Please set the price in {allowed}."),
            (("currency", "word"), ("allowed", "words")),
        ),
        "paid": Reason(
            Text(
                "这笔款项以{currency}支付；只接受{allowed}。",
                "This was paid in {currency}; only {allowed} is accepted.",
            ),
            Text(
                "这笔款项将原路退回，请以{allowed}重新支付。",
                "The money goes back the way it came; please pay again in {allowed}.",
            ),
            (("currency", "word"), ("allowed", "words")),
        ),
        "unknown": Reason(
            Text("不知道以何种货币定价或支付。", "The currency of price or payment is not known."),
            Text(
                "请等待支付结果，或联系运营方。", "Please wait for the payment or ask the operator."
            ),
        ),
    },
    check=check,
)
