"""Nothing is offered or sold by a service whose filing is overdue.

Protects buyers, who can look a filed service up. The blockchain rules of 2019 ask for the filing
within ten working days of the start of the service (Art. 11); for a service that ran before, they
are counted from the day those rules began. A filing registers; it approves of nothing. Working days
are counted without the weekends made up for, so the term is never shorter than the text's. That
the number stands on the home page is seen to by the pages themselves.
"""

from __future__ import annotations

from datetime import date

from compliance.calendar import DAY_MS, ClosedDays, start_of_day, trading_days_later
from compliance.facts import Facts
from compliance.rule import Answer, Cite, Reason, Rule, Text, fail, hold

_SINCE = date(2019, 2, 15)
_BEGAN = start_of_day(_SINCE)


def check(facts: Facts, days: int, off: ClosedDays) -> Answer | None:
    platform = facts.platform
    if platform is None:
        return hold("unknown")
    at, filed, began = facts.at, platform.filed_at, platform.started_at
    if platform.filing:
        if filed is None:
            return hold("unknown")
        if filed <= at and filed <= began + days * DAY_MS:
            return None
    last = trading_days_later(max(began, _BEGAN), days, off)
    if last is None:
        return hold("no_calendar")
    over = last + DAY_MS
    if platform.filing and filed is not None and filed <= at:
        return None if filed < over else fail("late", filed, last)
    return None if at < over else fail("not_filed", days, last)


RULE = Rule(
    code="filing_shown",
    version=1,
    title=Text("区块链信息服务备案", "The service is filed"),
    kinds=("series", "sale"),
    since=_SINCE,
    source="departmental_rule",
    cites=(Cite("cac_order_3", "11, 13"),),
    reads=("platform.filing_days", "platform.weekdays_off"),
    reasons={
        "not_filed": Reason(
            Text(
                "本服务没有备案编号；备案应在开始服务后{days}个工作日内办理，最迟为{due}。",
                "This service has no filing number; it had to file within {days} working days of "
                "its start, by {due}.",
            ),
            Text("请运营方先办理备案。", "The operator has to file first."),
            (("days", "count"), ("due", "day")),
        ),
        "late": Reason(
            Text(
                "本服务于{filed}备案，晚于{due}的期限。",
                "This service filed on {filed}, later than {due}, when it was due.",
            ),
            Text(
                "请运营方向备案机关说明，并在账本上更正其声明。",
                "The operator has to settle it with the filing authority and correct its "
                "declaration on the ledger.",
            ),
            (("filed", "day"), ("due", "day")),
        ),
        "no_calendar": Reason(
            Text(
                "该年的放假安排尚未公布，算不出备案期限。",
                "The holidays of that year are not known yet, so the term cannot be counted.",
            ),
            Text("请联系运营方核对。", "Please ask the operator to check."),
        ),
        "unknown": Reason(
            Text(
                "账本上没有运营方的备案情况。",
                "The ledger does not say whether and when the operator filed.",
            ),
            Text("请运营方在账本上作出声明。", "The operator has to declare it on the ledger."),
        ),
    },
    check=check,
)
