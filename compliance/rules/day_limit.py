"""One person buys so many in a day, of all series and over all of that person's accounts.

Protects the many from the few who would take all. No law sets a number; a court has upheld a
platform's limit for each person. The day is the calendar day in Beijing. Nothing is known of the
purchases of somebody who has not been verified, and what is not known does not pass.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS, HOUR_MS, day_number
from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold


def check(facts: Facts, limit: int) -> Answer | None:
    ties = facts.recipient_ties
    if ties is None:
        return hold("unknown")
    if len(ties.bought) < limit:
        return None
    begins = day_number(facts.at) * DAY_MS - 8 * HOUR_MS
    today = sum(at >= begins for at in ties.bought)
    return None if today < limit else fail("reached", today, limit, begins + DAY_MS)


RULE = Rule(
    code="day_limit",
    version=1,
    title=Text("每人每日限购", "A limit for each person and day"),
    kinds=("sale",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("hangzhou_2022_one_copy"),),
    reads=("limit.per_day",),
    reasons={
        "reached": Reason(
            Text(
                "每人每天最多购买{limit}件，这位购买人今天已购买{today}件。",
                "One person may buy {limit} a day; this buyer has already bought {today} today.",
            ),
            Text("自{tomorrow}起可以再买。", "More may be bought from {tomorrow} on."),
            (("today", "count"), ("limit", "count"), ("tomorrow", "from")),
        ),
        "unknown": Reason(
            Text(
                "不知道这位购买人今天已购买几件。",
                "It is not known how many this buyer has already bought today.",
            ),
            Text("请先完成实名核验。", "Please complete the real-name check first."),
        ),
    },
    check=check,
)
