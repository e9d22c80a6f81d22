"""What was bought may be returned within the right, for everything that was paid.

Protects buyers: goods bought online may be returned within seven days and their price is given back
(Consumer Rights Law Art. 25; the interim measures of 2017). Whether a collectible falls under the
exception for digital goods is unsettled; the right recorded with the purchase counts. What came as
a gift or by a court's order was not bought.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold

_NOT_BOUGHT = ("gift", "forced")


def check(facts: Facts) -> Answer | None:
    holding, refund = facts.holding, facts.refund
    if holding is None or refund is None:
        return hold("unknown")
    if holding.acquired_by in _NOT_BOUGHT:
        return fail("not_bought")
    until = holding.return_until
    if until is None:
        return hold("unknown")
    if facts.at >= until:
        return fail("too_late", until)
    left = holding.paid - holding.refunded
    return None if refund >= left else fail("not_full", refund, left)


RULE = Rule(
    code="return_terms",
    version=1,
    title=Text("退货条件", "Terms of return"),
    kinds=("return",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("consumer_law", "25"), Cite("seven_day_measures")),
    reads=(),
    reasons={
        "too_late": Reason(
            Text("退货期已于{until}结束。", "The right to return it ended on {until}."),
            Text(
                "如藏品与说明不符或有其他问题，请提交投诉。",
                "If it is not as described or something else is wrong, please file a complaint.",
            ),
            (("until", "moment"),),
        ),
        "not_bought": Reason(
            Text(
                "这件藏品不是购买取得的，不能退货。",
                "This collectible was not bought, so it cannot be returned.",
            ),
            Text(
                "如藏品有问题，请提交投诉。",
                "If something is wrong with it, please file a complaint.",
            ),
        ),
        "not_full": Reason(
            Text(
                "退货应退还{left}，这次只退{refund}。",
                "A return gives back {left}, but this gives back {refund}.",
            ),
            Text("请全额退还{left}。", "Please refund the whole {left}."),
            (("refund", "fen"), ("left", "fen")),
        ),
        "unknown": Reason(
            Text(
                "不知道退货期何时结束，或应退多少。",
                "It is not known when the right of return ends, or what is to be refunded.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
