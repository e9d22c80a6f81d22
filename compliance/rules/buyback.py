"""Neither issuer nor seller takes back for money what it sold, through anybody.

Protects the public from buy-backs: goods sold with a promise of return in money are a matter of
illegal fund-raising (Regulation of 2021, Art. 19(3)). What goes back for good reason is a return or
a refund, with rules of their own. That a resale to them is refused at any price is our own rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    recipient, series = facts.recipient, facts.series
    if recipient is None or series is None:
        return hold("unknown")
    for member in recipient.affiliations:
        if member in (series.issuer, series.seller):
            return fail("buyback", member)
    return None


RULE = Rule(
    code="buyback",
    version=1,
    title=Text("发行方、销售方不得回购", "No buy-back by issuer or seller"),
    kinds=("resale",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("fundraising_regulation", "19(3)"),),
    reads=(),
    reasons={
        "buyback": Reason(
            Text(
                "接收人与{member}有任职或关联关系，有偿转给它等于回购。",
                "The recipient works for {member} or is close to it; passing it on for money "
                "would be a buy-back.",
            ),
            Text(
                "请转给与{member}无关的人；符合退货条件的，请申请退货。",
                "Please choose somebody who has nothing to do with {member}; what may be "
                "returned can be returned.",
            ),
            (("member", "word"),),
        ),
        "unknown": Reason(
            Text(
                "不知道接收人或系列，无法核对是否属于回购。",
                "Recipient or series is not known, so a buy-back cannot be ruled out.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
