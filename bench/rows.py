"""What a benchmark gives: rows that name a figure, its limit in the same run, and its goal."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `limit` is what the machine could do at best, measured beside it, in the same
    unit; `ratio` is value / limit; `met` whether the goal (a sentence) is reached."""

    name: str
    value: float
    unit: str
    limit: float | None
    ratio: float | None
    goal: str
    met: bool

    def plain(self) -> dict[str, object]:
        return asdict(self)


def row(
    name: str, value: float, unit: str, goal: str, met: bool, limit: float | None = None
) -> Row:
    """A row with its ratio computed and its figures rounded to what can be believed."""
    ratio = round(value / limit, 3) if limit else None
    kept = None if limit is None else round(limit, 3)
    return Row(name, round(value, 3), unit, kept, ratio, goal, met)


def fsyncs_per_second(folder: Path, seconds: float = 1.0) -> float:
    """How often a small write can be made durable in `folder`: the calibration of every figure."""
    count = 0
    with tempfile.TemporaryFile(dir=folder) as file:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            file.write(b"x" * 512)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: list[float]) -> float:
    return statistics.median(values)
