"""The only reader of the clock. Everything else is handed a `Clock`.

Times are integer milliseconds UTC.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time; `real` says whether it is the machine's own (and may be checked)."""

    real: bool

    def now_ms(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    real = True

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class SetClock:
    """A clock that stands where it is put: for building histories and for tests."""

    real = False

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def set_ms(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def advance_ms(self, milliseconds: int) -> None:
        self._now_ms += milliseconds
