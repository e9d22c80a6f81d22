"""Nobody on a list of sanctions or terrorism is served.

Protects the public. Any unit or person has to act on the lists the Anti-Money Laundering Law names
(Art. 40), by stopping services and transfers among others; how old a screening may be is our own
number. What the lists say of an account is recorded whatever it is, so that all that follows is
refused. Everybody concerned is looked at, and the sentence names nobody: what a list says of a
person is not for the other side.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts, Person
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, days: int) -> Answer | None:
    recipient, kind = facts.recipient, facts.kind
    passes = kind == "gift" or kind == "resale"
    holder = facts.holder if passes else recipient
    if recipient is None or holder is None:
        return hold("unknown")
    if recipient.screening == "hit" or holder.screening == "hit":
        return None if kind == "account" else fail("listed")
    found = _not_clear(recipient, facts.at, days)
    return _not_clear(holder, facts.at, days) if passes and found is None else found


def _not_clear(person: Person, at: int, days: int) -> Answer | None:
    screened = person.screened_at
    if person.screening != "clear" or screened is None or at < screened:
        return hold("unknown")
    return None if at <= screened + days * DAY_MS else hold("stale", days, screened)


_SCREEN = Text("请运营方重新筛查后再办理。", "The operator has to screen again first.")

RULE = Rule(
    code="list_screening",
    version=1,
    title=Text("名单筛查", "List screening"),
    kinds=("account", "sale", "gift", "resale"),
    since=date(2025, 1, 1),
    source="statute",
    cites=(Cite("aml_law", "40"),),
    reads=("person.screening_days",),
    reasons={
        "listed": Reason(
            Text(
                "名单筛查未通过：法律禁止向名单所列对象提供服务。",
                "The list screening was not passed: the law forbids serving those who are listed.",
            ),
            Text(
                "如认为有误，请联系运营方复核。",
                "If this is a mistake, please ask the operator for a review.",
            ),
        ),
        "stale": Reason(
            Text(
                "最近一次名单筛查在{screened}，超过了{days}。",
                "The lists were last screened on {screened}, more than {days} ago.",
            ),
            _SCREEN,
            (("days", "days"), ("screened", "moment")),
        ),
        "unknown": Reason(
            Text("没有名单筛查的结果。", "There is no result of a list screening."),
            _SCREEN,
        ),
    },
    check=check,
)
