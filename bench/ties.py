"""What a gift costs to look at, by how much the ledger remembers: its keys, its facts, the rules.

Ties of many persons are written as the fold would leave them after so many transfers among them;
then gifts between two at random are decided, each on values fetched from PostgreSQL. Nothing is
cached between two of them but what PostgreSQL itself keeps.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

from bench.house import CHOICES, DAY_MS, House
from bench.rows import Row, percentile, row
from collectibles.domain.movements import Movement
from collectibles.ledger import canonical, state, ties
from collectibles.ledger.facts import facts_of
from collectibles.ledger.machine import needs
from collectibles.ledger.state import Overlay
from collectibles.ledger.storage.writer import dsn
from compliance import rulebook
from compliance.engine import decide

TRANSFERS = int(os.environ.get("BENCH_TRANSFERS", "200000"))
FEW = 1_000
LOOKS = 2_000
#: Transfers a person takes part in, on average: lists are rather full than empty.
EACH = 8
SEED = 20260101


def rows(small: House, large: House) -> Iterator[Row]:
    """The time of a look after a few transfers and after many, and how many ties were read."""
    few, _ = _looks(small, FEW)
    many, edges = _looks(large, TRANSFERS)
    for share, goal in ((0.5, 1.5), (0.99, 2.0)):
        value, limit = percentile(many, share) * 1_000, percentile(few, share) * 1_000
        name = f"a gift looked at after {TRANSFERS:,} transfers, p{share * 100:.0f}"
        met = value <= goal * limit
        yield row(name, value, "ms", f"<= {goal:g} x after {FEW:,}", met, limit)
    most = ties.MOST * (4 + ties.MOST_CHAINS)
    yield row("ties read for it, most", max(edges), "edges", f"<= {most}", max(edges) <= most)


def _looks(house: House, transfers: int) -> tuple[list[float], list[int]]:
    """Seconds of each look, and the edges it read."""
    chance = random.Random(SEED)
    persons = max(transfers * 2 // EACH, 16)
    _write(house, chance, transfers, persons)
    book, seconds, edges = rulebook.load(CHOICES), [], []
    for number in range(LOOKS):
        giver, recipient = chance.sample(range(persons), 2)
        gift = Movement("gift", f"look-{number}", "operator", _act(number, giver, recipient))
        begin = time.perf_counter()
        loaded: dict[str, Any] = {}
        while missing := needs((gift,), loaded):
            loaded |= house.ledger.read.values(missing)
        facts = facts_of("gift", gift.act, house.now, Overlay(loaded))
        decide(facts, book)
        seconds.append(time.perf_counter() - begin)
        edges.append(sum(_edges(value) for key, value in loaded.items() if key[:5] == "ties/"))
    return seconds, edges


def _act(number: int, giver: int, recipient: int) -> dict[str, Any]:
    return {
        "series": "ties",
        "edition": number + 1,
        "from": f"t-{giver}",
        "to": f"t-{recipient}",
        "named": True,
        "gratuitous": True,
        "offer": f"g-{number}",
        "offered_at": 0,
        "wait_hours": 17_520,
        "device": f"d-{giver}",
        "note": [],
    }


def _edges(value: Any) -> int:
    return len(value["gave"]) + len(value["got"]) if value else 0


def _write(house: House, chance: random.Random, transfers: int, persons: int) -> None:
    """The state that so many transfers among so many persons leave, straight into its table."""
    known: dict[str, Any] = {}
    begin, step = house.now - 365 * DAY_MS, 364 * DAY_MS // transfers
    for number in range(transfers):
        one, other = (f"q-{person}" for person in chance.sample(range(persons), 2))
        edge = ("gift", f"s-{number % 50}/{number}", begin + number * step, 200 * DAY_MS)
        known[one], known[other] = ties.passed(known.get(one), known.get(other), (one, other), edge)
    with psycopg.connect(dsn(house.url), autocommit=True) as connection:
        with connection.cursor().copy("COPY ledger_state (key, value) FROM STDIN") as copy:
            for key, value in _rows(house, known, persons):
                copy.write_row((key, canonical.encode(value).decode()))
        connection.execute("VACUUM ANALYZE ledger_state")


def _rows(house: House, known: dict[str, Any], persons: int) -> Iterable[tuple[str, Any]]:
    for person, value in known.items():
        yield state.ties(person), value
    account = {"verified_at": house.now, "adult_from": 0, "open": True, "freeze": None}
    account |= {"document": "resident", "screening": "clear", "screened_at": house.now}
    for person in range(persons):
        value = {**account, "person": f"q-{person}", "said": None, "affiliations": []}
        yield state.account(f"t-{person}"), value
    series = house.described("ties", LOOKS)
    yield state.series("ties"), {**series, "minted": LOOKS, "freeze": None, "down": None}
    held = {"holder": "t", "at": house.now - 300 * DAY_MS, "how": "sale", "paid": 19_900, "back": 0}
    held |= dict.fromkeys(("return_until", "refundable_until", "lock", "freeze", "gone"))
    for number in range(LOOKS):
        value = {**held, "pending": 0, "wait": 4_320, "past": []}
        yield state.collectible("ties", number + 1), value
