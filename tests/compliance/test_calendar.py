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
    end_of_working_days,
    moment,
    start_of_day,
    trading_days_later,
    turned_days,
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
    (found,) = [finding for finding in early.findings if finding.code == "first_holding"]
    assert found.figures == (4320, _ms(acquired), free)
    late = decide(facts._replace(at=free, holding=holding), book)
    assert "first_holding" not in [finding.code for finding in late.findings]


def test_units_of_time() -> None:
    assert DAY_MS == 24 * HOUR_MS == 86_400_000


# Working days

TURNED_AS_WRITTEN = parameters()["calendar.working"].values[-1].value
assert isinstance(TURNED_AS_WRITTEN, list)
TURNED_DAYS = [date.fromisoformat(day) for day in TURNED_AS_WRITTEN]
TURNED = turned_days(TURNED_DAYS)


def test_the_working_calendar_lists_what_is_otherwise_than_its_weekday() -> None:
    holidays = {day for day in TURNED_DAYS if day.weekday() < 5}
    worked = {day for day in TURNED_DAYS if day.weekday() >= 5}
    for year, free, made_up in ((2022, 18, 7), (2023, 18, 7), (2024, 19, 8), (2025, 18, 5)):
        assert len([day for day in holidays if day.year == year]) == free
        assert len([day for day in worked if day.year == year]) == made_up
    assert {str(day) for day in worked if day.year == 2026} == {
        *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
    }
    assert not any(day.year == 2027 for day in worked)  # not announced yet
    assert for_rules("turned_days", [str(day) for day in TURNED_DAYS]) == TURNED


@pytest.mark.parametrize(
    ("at", "days", "ends"),
    [
        ("2026-03-02 00:00:00", 1, "2026-03-04"),
        ("2026-03-02 23:59:59", 1, "2026-03-04"),
        ("2026-03-06 12:00:00", 1, "2026-03-10"),  # Friday: the next is Monday
        ("2026-02-13 12:00:00", 1, "2026-02-15"),  # Saturday the 14th is worked
        ("2026-02-14 12:00:00", 1, "2026-02-25"),  # then the Spring Festival
        ("2026-09-30 12:00:00", 1, "2026-10-09"),  # the National Day holiday
        ("2026-10-09 12:00:00", 1, "2026-10-11"),  # Saturday the 10th is worked
        ("2024-02-28 12:00:00", 1, "2024-03-01"),  # 29 February
        ("2026-12-31 12:00:00", 1, "2027-01-05"),  # 1 January, then a weekend
        ("2029-12-31 12:00:00", 1, "2030-01-02"),  # no arrangement known: weekdays
        ("2026-03-02 12:00:00", 0, "2026-03-03"),
    ],
)
def test_a_term_ends_with_its_last_working_day(at: str, days: int, ends: str) -> None:
    assert end_of_working_days(moment(at), days, TURNED) == moment(ends)


@given(MOMENTS, st.integers(0, 40))
def test_working_days_are_counted_one_by_one(when: datetime, days: int) -> None:
    at = _ms(when.replace(tzinfo=SHANGHAI))
    day, left = when.date(), days
    while left:
        day += timedelta(days=1)
        left -= (day.weekday() < 5) != (day in TURNED_DAYS)
    assert end_of_working_days(at, days, TURNED) == start_of_day(day + timedelta(days=1))
