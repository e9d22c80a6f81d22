"""One device or one means of payment does not buy a series in many names.

Protects the many who would like one from somebody who buys with other people's names and takes the
edition. Families share a tablet and a card, so a few are expected; what is over the number is held
until a person has looked. The number is our own. A device that is not known says nothing.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Reason, Rule, Text, hold


def check(facts: Facts, most: int) -> Answer | None:
    if not facts.shared:
        return None
    for shared in facts.shared:
        if shared.others >= most:
            return hold("shared", shared.what, shared.others, most)
    return None


RULE = Rule(
    code="straw_buyers",
    version=1,
    title=Text("疑似代买", "Straw buyers"),
    kinds=("sale",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(),
    reads=("pattern.straw_others",),
    reasons={
        "shared": Reason(
            Text(
                "已有{others}人用同一个{what}购买本系列，达到{most}人即须复核。",
                "{others} others have bought of this series with the same {what}; from {most} on "
                "it is looked at.",
            ),
            Text(
                "请用本人的设备和支付方式购买，或等待合规人员复核。",
                "Please buy with a device and a means of payment of your own, or wait for a "
                "review.",
            ),
            (("what", "word"), ("others", "count"), ("most", "count")),
        ),
    },
    check=check,
    rulings=2,
)
