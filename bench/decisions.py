"""Decisions in memory: the whole rulebook on one core, recorded in the compact form."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.house import CHOICES
from bench.rows import Row, row
from collectibles.ledger import canonical
from compliance import rulebook
from compliance.cases import plain_facts
from compliance.engine import decide
from compliance.facts import Facts

GOAL = 30_000


def rows(seconds: float = 2.0) -> Iterator[Row]:
    """Decisions a second for a plain sale, gift and resale."""
    book = rulebook.load(CHOICES)
    for kind in ("sale", "gift", "resale"):
        facts = plain_facts(kind)
        decided = _rate(lambda facts=facts: decide(facts, book), seconds)  # type: ignore[misc]
        recorded = _rate(lambda facts=facts: _record(facts, book), seconds)  # type: ignore[misc]
        name = f"decisions of a {kind}, {len(book.rules)} rules, compact, one core"
        yield row(name, recorded, "1/s", f">= {GOAL}", recorded >= GOAL, decided)


def _record(facts: Facts, book: rulebook.Rulebook) -> bytes:
    return canonical.encode(decide(facts, book).compact())


def _rate(work: object, seconds: float) -> float:
    count, until = 0, time.perf_counter() + seconds
    begin = time.perf_counter()
    while time.perf_counter() < until:
        for _ in range(200):
            work()  # type: ignore[operator]
        count += 200
    return count / (time.perf_counter() - begin)
