"""Sales through the only door: 64 callers, durable, beside a bare COPY of the same rows."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator

import psycopg

from bench.house import House
from bench.rows import Row, percentile, row
from collectibles.ledger.storage.writer import dsn

CALLERS = 64
GOAL_RATE, GOAL_P99_MS, GOAL_SHARE = 5_000, 50, 0.25


def rows(house: House, count: int) -> Iterator[Row]:
    """Sales a second and p99 for `count` sales, batch sizes, and the share of COPY."""
    rate, latencies, size = submit(house, 0, count)
    copied = _copy_rate(house, count)
    p99 = percentile(latencies, 0.99) * 1000
    what = f"sales committed, {CALLERS} callers, one process"
    yield row(what, rate, "1/s", f">= {GOAL_RATE}", rate >= GOAL_RATE)
    yield row(f"{what}: p99", p99, "ms", f"<= {GOAL_P99_MS}", p99 <= GOAL_P99_MS)
    yield row(f"{what}: batch size", size, "movements", "none", True)
    share = rate / copied
    yield row(
        f"{what}, of COPY", rate, "1/s", f">= {GOAL_SHARE} of COPY", share >= GOAL_SHARE, copied
    )


def submit(house: House, first: int, count: int) -> tuple[float, list[float], float]:
    """Submit `count` sales from 64 threads: rate, every caller's wait, mean batch size."""
    numbers = itertools.count(first)
    latencies: list[float] = []
    failed: list[object] = []
    before = (house.orderer.batches, house.orderer.movements)

    def call() -> None:
        mine = []
        for number in numbers:
            if number >= first + count:
                break
            movement = house.sale(number)
            begin = time.perf_counter()
            receipt = house.ledger.submit(movement)
            mine.append(time.perf_counter() - begin)
            if receipt.outcome != "permitted":
                failed.append(receipt)
        latencies.extend(mine)

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = count / (time.perf_counter() - begin)
    assert not failed, failed[0]
    batches = house.orderer.batches - before[0]
    return rate, latencies, (house.orderer.movements - before[1]) / batches


def _copy_rate(house: House, count: int) -> float:
    """The same rows written by COPY in batches of 1,000, nothing else done: the limit."""
    bodies = house.ledger.read.bodies(max(0, house.ledger.read.size() - count), 2**40)
    leaf = os.urandom(32)
    with psycopg.connect(dsn(house.url)) as connection:
        connection.execute("CREATE TABLE copied (LIKE ledger_entry INCLUDING ALL)")
        connection.commit()
        begin = time.perf_counter()
        for start in range(0, len(bodies), 1000):
            with connection.cursor().copy("COPY copied FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "int8", "text", "bytea", "bytea"])
                for index, body in enumerate(bodies[start : start + 1000], start):
                    copy.write_row((index, house.now, "sale", body, leaf))
            connection.commit()
        seconds = time.perf_counter() - begin
        connection.execute("DROP TABLE copied")
    return len(bodies) / seconds
