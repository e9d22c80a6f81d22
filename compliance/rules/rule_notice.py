"""A change of rules is shown seven days before it takes effect.

Protects everybody from rules that change overnight. The E-Commerce Law (Art. 34) asks that changes
be shown at least seven days before they take effect. Days are those of the calendar in Beijing:
what is published on a day takes effect seven days after that day at the earliest.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS, day_number, day_of, start_of_day
from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, days: int) -> Answer | None:
    effective = facts.effective_at
    if effective is None:
        return hold("unknown")
    if day_number(effective) - day_number(facts.at) >= days:
        return None
    return fail("too_soon", days, effective, start_of_day(day_of(facts.at)) + days * DAY_MS)


RULE = Rule(
    code="rule_notice",
    version=1,
    title=Text("规则修改提前公示", "Rule changes shown ahead"),
    kinds=("rulebook",),
    since=date(2019, 1, 1),
    source="statute",
    cites=(Cite("ecommerce_law", "32-36"),),
    reads=("platform.rule_notice_days",),
    reasons={
        "too_soon": Reason(
            Text(
                "规则修改须在生效前至少公示{days}；这次定于{effective}生效。",
                "A change of rules is shown at least {days} before it takes effect; this one is to "
                "do so on {effective}.",
            ),
            Text(
                "今日公示的修改最早可于{earliest}生效。",
                "What is published today may take effect on {earliest} at the earliest.",
            ),
            (("days", "days"), ("effective", "moment"), ("earliest", "moment")),
        ),
        "unknown": Reason(
            Text("没有写明何时生效。", "It does not say when it is to take effect."),
            Text("请写明生效时间。", "Please say when it is to take effect."),
        ),
    },
    check=check,
)
