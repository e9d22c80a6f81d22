"""Decisions in memory: the whole rulebook on one core, recorded in the compact form."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bench.house import CHOICES
from bench.rows import Row, row
from collectibles.ledger import canonical
from compliance import rulebook
from compliance.cases import plain_facts
from compliance.engine import decide

GOAL = 30_000


def rows(seconds: float = 1.0) -> Iterator[Row]:
    """Decisions a second for a plain sale, gift and resale; the limit leaves the record out."""
    book = rulebook.load(CHOICES)
    for kind in ("sale", "gift", "resale"):
        value, limit = recorded(kind, seconds)
        name = f"decisions of a {kind}, {len(book.rules)} rules, compact, one core"
        yield row(name, value, "1/s", f">= {GOAL}", value >= GOAL, limit)


def recorded(kind: str, seconds: float) -> tuple[float, float]:
    """Decisions of a plain movement a second: decided and encoded, and decided only."""
    facts, book = plain_facts(kind), rulebook.load(CHOICES)
    both = _rate(lambda: canonical.encode(decide(facts, book).compact()), seconds)
    return both, _rate(lambda: decide(facts, book), seconds)


def _rate(work: Callable[[], object], seconds: float) -> float:
    count, begin = 0, time.perf_counter()
    until = begin + seconds
    while time.perf_counter() < until:
        for _ in range(200):
            work()
        count += 200
    return count / (time.perf_counter() - begin)
