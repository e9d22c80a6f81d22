"""A resale is agreed between two persons who name each other.

Protects people from a market by another name: no matching, no anonymous dealing, no listing (the
initiative of April 2022, item 3). Transfers by agreement are what the implementing opinions of 2012
leave outside centralised trading.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    if facts.holder is None or facts.recipient is None or facts.named is None:
        return hold("unknown")
    return None if facts.named else fail("not_named")


RULE = Rule(
    code="resale_named",
    version=1,
    title=Text("双方指名约定", "Agreed between two named persons"),
    kinds=("resale",),
    since=date(2022, 4, 13),
    source="industry",
    cites=(Cite("initiative_2022_04", "3"), Cite("notice_2012_37")),
    reads=(),
    reasons={
        "not_named": Reason(
            Text(
                "转让须由持有人指名给特定的人；这次没有指名。",
                "A resale is made to a person whom the holder names; nobody was named.",
            ),
            Text(
                "请由持有人指定接收人，并由对方确认。",
                "Please have the holder name the other person, and that person agree.",
            ),
        ),
        "unknown": Reason(
            Text(
                "不知道转让双方是谁，或是否由持有人指名。",
                "The two persons, or whether the holder named the other, are not known.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
    },
    check=check,
)
