"""Nobody passes a collectible on for more than it cost.

Protects people from speculation. The whole consideration, whatever it is called, is held against
what the holder paid less what was refunded. No statute was found that forbids one person a single
resale; this rests on the industry texts against speculation and secondary trading, on platform
practice, and on the platform's own rule.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    holding, asked = facts.holding, facts.consideration
    if holding is None or asked is None:
        return hold("unknown")
    cost = holding.paid - holding.refunded
    if asked <= cost:
        return None
    return fail("above_cost", asked, cost) if cost > 0 else fail("cost_nothing", asked)


RULE = Rule(
    code="no_profit_resale",
    version=1,
    title=Text("转让不得获利", "No resale for profit"),
    kinds=("resale",),
    since=date(2022, 4, 13),
    source="industry",
    cites=(
        Cite("convention_2021_10"),
        Cite("initiative_2022_04", "3"),
        Cite("initiative_2022_06"),
        Cite("wechat_2022_03"),
    ),
    reads=(),
    reasons={
        "above_cost": Reason(
            Text(
                "取得这件藏品实际花费了{cost}，最多只能按{cost}转让；这次的全部对价是{asked}。",
                "This collectible cost {cost}, so no more than {cost} may be asked; this asks "
                "{asked} in all.",
            ),
            Text(
                "请把全部对价降到{cost}或以下。",
                "Please bring the whole consideration down to {cost} or less.",
            ),
            (("asked", "fen"), ("cost", "fen")),
        ),
        "cost_nothing": Reason(
            Text(
                "这件藏品是无偿取得的，只能转赠，不能按{asked}转让。",
                "This collectible cost nothing, so it can be given but not passed on for {asked}.",
            ),
            Text("请改用转赠。", "Please give it as a gift instead."),
            (("asked", "fen"),),
        ),
        "unknown": Reason(
            Text("不知道对价或取得成本。", "The consideration or the cost is not known."),
            Text("请联系运营方核对记录。", "Please ask the operator to check the records."),
        ),
    },
    check=check,
)
