"""A series is taken down on a notice, on own knowledge or on an order, and it says which.

Protects authors and buyers alike: who is shown to have no right is stopped at once, and nobody is
taken down without a ground. Civil Code Arts. 1195-1197 and E-Commerce Law Arts. 42, 45 ask for it
on a right holder's notice and on what the service itself knows or should know. Putting a series
back has a rule of its own.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import NOT_CONCERNED, Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts) -> Answer | None:
    measure = facts.measure
    if measure is None:
        return hold("unknown")
    if measure.action == "restore":
        return NOT_CONCERNED
    if measure.action != "takedown":
        return hold("unknown")
    if not (measure.document and measure.authority):
        return fail("incomplete")
    ground = measure.ground
    if ground == "notice":
        if measure.received_at is None:
            return hold("not_received")
        if measure.received_at > facts.at:
            return fail("not_yet", measure.received_at)
        return None
    return None if ground == "own_review" or ground == "order" else fail("ground", ground)


RULE = Rule(
    code="takedown_grounds",
    version=1,
    title=Text("下架的依据", "Grounds of a takedown"),
    kinds=("takedown",),
    since=date(2021, 1, 1),
    source="statute",
    cites=(
        Cite("civil_code", "1195-1197"),
        Cite("ecommerce_law", "42, 45"),
        Cite("network_transmission_regulation", "14-17"),
    ),
    reads=(),
    reasons={
        "incomplete": Reason(
            Text(
                "没有写明下架所依据的文件或提出者。",
                "The document the takedown rests on, or who issued it, is missing.",
            ),
            Text("请写明两者。", "Please name both."),
        ),
        "ground": Reason(
            Text(
                "{ground}不是下架的理由。",
                "A series is not taken down for this ground: {ground}.",
            ),
            Text(
                "下架须依据权利人通知、自行审查或有权机关的命令。",
                "A takedown rests on a right holder's notice, on own review or on an order.",
            ),
            (("ground", "word"),),
        ),
        "not_yet": Reason(
            Text(
                "通知记载的到达时间{received}还没有到。",
                "The notice is said to arrive on {received}, which is still to come.",
            ),
            Text("请更正到达时间。", "Please correct when it arrived."),
            (("received", "moment"),),
        ),
        "not_received": Reason(
            Text("不知道通知何时到达。", "It is not known when the notice arrived."),
            Text("请写明到达时间。", "Please say when it arrived."),
        ),
        "unknown": Reason(
            Text(
                "不知道这是否为下架及其依据。", "It is not known whether this takes down, or why."
            ),
            Text("请补充依据。", "Please supply what it rests on."),
        ),
    },
    check=check,
)
