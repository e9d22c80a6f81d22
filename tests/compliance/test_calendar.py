"""Days in Asia/Shanghai, against the time zone database and against plain counting."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.calendar import (
    DAY_MS,
    HOUR_MS,
    closed_days,
    day_number,
    day_of,
    moment,
    start_of_day,
    trading_days_later,
)
from compliance.engine import decide
from compliance.parameters import for_rules
from compliance.plain import plain_facts
from compliance.rulebook import load, parameters

SHANGHAI = ZoneInfo("Asia/Shanghai")
WRITTEN = parameters()["calendar.trading_closed"].values[-1].value
assert isinstance(WRITTEN, list)
LISTED = [date.fromisoformat(day) for day in WRITTEN]
CLOSED = closed_days(LISTED)
DAYS = st.dates(date(1992, 1, 1), date(2099, 12, 31))
MOMENTS = st.datetimes(datetime(1992, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001


def _ms(when: datetime) -> int:
    return int(when.timestamp()) * 1000


@given(DAYS)
def test_a_day_starts_at_midnight_in_shanghai(day: date) -> None:
    at = start_of_day(day)
    assert at == _ms(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI))
    assert day_of(at) == day
    assert day_of(at - 1) == day - timedelta(days=1)
    assert day_number(at) == day.toordinal() - date(1970, 1, 1).toordinal()


@given(MOMENTS)
def test_a_moment_is_read_in_shanghai(when: datetime) -> None:
    text = when.strftime("%Y-%m-%d %H:%M:%S")
    assert moment(text) == _ms(when.replace(microsecond=0, tzinfo=SHANGHAI))


def test_a_moment_of_another_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="names a zone"):
        moment("2026-01-01 00:00:00+00:00")


def _counted(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= day.isoweekday() < 6 and day not in LISTED
    return day


@given(st.dates(date(2022, 1, 1), date(2027, 11, 30)), st.integers(0, 20), st.integers(0, 86399))
def test_trading_days_are_counted(day: date, count: int, second: int) -> None:
    at = start_of_day(day) + second * 1000
    assert trading_days_later(at, count, CLOSED) == start_of_day(_counted(day, count))


def test_what_lies_outside_the_calendar_is_not_known() -> None:
    assert trading_days_later(moment("2027-12-24 09:00:00"), 5, CLOSED) == start_of_day(
        date(2027, 12, 31)
    )
    assert trading_days_later(moment("2027-12-25 09:00:00"), 6, CLOSED) is None
    assert trading_days_later(moment("2031-01-01"), 1, CLOSED) is None
    first = trading_days_later(moment("2010-01-01"), 1, CLOSED)
    assert first == start_of_day(date(2022, 1, 4))


def test_no_listed_day_is_a_weekend() -> None:
    assert [day for day in LISTED if day.isoweekday() > 5] == []
    assert sorted(LISTED) == LISTED
    assert for_rules("closed_days", [str(day) for day in LISTED]) == CLOSED


@given(st.datetimes(datetime(2026, 1, 6), datetime(2060, 1, 1)))  # noqa: DTZ001
def test_180_days_end_to_the_second(when: datetime) -> None:
    """The first holding, against datetime's own arithmetic, over leap days and month ends."""
    acquired = when.replace(microsecond=0, tzinfo=SHANGHAI)
    free = _ms(acquired + timedelta(days=180))
    facts = plain_facts("gift")
    assert facts.holding is not None
    holding = facts.holding._replace(acquired_at=_ms(acquired), return_until=_ms(acquired))
    book = load()
    early = decide(facts._replace(at=free - 1000, holding=holding), book)
    assert [finding.code for finding in early.findings] == ["first_holding"]
    assert early.findings[0].figures == (4320, _ms(acquired), free)
    assert decide(facts._replace(at=free, holding=holding), book).findings == ()


def test_units_of_time() -> None:
    assert DAY_MS == 24 * HOUR_MS == 86_400_000
