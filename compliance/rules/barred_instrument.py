"""Nobody buys on credit given for the purpose, and nobody from a balance kept by the platform.

Protects buyers from being lent into speculation (the initiative of April 2022, item 6) and their
money from being pooled by a platform without a payment licence (the action against unlicensed
payment business). An instrument that is on neither list is looked at by a person.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, accepted: tuple[str, ...], barred: tuple[str, ...]) -> Answer | None:
    payment = facts.payment
    if payment is None:
        return hold("unknown")
    instrument = payment.instrument
    if instrument in barred:
        return fail("pooled" if instrument == "platform_balance" else "financed", instrument)
    return None if instrument in accepted else hold("not_listed", instrument)


RULE = Rule(
    code="barred_instrument",
    version=1,
    title=Text("不得融资购买或以平台余额支付", "No financing, no platform balance"),
    kinds=("sale", "resale"),
    since=date(2022, 4, 13),
    source="industry",
    cites=(Cite("initiative_2022_04", "6"),),
    reads=("payment.instruments", "payment.barred_instruments"),
    reasons={
        "financed": Reason(
            Text(
                "这笔款项用了{instrument}；购买数字藏品不得使用融资。",
                "This was paid with {instrument}; collectibles may not be bought with financing.",
            ),
            Text(
                "请改用账户余额、借记卡、银行转账或数字人民币支付。",
                "Please pay from your account balance, a debit card, by bank transfer or in "
                "digital yuan.",
            ),
            (("instrument", "word"),),
        ),
        "pooled": Reason(
            Text(
                "这笔款项用了{instrument}；本服务不设余额，款项须直接付给收款方。",
                "This was paid with {instrument}; the service keeps no balances, and payment goes "
                "straight to the seller.",
            ),
            Text(
                "请通过持牌支付机构或银行直接付款。",
                "Please pay directly through a licensed payment institution or a bank.",
            ),
            (("instrument", "word"),),
        ),
        "not_listed": Reason(
            Text(
                "支付方式“{instrument}”不在可用之列，需人工核对。",
                "The instrument “{instrument}” is not listed, and a person has to check it.",
            ),
            Text(
                "请等待核对，或取消后换一种支付方式。",
                "Please wait for the check, or cancel and pay in another way.",
            ),
            (("instrument", "word"),),
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
