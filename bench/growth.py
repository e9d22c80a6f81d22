"""Minting, and what one more sale costs once the ledger is large."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg

from bench.callers import call
from bench.house import House
from bench.rows import Row, median, row, timed
from bench.sales import CALLERS
from collectibles.followers.following import catch_up
from collectibles.ledger.storage.writer import dsn

EDITIONS = 100_000
ROUNDS = 5


def mint_rows(house: House) -> Iterator[Row]:
    """One entry for 100,000 editions, and how soon they can be sold.

    Beside them: one small commit, and COPY of the same rows into a table of the same form.
    """
    house.publish("mint", EDITIONS)
    catch_up(house.database, house.ledger.read)
    entry = timed(lambda: house.mint(EDITIONS))
    ready = entry + timed(lambda: catch_up(house.database, house.ledger.read))
    with psycopg.connect(dsn(house.url)) as connection:
        connection.execute("CREATE TABLE copied (LIKE edition INCLUDING ALL)")
        connection.commit()
        copied = timed(lambda: _copy_editions(connection))
        connection.execute("DROP TABLE copied")
        connection.execute("CREATE TABLE one (at bigint)")
        connection.commit()
        commit = median([timed(lambda: _commit(connection)) for _ in range(50)])
    name = f"mint {EDITIONS:,} editions"
    yield row(f"{name}: the entry", entry * 1000, "ms", "<= 50", entry <= 0.05, commit * 1000)
    yield row(f"{name}: ready to sell", ready, "s", "<= 1", ready <= 1, copied)


def _copy_editions(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with connection.cursor().copy("COPY copied (series, number, state) FROM STDIN") as copy:
        for number in range(1, EDITIONS + 1):
            copy.write_row(("mint", number, "free"))
    connection.commit()


def _commit(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    connection.execute("INSERT INTO one VALUES (1)")
    connection.commit()


def cost_rows(large: House, first: int, small: House, count: int) -> Iterator[Row]:
    """A sale on the large ledger beside one on a small ledger of the same run, in turns."""
    count //= ROUNDS
    small_size, large_size = small.ledger.read.size(), large.ledger.read.size()
    costs: dict[str, list[float]] = {"large": [], "small": []}
    for number in range(ROUNDS):
        for name, house, start in (("large", large, first), ("small", small, 0)):
            called = call(house, start + number * count, count, CALLERS)
            costs[name].append(1e6 / called.rate)
    cost, before = median(costs["large"]), median(costs["small"])
    name = f"cost per sale at {large_size:,} entries, beside at {small_size:,}"
    yield row(name, cost, "us", "<= 1.2 of the small ledger's", cost <= 1.2 * before, before)


def follower_rows(house: House, first: int, count: int) -> Iterator[Row]:
    """Sales that the followers have read, beside the sales: slower, they fall behind."""
    catch_up(house.database, house.ledger.read)
    sold = timed(lambda: house.sell(first, count))
    followed = timed(lambda: catch_up(house.database, house.ledger.read))
    yield row("sales read by all followers", count / followed, "1/s", "none", True, count / sold)


def fill(house: House, first: int, entries: int) -> int:
    """Accounts and their sales from number `first` on until there are so many entries; returns
    the first number that is free then. Prints how far it is: a million take minutes."""
    begin = time.monotonic()
    while (size := house.ledger.read.size()) < entries:
        count = min(10_000, (entries - size + 1) // 2)
        house.accounts(first, count)
        house.sell(first, count)
        first += count
        size, seconds = house.ledger.read.size(), time.monotonic() - begin
        print(f"  filling: {size:,} of {entries:,}, {seconds:.0f} s", flush=True)
    return first
