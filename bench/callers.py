"""Callers of `Ledger.submit`: threads of this process, or of several processes at once."""

from __future__ import annotations

import multiprocessing
import threading
import time
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

from bench.house import House, join_house


@dataclass(frozen=True, slots=True)
class Called:
    """What callers saw: sales, when the first began and the last ended (seconds of one clock that
    all processes share), each caller's waits, and how many batches carried the sales."""

    sales: int
    begin: float
    end: float
    waits: list[float]
    batches: int

    @property
    def rate(self) -> float:
        return self.sales / (self.end - self.begin)


def together(many: list[Called]) -> Called:
    """As one, for calls made at the same time."""
    return Called(
        sum(each.sales for each in many),
        min(each.begin for each in many),
        max(each.end for each in many),
        [wait for each in many for wait in each.waits],
        sum(each.batches for each in many),
    )


def call(house: House, first: int, count: int, callers: int) -> Called:
    """Submit `count` sales from so many threads, each waiting for its receipt.

    The movements are there before: what is measured is the ledger, not the making of callers.
    """
    waiting = iter([house.sale(number) for number in range(first, first + count)])
    waits: list[float] = []
    failed: list[object] = []
    batches = house.orderer.batches

    def work() -> None:
        mine = []
        for movement in waiting:
            begin = time.monotonic()
            receipt = house.ledger.submit(movement)
            mine.append(time.monotonic() - begin)
            if receipt.outcome != "permitted":
                failed.append(receipt)
        waits.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(callers)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    end = time.monotonic()
    assert not failed, failed[0]
    assert len(waits) == count
    return Called(count, begin, end, waits, house.orderer.batches - batches)


def call_from_processes(
    house: House, first: int, count: int, callers: int, processes: int
) -> Called:
    """As `call`, with the callers spread over so many processes that share the ledger."""
    spawn = multiprocessing.get_context("spawn")
    gate, found = spawn.Barrier(processes), spawn.SimpleQueue()
    share = count // processes
    children = [
        spawn.Process(
            target=_child,
            args=(house.url, house.series, house.now, first + number * share, share,
                  callers // processes, gate, found),
        )
        for number in range(processes)
    ]  # fmt: skip
    for child in children:
        child.start()
    many = [found.get() for _ in children]
    for child in children:
        child.join()
    return together(many)


def _child(
    url: str, series: str, now: int, first: int, count: int, callers: int, gate: Barrier, found: Any
) -> None:
    house = join_house(url, series, now)
    try:
        house.ledger.submit(house.sale(first))  # connects, prepares, loads the rulebook
        gate.wait(60)
        found.put(call(house, first + 1, count - 1, callers))
    finally:
        house.close()
