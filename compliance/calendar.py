"""Days in Asia/Shanghai, on integer milliseconds UTC.

China has kept UTC+8 without summer time since 1991-09-15, long before the first event this
rulebook can judge, so the offset is a constant here: an outcome must not hang on the version of a
time zone file.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
SECOND_MS = 1_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
_OFFSET_MS = 8 * HOUR_MS
_EPOCH = date(1970, 1, 1)


def start_of_day(day: date) -> int:
    """The first millisecond of `day` in Asia/Shanghai."""
    return (day - _EPOCH).days * DAY_MS - _OFFSET_MS


def day_number(at: int) -> int:
    """Days since 1970-01-01 of the Shanghai day that `at` falls in."""
    return (at + _OFFSET_MS) // DAY_MS


def day_of(at: int) -> date:
    """The Shanghai day that `at` falls in."""
    return _EPOCH + timedelta(days=day_number(at))


def moment(text: str) -> int:
    """`YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS` in Asia/Shanghai as milliseconds. Raises ValueError."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is not None:
        raise ValueError(f"{text!r} names a zone; times here are Asia/Shanghai")
    since_epoch = when.replace(tzinfo=SHANGHAI) - datetime(1970, 1, 1, tzinfo=UTC)
    return since_epoch // timedelta(milliseconds=1)


def trading_days_later(at: int, days: int, closed: frozenset[int]) -> int:
    """The start of the `days`-th trading day after the day of `at`.

    A trading day is Monday to Friday and not in `closed` (day numbers, see `day_number`).
    """
    number = day_number(at)
    left = days
    while left:
        number += 1
        weekday = (number + 3) % 7  # 1970-01-01 was a Thursday; 0 is Monday
        if weekday < 5 and number not in closed:
            left -= 1
    return number * DAY_MS - _OFFSET_MS
