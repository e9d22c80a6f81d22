"""Who issues is a verified institution, verified again every half year.

Protects buyers and right holders from issuers nobody can find. Whoever lets others sell has to
collect and verify who they are, and to do so again regularly (E-Commerce Law Art. 27); how often is
our own number. The unified social credit code must be well formed. Months are those of the calendar
in Beijing; where the day is missing, the last day of the month. Members that issue nothing pass.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import day_of, start_of_day
from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold
from compliance.uscc import is_uscc


def check(facts: Facts, months: int) -> Answer | None:
    issuer = facts.issuer
    if issuer is None:
        return hold("unknown")
    if facts.kind == "member" and "museum" not in issuer.roles:
        return None
    if not is_uscc(issuer.uscc):
        return fail("number", issuer.uscc or "—")
    checked = issuer.checked_at
    if checked is None or checked > facts.at:
        return hold("unknown")
    due = _months_later(checked, months)
    return None if facts.at <= due else hold("stale", months, checked, due)


def _months_later(at: int, months: int) -> int:
    """The same time of day that many months later, on the same day or the month's last."""
    day = day_of(at)
    first = _first_of(day, months)
    last = (_first_of(day, months + 1) - first).days
    later = first.replace(day=min(day.day, last))
    return at + start_of_day(later) - start_of_day(day)


def _first_of(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


RULE = Rule(
    code="issuer_verified",
    version=1,
    title=Text("发行方主体核验", "Issuer verified"),
    kinds=("member", "series", "mint"),
    since=date(2019, 1, 1),
    source="statute",
    cites=(Cite("ecommerce_law", "27"),),
    reads=("platform.issuer_check_months",),
    reasons={
        "number": Reason(
            Text(
                "发行方的统一社会信用代码（{number}）不正确。",
                "The issuer's unified social credit code ({number}) is not right.",
            ),
            Text("请核对证照后更正。", "Please correct it from the licence."),
            (("number", "text"),),
        ),
        "stale": Reason(
            Text(
                "发行方主体信息于{checked}核验，本服务要求每{months}个月核验一次，已于{due}到期。",
                "The issuer was verified on {checked}; this service asks for it every {months} "
                "months, and it ran out on {due}.",
            ),
            Text("请重新核验后再办理。", "Please verify the issuer again first."),
            (("months", "count"), ("checked", "day"), ("due", "moment")),
        ),
        "unknown": Reason(
            Text(
                "账本上没有发行方何时核验的记录。",
                "The ledger does not say when the issuer was verified.",
            ),
            Text("请先完成主体核验。", "Please verify the issuer first."),
        ),
    },
    check=check,
)
