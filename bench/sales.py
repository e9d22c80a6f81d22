"""Sales through the only door: 64 callers, durable, beside a bare COPY of the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg

from bench.callers import Called, call, call_from_processes, together
from bench.house import House
from bench.rows import Row, percentile, row
from collectibles.ledger.storage.writer import dsn

CALLERS = 64
ROUNDS = 3
GOAL_RATE, GOAL_P99_MS, GOAL_SHARE = 5_000, 50, 0.25


def rows(house: House, first: int, count: int) -> Iterator[Row]:
    """One process, then two that share the ledger, each in turn with COPY; 2 * `count` sales."""
    share = count // ROUNDS // 2 * 2
    made: dict[int, list[Called]] = {1: [], 2: []}
    copied = []
    for _ in range(ROUNDS):
        copied.append(_copy(house, first, share, made[1]))
        first += share
        made[2].append(call_from_processes(house, first, share, CALLERS, 2))
        first += share
    limit = share * ROUNDS / sum(copied)
    for processes, each in made.items():
        all_ = together(each)
        rate = all_.sales / sum(one.end - one.begin for one in each)
        name = f"sales, {CALLERS} callers, {'one process' if processes == 1 else 'two processes'}"
        p99 = percentile(all_.waits, 0.99) * 1000
        yield row(name, rate, "1/s", f">= {GOAL_RATE}", rate >= GOAL_RATE)
        goal = f">= {GOAL_SHARE} of COPY"
        yield row(f"{name}: beside COPY", rate, "1/s", goal, rate / limit >= GOAL_SHARE, limit)
        yield row(f"{name}: p99", p99, "ms", f"<= {GOAL_P99_MS}", p99 <= GOAL_P99_MS)
        size = all_.sales / all_.batches
        yield row(f"{name}: batch", size, "movements", "none", True, CALLERS)


def _copy(house: House, first: int, count: int, made: list[Called]) -> float:
    """Sell, then seconds to write the very rows of these sales by COPY, 1,000 sales a commit.

    Nothing is decided, looked up, hashed or signed, and nobody waits: the limit.
    """
    size = house.ledger.read.size()
    made.append(call(house, first, count, CALLERS))
    with psycopg.connect(dsn(house.url)) as connection:
        entries, values = _rows_of(connection, house, first, count, size)
        for table in ("ledger_entry", "ledger_state"):
            connection.execute(f"CREATE TABLE copied_{table} (LIKE {table} INCLUDING ALL)")
        connection.commit()
        begin = time.perf_counter()
        for start in range(0, count, 1000):
            stop = start + 1000
            types = ["int8", "int8", "text", "bytea", "bytea"]
            _put(connection, "ledger_entry", types, entries[start:stop])
            _put(connection, "ledger_state", ["text", "text"], values[start * 3 : stop * 3])
            connection.commit()
        seconds = time.perf_counter() - begin
        connection.execute("DROP TABLE copied_ledger_entry, copied_ledger_state")
    return seconds


def _rows_of(
    connection: psycopg.Connection[Any], house: House, first: int, count: int, size: int
) -> tuple[list[Any], list[Any]]:
    """The rows of these sales: the entries from index `size` on, and the state's."""
    entries = connection.execute(
        "SELECT index, at, kind, body, leaf FROM ledger_entry WHERE index >= %s ORDER BY index",
        (size,),
    ).fetchall()
    keys = [key for number in range(first, first + count) for key in house.written_by_sale(number)]
    found = connection.execute("SELECT * FROM ledger_state WHERE key = ANY(%s)", (keys,))
    values = dict(found.fetchall())
    assert len(entries) == count
    return entries, [(key, values[key]) for key in keys]


def _put(
    connection: psycopg.Connection[Any], table: str, types: list[str], rows_: list[Any]
) -> None:
    with connection.cursor().copy(f"COPY copied_{table} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        for each in rows_:
            copy.write_row(each)
