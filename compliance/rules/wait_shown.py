"""Whoever acquires a collectible is shown how long it is to be kept, as the rules have it.

Protects holders from terms they were never shown, and from terms the rules do not have. The rules
of a platform are published and always to be seen (E-Commerce Law Arts. 32, 33), and conditions that
matter are brought to the consumer's notice (Consumer Rights Law Art. 26). What was shown is kept
with the collectible; so a time shorter than the rules have is looked at too, as no way round them.
"""

from __future__ import annotations

from datetime import date

from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, first: int, again: int) -> Answer | None:
    shown = facts.wait_hours
    if shown is None:
        return hold("unknown")
    hours = again if facts.kind == "gift" else first
    if shown == hours:
        return None
    return fail("longer", shown, hours) if shown > hours else hold("shorter", shown, hours)


RULE = Rule(
    code="wait_shown",
    version=1,
    title=Text("告知的持有时间", "The waiting time shown"),
    kinds=("sale", "gift", "resale"),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("ecommerce_law", "32, 33"), Cite("consumer_law", "26")),
    reads=("gift.first_hold_hours", "gift.regift_hours"),
    reasons={
        "longer": Reason(
            Text(
                "向取得人告知的是持有满{shown}方可转赠，而现行规则是{hours}。",
                "Whoever acquires it was shown a wait of {shown} before a gift, but the rules have "
                "{hours}.",
            ),
            Text(
                "请按现行规则（{hours}，而非{shown}）重新告知并确认。",
                "Please show the rules in force ({hours}, not {shown}) and confirm again.",
            ),
            (("shown", "hours"), ("hours", "hours")),
        ),
        "shorter": Reason(
            Text(
                "向取得人告知的是持有满{shown}方可转赠，短于现行规则的{hours}，需人工核对。",
                "Whoever acquires it was shown a wait of {shown} before a gift, shorter than the "
                "{hours} of the rules; a person has to look at it.",
            ),
            Text(
                "请按现行规则（{hours}，而非{shown}）重新告知，或等待核对。",
                "Please show the rules in force ({hours}, not {shown}), or wait for the check.",
            ),
            (("shown", "hours"), ("hours", "hours")),
        ),
        "unknown": Reason(
            Text(
                "不知道是否告知过取得人须持有多久。",
                "It is not known what wait was shown to whoever acquires it.",
            ),
            Text("请重新告知并确认。", "Please show it and confirm again."),
        ),
    },
    check=check,
)
