"""A series is put back after a counter-statement once the claimant has had fifteen days.

Protects both sides. When the counter-statement has reached the right holder, fifteen days are left
to complain or to sue; if neither is told, the measure is lifted at once (E-Commerce Law Art. 43).
The day of arrival does not count: on the fifteenth day the series is still down, on the sixteenth
it is put back. Whether the claimant did sue is for the officer who asks to restore. An order or a
mistake is put right without a wait.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS, day_of, start_of_day
from compliance.facts import Facts
from compliance.rule import NOT_CONCERNED, Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, days: int) -> Answer | None:
    measure = facts.measure
    if measure is None:
        return hold("unknown")
    if measure.action != "restore":
        return NOT_CONCERNED
    if not measure.document:
        return fail("incomplete")
    if measure.ground == "order" or measure.ground == "mistake":
        return None
    if measure.ground != "counter_statement":
        return fail("ground", measure.ground)
    received = measure.received_at
    if received is None or received > facts.at:
        return hold("unknown")
    free = start_of_day(day_of(received)) + (days + 1) * DAY_MS
    return None if facts.at >= free else fail("too_soon", received, days, free)


RULE = Rule(
    code="restore_wait",
    version=1,
    title=Text("恢复前的等待", "Waiting before a series is put back"),
    kinds=("takedown",),
    since=date(2019, 1, 1),
    source="statute",
    cites=(Cite("ecommerce_law", "43"),),
    reads=("takedown.counter_days",),
    reasons={
        "too_soon": Reason(
            Text(
                "不侵权声明于{received}转送到达权利人，须等待{days}，看其是否投诉或起诉。",
                "The counter-statement reached the right holder on {received}, who has {days} to "
                "complain or to sue.",
            ),
            Text(
                "期间未收到投诉或起诉通知的，自{free}起恢复。",
                "Unless either is told by then, the series is put back from {free} on.",
            ),
            (("received", "moment"), ("days", "days"), ("free", "from")),
        ),
        "ground": Reason(
            Text(
                "{ground}不是恢复的理由。",
                "A series is not put back for this ground: {ground}.",
            ),
            Text(
                "恢复须依据不侵权声明、有权机关的命令或更正错误。",
                "It is put back on a counter-statement, on an order or to correct a mistake.",
            ),
            (("ground", "word"),),
        ),
        "incomplete": Reason(
            Text("没有写明恢复所依据的文件。", "The document the restoring rests on is missing."),
            Text("请写明文号。", "Please name the document."),
        ),
        "unknown": Reason(
            Text(
                "不知道恢复的依据，或声明何时到达权利人。",
                "It is not known on what the restoring rests, or when the counter-statement "
                "reached the right holder.",
            ),
            Text("请补充依据和到达时间。", "Please supply both."),
        ),
    },
    check=check,
)
