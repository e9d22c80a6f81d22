"""What rules count from a moment ends when the calendar on the wall in Beijing says so.

To the millisecond, over leap days, the ends of months and of years, and holidays. The moments
expected come from the standard library, not from our calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from compliance.calendar import DAY_MS
from compliance.engine import decide
from compliance.facts import Facts, Measure, Passed, Ties, Used
from compliance.plain import plain_facts
from compliance.rulebook import Rulebook, load, parameters
from tests.compliance.build import AT_COST

BEIJING = ZoneInfo("Asia/Shanghai")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _ms(wall: datetime) -> int:
    """The moment at which a clock in Beijing shows this."""
    return (wall.replace(tzinfo=BEIJING) - EPOCH) // timedelta(milliseconds=1)


def _midnight(day: date) -> int:
    return _ms(datetime.combine(day, time()))


@cache
def _book() -> Rulebook:
    return load(AT_COST)


def _letters(rule: str, *movements: Facts) -> str:
    """The rule's answers to these movements."""
    place = [each.release for each in _book().rules].index(rule)
    return "".join(decide(facts, _book()).answers[place] for facts in movements)


class Count(NamedTuple):
    """What a rule counts from a moment on: facts that begin then, and when its answer changes."""

    rule: str
    letters: str
    facts: Callable[[int], Facts]
    ends: Callable[[datetime], datetime]
    to_the_end: bool = False  # whether the last moment itself is still within


def _gift(**changes: Any) -> Facts:
    return plain_facts("gift", **changes)


def _held(start: int, kind: str = "gift", **changes: Any) -> Facts:
    holding = plain_facts(kind).holding
    assert holding is not None
    return plain_facts(kind, holding=holding._replace(acquired_at=start, **changes))


def _with(record: str, kind: str, **changes: Any) -> Facts:
    plain = plain_facts(kind)
    changed: dict[str, Any] = {record: getattr(plain, record)._replace(**changes)}
    return plain._replace(**changed)


def _passed(start: int, other: str, met: bool = False) -> Passed:
    return Passed(other, "gift", "s-other/1", start, 0, met)


def _restored(start: int) -> Facts:
    said = Measure("restore", "x", "x", "x", "counter_statement", start, ())
    return plain_facts("takedown", measure=said)


def _unfiled(start: int) -> Facts:
    return _with("platform", "series", started_at=start, filing="", filed_at=None)


def _next_day(wall: datetime, days: int = 1) -> datetime:
    return datetime.combine(wall.date() + timedelta(days=days), time())


def _open_day(wall: datetime, count: int, closed: str) -> datetime:
    """The start of the count-th weekday that the parameter does not list."""
    off = set(parameters()[closed].values[-1].value or ())  # type: ignore[arg-type]
    day = wall.date()
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day.isoformat() not in off
    return datetime.combine(day, time())


def _months(wall: datetime, months: int) -> datetime:
    year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
    for day in range(wall.day, 27, -1):
        try:
            return wall.replace(year=year, month=month + 1, day=day)
        except ValueError:  # no such day in that month
            continue
    return wall.replace(year=year, month=month + 1)


def _after(**span: int) -> Callable[[datetime], datetime]:
    return lambda wall: wall + timedelta(**span)


COUNTS = (
    Count("first_holding@2", "fp", lambda s: _held(s, wait_hours=None), _after(days=180)),
    Count("first_holding@2", "fp", lambda s: _held(s, wait_hours=24), _after(hours=24)),
    Count(
        "regift_holding@2",
        "fp",
        lambda s: _held(s, acquired_by="gift", wait_hours=None),
        _after(days=730),
    ),
    Count("resale_interval@2", "fp", lambda s: _held(s, "resale"), _after(days=180)),
    Count(
        "resale_interval@2",
        "fp",
        lambda s: _held(s, "resale", wait_hours=0),
        lambda wall: _open_day(wall, 5, "calendar.trading_closed"),
    ),
    Count("open_strike@1", "fp", lambda s: _with("holder", "gift", strikes=(s,)), _after(days=180)),
    Count(
        "list_screening@1",
        "ph",
        lambda s: _with("recipient", "sale", screened_at=s),
        _after(days=30),
        to_the_end=True,
    ),
    Count("offer_lapsed@1", "pf", lambda s: _gift(offered_at=s), _after(hours=72), to_the_end=True),
    Count(
        "issuer_verified@1",
        "ph",
        lambda s: _with("issuer", "mint", checked_at=s),
        lambda wall: _months(wall, 6),
        to_the_end=True,
    ),
    Count(
        "filing_shown@1",
        "pf",
        _unfiled,
        lambda wall: _next_day(_open_day(wall, 10, "platform.weekdays_off")),
    ),
    Count("restore_wait@1", "fp", _restored, lambda wall: _next_day(wall, 16)),
    Count(
        "day_limit@1",
        "fp",
        lambda s: plain_facts("sale", recipient_ties=Ties(bought=(s,) * 5)),
        _next_day,
    ),
    Count(
        "purchase_pace@1",
        "hp",
        lambda s: plain_facts("sale", recipient_ties=Ties(bought=(s,) * 2)),
        _after(seconds=60),
    ),
    Count(
        "refund_churn@1",
        "hp",
        lambda s: plain_facts("sale", recipient_ties=Ties(returned=(s,) * 3)),
        _after(days=30),
    ),
    Count(
        "gift_rate@1",
        "hp",
        lambda s: _gift(holder_ties=Ties(gave=tuple(_passed(s, f"p-{n}") for n in range(3)))),
        _next_day,
    ),
    Count(
        "gift_rate@1",
        "hp",
        lambda s: _gift(recipient_ties=Ties(got=tuple(_passed(s, f"p-{n}") for n in range(5)))),
        _after(days=30),
    ),
    Count(
        "gift_rate@1",
        "hp",
        lambda s: _gift(holder_ties=Ties(gave=(_passed(s, "p-recipient"),) * 2)),
        _after(days=365),
    ),
    Count(
        "gift_barter@1",
        "hp",
        lambda s: _gift(holder_ties=Ties(got=(_passed(s, "p-recipient"),))),
        _after(days=14),
    ),
    Count(
        "gift_returned@1",
        "hp",
        lambda s: _held(s)._replace(past=(("p-recipient", s - 1),)),
        _after(days=365),
    ),
    Count(
        "bundled_gift@1",
        "hp",
        lambda s: plain_facts("resale", holder_ties=Ties(gave=(_passed(s, "p-recipient"),))),
        _after(days=30),
    ),
    Count(
        "gift_ring@1",
        "hp",
        lambda s: _gift(
            holder_ties=Ties(got=(_passed(s, "p-c"),)),
            recipient_ties=Ties(gave=(_passed(s, "p-c"),)),
        ),
        _after(days=90),
    ),
    Count(
        "broker_hub@1",
        "hp",
        lambda s: _gift(holder_ties=Ties(gave=tuple(_passed(s, f"p-{n}") for n in range(5)))),
        _after(days=30),
    ),
    Count(
        "hand_over@1",
        "hp",
        lambda s: _with("holder", "gift", verified_at=s)._replace(
            holding=_held(s - 400 * DAY_MS).holding,
            holder_ties=Ties(used=(Used("device", "d-old", s - 300 * DAY_MS),)),
        ),
        _after(days=7),
    ),
    Count(
        "unlock_pattern@1",
        "hp",
        lambda s: _held(s, wait_hours=0, return_until=s),
        _after(hours=1),
    ),
)
#: Before, at or after which something unusual lies.
STARTS = (
    *("2027-08-31 23:59:59", "2027-09-01", "2027-03-01 12:34:56.789", "2026-02-27 16:00"),
    *("2026-09-30 08:00", "2025-12-31 23:59:59.999", "2026-08-31"),
)
#: As those, and in a leap year; calendars of working and trading days do not reach so far.
LEAPING = (
    *("2028-02-28 23:59:59.999", "2028-02-29", "2028-02-29 23:59:59", "2028-01-31 10:00"),
    *("2028-02-14 15:30", "2027-08-31 09:00"),
)
CALENDARS = ("filing_shown@1", "resale_interval@2")


@pytest.mark.parametrize("count", COUNTS, ids=[f"{c.rule}-{n}" for n, c in enumerate(COUNTS)])
def test_what_is_counted_ends_to_the_millisecond(count: Count) -> None:
    for start in STARTS + (() if count.rule in CALENDARS else LEAPING):
        wall = datetime.fromisoformat(start)
        facts = count.facts(_ms(wall))
        last = _ms(count.ends(wall)) - (0 if count.to_the_end else 1)
        around = [facts._replace(at=at) for at in (last, last + 1)]
        assert _letters(count.rule, *around) == count.letters, start


def test_working_and_trading_days_over_a_leap_day() -> None:
    start = datetime.fromisoformat("2024-02-21 09:30")
    ends = _ms(_next_day(_open_day(start, 10, "platform.weekdays_off")))
    around = [_unfiled(_ms(start))._replace(at=at) for at in (ends - 1, ends)]
    assert _letters("filing_shown@1", *around) == "pf"
    ends = _ms(_open_day(start, 5, "calendar.trading_closed"))
    around = [_held(_ms(start), "resale")._replace(at=at) for at in (ends - 1, ends)]
    assert _letters("resale_interval@1", *around) == "fp"


@pytest.mark.parametrize("days", [0, 1, 28, 29, 30, 59])
def test_notice_of_rules_and_of_the_end_over_a_leap_day(days: int) -> None:
    told = datetime.fromisoformat("2028-01-31 18:00") + timedelta(days=days)
    change = plain_facts("rulebook", at=_ms(told))
    first = _midnight(told.date() + timedelta(days=7))
    around = [change._replace(effective_at=at) for at in (first - 1, first)]
    assert _letters("rule_notice@1", *around) == "fp"
    first = _ms(told + timedelta(days=30))
    around = [
        _with("platform", "platform", end_told_at=_ms(told), ends_at=at)._replace(at=_ms(told))
        for at in (first - 1, first)
    ]
    assert _letters("exit_notice@1", *around) == "fp"
