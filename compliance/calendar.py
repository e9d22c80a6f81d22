"""Days in Asia/Shanghai, on integer milliseconds UTC.

China has kept UTC+8 without summer time since 1991-09-15, long before the first event this
rulebook can judge, so the offset is a constant here: an outcome must not hang on the version of a
time zone file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

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


class ClosedDays(NamedTuple):
    """Days without trading beside weekends, as day numbers, and what years they are known for.

    Known from `first` to `last`, both included; what lies outside is not known.
    """

    days: frozenset[int]
    first: int
    last: int


def closed_days(listed: Iterable[date]) -> ClosedDays:
    """The closed days listed, known for whole years: those of the first and the last of them."""
    ordered = sorted(listed)
    first = date(ordered[0].year, 1, 1)
    last = date(ordered[-1].year, 12, 31)
    return ClosedDays(
        frozenset((day - _EPOCH).days for day in ordered),
        (first - _EPOCH).days,
        (last - _EPOCH).days,
    )


def trading_days_later(at: int, days: int, closed: ClosedDays) -> int | None:
    """The start of the `days`-th trading day after the day of `at`; None where it is not known.

    A trading day is Monday to Friday and not closed. Days before the known years do not count.
    """
    number = max(day_number(at), closed.first - 1)
    left = days
    while left:
        number += 1
        if number > closed.last:
            return None
        weekday = (number + 3) % 7  # 1970-01-01 was a Thursday; 0 is Monday
        if weekday < 5 and number not in closed.days:
            left -= 1
    return number * DAY_MS - _OFFSET_MS


class TurnedDays(NamedTuple):
    """Days that are not what their weekday says: public holidays, and weekends worked to make up.

    Known from `first` to `last`, both included; outside, the weekday alone counts.
    """

    days: frozenset[int]
    first: int
    last: int


def turned_days(listed: Iterable[date]) -> TurnedDays:
    """The turned days listed, known for whole years: those of the first and the last of them."""
    return TurnedDays(*closed_days(listed))


def end_of_working_days(at: int, days: int, turned: TurnedDays) -> int:
    """The first moment after the `days`-th working day that follows the day of `at` (ms UTC).

    A working day is Monday to Friday unless it is turned, or a turned Saturday or Sunday. A year
    whose arrangement is not yet announced has none turned, so that every term ends some time.
    """
    number = day_number(at)
    left = days
    while left:
        number += 1
        if ((number + 3) % 7 < 5) != (number in turned.days):
            left -= 1
    return (number + 1) * DAY_MS - _OFFSET_MS
