"""Days, months and trading days as they are counted in Asia/Shanghai.

Times are integer milliseconds UTC; nothing here reads the clock. The zone comes from the installed
`tzdata` wheel and not from the machine, so that every machine counts the same days.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collectibles.errors import BadInput

DAY_MS = 24 * 60 * 60 * 1000
MINUTE_MS = 60 * 1000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ONE_DAY = timedelta(days=1)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PERIOD = re.compile(r"([0-9]{4})-(?:([0-9]{2})|Q([1-4]))")
_FIRST_YEAR, _LAST_YEAR = 1970, 2999


class Period(NamedTuple):
    """A span of time, milliseconds UTC: `start_at` belongs to it, `end_at` does not."""

    start_at: int
    end_at: int


def _zone() -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", "Asia", "Shanghai").open("rb") as stream:
        return ZoneInfo.from_file(stream, key="Asia/Shanghai")


SHANGHAI = _zone()


def shanghai_date(ms: int) -> date:
    """The date it is in Asia/Shanghai at this instant."""
    return _local(ms).date()


def start_of_day(day: date) -> int:
    """The first instant of this day in Asia/Shanghai, milliseconds UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return (midnight.astimezone(UTC) - _EPOCH) // _MILLISECOND


def add_days_24h(ms: int, days: int) -> int:
    """`days` times 24 hours later: the way holding periods are counted, not calendar days."""
    return ms + days * DAY_MS


def say_time(ms: int, language: str = "zh", *, round_up: bool = False) -> str:
    """`2026年2月6日 00:00` (zh) or `6 Feb 2026, 00:00 (Beijing time)` (en), to the minute.

    `round_up` is for "from this time on": the next full minute, so that nobody who waited for the
    time they were shown is too early.
    """
    at = _local(-(-ms // MINUTE_MS) * MINUTE_MS if round_up else ms)
    clock = f"{at.hour:02d}:{at.minute:02d}"
    if language == "en":
        return f"{_english_date(at.date())}, {clock} (Beijing time)"
    return f"{_chinese_date(at.date())} {clock}"


def say_date(ms: int, language: str = "zh") -> str:
    """`2026年2月6日` (zh) or `6 Feb 2026` (en): the day in Asia/Shanghai."""
    day = shanghai_date(ms)
    return _english_date(day) if language == "en" else _chinese_date(day)


def parse_period(text: str, field: str = "period") -> Period:
    """A month `2026-01` or a quarter `2026-Q1` -> its span in Asia/Shanghai.

    Raises `BadInput` naming `field`.
    """
    found = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    year = int(found.group(1)) if found else 0
    month = int(found.group(2)) if found and found.group(2) else 1
    if found is None or not _FIRST_YEAR <= year <= _LAST_YEAR or not 1 <= month <= 12:
        raise BadInput(
            field,
            "period_not_understood",
            "期间请写成月份（如 2026-01）或季度（如 2026-Q1）。",
            "Write the period as a month (2026-01) or a quarter (2026-Q1).",
        )
    months = 1
    if found.group(3):
        month, months = 3 * int(found.group(3)) - 2, 3
    first = date(year, month, 1)
    return Period(start_of_day(first), start_of_day(first_of_month(first, months)))


def first_of_month(day: date, months: int = 0) -> date:
    """The first day of the month that lies `months` after the month of `day`."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def trading_days_after(ms: int, count: int, holidays: Collection[date]) -> int:
    """The start of the `count`-th trading day after the day of `ms` (that day never counts).

    Trading days are Monday to Friday without `holidays`; a weekend day worked in exchange for a
    holiday is no trading day. `count` is at least 1 (ValueError otherwise).
    """
    if count < 1:
        raise ValueError("count is at least 1")
    day = shanghai_date(ms)
    while count:
        day += _ONE_DAY
        if day.weekday() < 5 and day not in holidays:
            count -= 1
    return start_of_day(day)


def _local(ms: int) -> datetime:
    return (_EPOCH + ms * _MILLISECOND).astimezone(SHANGHAI)


def _chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _english_date(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
