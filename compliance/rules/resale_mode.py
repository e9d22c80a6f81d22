"""Whether a collectible may be passed on for money at all.

Protects people from secondary trading. No statute was found that forbids one person a single
resale; the industry texts are against secondary trading, and by default this service allows gifts
only. An installation may choose to allow resale at cost, under the conditions of other rules.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail


def check(_: Facts, mode: str) -> Answer | None:
    return None if mode == "at_cost" else fail("forbidden")


RULE = Rule(
    code="resale_mode",
    version=1,
    title=Text("是否开放转让", "Whether resale is allowed"),
    kinds=("resale",),
    since=date(2022, 4, 13),
    source="policy",
    cites=(Cite("initiative_2022_04", "3"), Cite("initiative_2022_06")),
    reads=("resale.mode",),
    reasons={
        "forbidden": Reason(
            Text(
                "本服务不开放有偿转让，藏品可以转赠。这是本服务依行业自律文件作出的规定。",
                "This service does not allow resale; collectibles may be given. It is our own "
                "rule, in line with the industry texts.",
            ),
            Text("请改用转赠。", "Please give it as a gift instead."),
        ),
    },
    check=check,
)
