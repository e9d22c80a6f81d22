"""Days and months in Asia/Shanghai, against the standard library's own arithmetic."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectibles.domain.calendar import (
    DAY_MS,
    add_days_24h,
    first_of_month,
    parse_period,
    say_date,
    say_time,
    shanghai_date,
    start_of_day,
    trading_days_after,
)
from collectibles.errors import BadInput


def ms(text: str) -> int:
    """An instant written with its offset -> milliseconds UTC, by way of whole microseconds."""
    passed = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return passed // timedelta(milliseconds=1)


def test_the_day_changes_at_midnight_in_shanghai() -> None:
    midnight = ms("2026-02-06T00:00:00+08:00")
    assert shanghai_date(midnight) == date(2026, 2, 6)
    assert shanghai_date(midnight - 1) == date(2026, 2, 5)
    assert start_of_day(date(2026, 2, 6)) == midnight == ms("2026-02-05T16:00:00+00:00")


def test_the_holding_period_of_180_times_24_hours() -> None:
    acquired = ms("2026-01-01T00:00:00+08:00")
    assert add_days_24h(acquired, 180) == ms("2026-06-30T00:00:00+08:00")
    half_past = ms("2026-01-01T00:30:00+08:00")  # the day before in UTC
    assert shanghai_date(add_days_24h(half_past, 180)) == date(2026, 6, 30)


@given(st.dates(date(1850, 1, 1), date(2200, 1, 1)))
def test_every_day_begins_where_the_one_before_ends(day: date) -> None:
    start = start_of_day(day)
    assert shanghai_date(start) == day
    assert shanghai_date(start - 1) == day - timedelta(days=1)


def test_a_midnight_that_summer_time_skipped() -> None:
    """On 1 June 1940 clocks went from 00:00 to 01:00, so the day began at one o'clock."""
    assert start_of_day(date(1940, 6, 1)) == ms("1940-06-01T01:00:00+09:00")


@given(st.dates(date(1992, 1, 1), date(2200, 1, 1)), st.integers(0, DAY_MS - 1))
def test_agrees_with_the_zone_of_the_machine(day: date, within: int) -> None:
    at = start_of_day(day) + within
    aware = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    assert aware.astimezone(ZoneInfo("Asia/Shanghai")).date() == shanghai_date(at) == day


def test_sentences() -> None:
    at = ms("2026-02-06T00:00:00+08:00")
    assert say_time(at) == "2026年2月6日 00:00"
    assert say_time(at, "en") == "6 Feb 2026, 00:00 (Beijing time)"
    assert say_date(at) == "2026年2月6日"
    assert say_date(at - 1, "en") == "5 Feb 2026"
    for month in range(1, 13):
        english = datetime(2026, month, 1, tzinfo=UTC).strftime("%b")
        assert english in say_date(start_of_day(date(2026, month, 1)), "en")


def test_from_this_time_on_is_never_too_early() -> None:
    at = ms("2026-02-05T23:59:00.001+08:00")
    assert say_time(at) == "2026年2月5日 23:59"
    assert say_time(at, round_up=True) == "2026年2月6日 00:00"
    assert say_time(at - 1, round_up=True) == "2026年2月5日 23:59"


@pytest.mark.parametrize(
    ("text", "first", "next_first"),
    [
        ("2026-01", "2026-01-01", "2026-02-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2026-Q1", "2026-01-01", "2026-04-01"),
        ("2026-Q4", "2026-10-01", "2027-01-01"),
    ],
)
def test_periods(text: str, first: str, next_first: str) -> None:
    period = parse_period(text)
    assert period.start_at == ms(f"{first}T00:00:00+08:00")
    assert period.end_at == ms(f"{next_first}T00:00:00+08:00")


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026", "2026-1", "2026-00", "2026-13", "2026-Q0", "2026-Q5", "2026-q1", "26-01"),
        *("2026-01-01", " 2026-01", "２０２６-01", "0000-01", "9999-12", "2026-01\n", None, 202601),
    ],
)
def test_other_periods_are_refused(text: object) -> None:
    with pytest.raises(BadInput) as caught:
        parse_period(text, "month")  # type: ignore[arg-type]
    assert caught.value.field == "month"


def test_months_of_a_year_follow_each_other() -> None:
    starts = [parse_period(f"2026-{month:02d}") for month in range(1, 13)]
    for one, following in pairwise(starts):
        assert one.end_at == following.start_at
    assert [parse_period(f"2026-Q{n}").start_at for n in (1, 2, 3, 4)] == [
        starts[n].start_at for n in (0, 3, 6, 9)
    ]


def test_first_of_month_over_the_year() -> None:
    assert first_of_month(date(2026, 11, 30), 3) == date(2027, 2, 1)
    assert first_of_month(date(2026, 1, 31), -1) == date(2025, 12, 1)


def test_five_trading_days_over_a_weekend_and_a_holiday() -> None:
    thursday = ms("2026-04-30T15:00:00+08:00")
    assert trading_days_after(thursday, 1, ()) == start_of_day(date(2026, 5, 1))
    assert trading_days_after(thursday, 2, ()) == start_of_day(date(2026, 5, 4))
    labour_day = {date(2026, 5, 1), date(2026, 5, 4), date(2026, 5, 5)}
    assert trading_days_after(thursday, 1, labour_day) == start_of_day(date(2026, 5, 6))
    assert trading_days_after(thursday, 5, labour_day) == start_of_day(date(2026, 5, 12))


def test_the_day_itself_never_counts_and_is_a_day_in_shanghai() -> None:
    friday_early = ms("2026-04-10T00:00:00+08:00")  # still Thursday in UTC
    friday_late = ms("2026-04-10T23:59:59.999+08:00")
    monday = start_of_day(date(2026, 4, 13))
    assert trading_days_after(friday_early, 1, ()) == monday
    assert trading_days_after(friday_late, 1, ()) == monday
    with pytest.raises(ValueError, match="at least 1"):
        trading_days_after(friday_early, 0, ())


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 40))
def test_trading_days_counted_one_by_one(day: date, count: int) -> None:
    end = shanghai_date(trading_days_after(start_of_day(day), count, ()))
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(d.isoweekday() <= 5 for d in between) == count
    assert end.isoweekday() <= 5
