"""Nothing moves while it may still be returned.

Protects the buyer's right to return what was bought online (Consumer Rights Law Art. 25): it could
not be returned once it has moved on. A right that was never given is recorded as one that ended
when the collectible was acquired; what was not bought carries none.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold

_NOT_BOUGHT = ("gift", "forced")


def check(facts: Facts) -> Answer | None:
    holding = facts.holding
    if holding is None:
        return hold("unknown")
    until = holding.return_until
    if until is None:
        return None if holding.acquired_by in _NOT_BOUGHT else hold("unknown")
    return None if facts.at >= until else fail("open", until)


RULE = Rule(
    code="open_return",
    version=1,
    title=Text("退货期内不得转出", "Nothing moves while it may be returned"),
    kinds=("gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("consumer_law", "25"),),
    reads=(),
    reasons={
        "open": Reason(
            Text(
                "这件藏品在{until}之前还可以退货，其间不能转赠或转让。",
                "This collectible may be returned until {until}; before that it cannot be given or "
                "passed on.",
            ),
            Text("退货期于{until}结束，之后再办理。", "Please wait until the right ends, {until}."),
            (("until", "from"),),
        ),
        "unknown": Reason(
            Text(
                "不知道退货期何时结束。",
                "It is not known when the right to return it ends.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
