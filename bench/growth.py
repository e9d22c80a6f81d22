"""What a large ledger costs: minting, one more sale, a proof, a certificate."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from bench import sales
from bench.house import House
from bench.rows import Row, percentile, row, timed
from collectibles.followers.following import catch_up

EDITIONS = 100_000


def mint_rows(house: House) -> Iterator[Row]:
    """One entry for 100,000 editions, and how soon they can be sold."""
    house.publish(f"mint-{house.ledger.read.size()}", EDITIONS)
    catch_up(house.database, house.ledger.read)
    entry = timed(lambda: house.mint(EDITIONS)) * 1000
    ready = timed(lambda: catch_up(house.database, house.ledger.read)) + entry / 1000
    yield row("mint 100,000 editions: the entry", entry, "ms", "<= 50", entry <= 50)
    yield row("mint 100,000 editions: ready to sell", ready, "s", "<= 1", ready <= 1)


def fill(house: House, first: int, count: int) -> None:
    """Sales without callers waiting one by one, to make the ledger large."""
    for start in range(first, first + count, 500):
        stop = min(start + 500, first + count)
        receipts = house.ledger.submit_all([house.sale(n) for n in range(start, stop)])
        bad = [receipt for receipt in receipts if receipt.outcome != "permitted"]
        assert not bad, bad[0]


def proof_rows(house: House, samples: int = 400) -> Iterator[Row]:
    """Inclusion proofs of entries by chance."""
    size = house.ledger.read.size()
    chance = random.Random(20260301)
    waits = []
    for _ in range(samples):
        index = chance.randrange(size)
        begin = time.perf_counter()
        house.ledger.read.inclusion(index)
        waits.append(time.perf_counter() - begin)
    p99 = percentile(waits, 0.99) * 1000
    yield row(f"inclusion proof at {size:,} entries: p99", p99, "ms", "<= 5", p99 <= 5)


def sale_cost_rows(small: float, house: House, first: int, count: int) -> Iterator[Row]:
    """A sale on the large ledger beside one on the small ledger of the same run."""
    rate, _, _ = sales.submit(house, first, count)
    size = house.ledger.read.size()
    cost, before = 1e6 / rate, 1e6 / small
    name = f"cost per sale at {size:,} entries vs at a few thousand"
    yield row(name, cost, "us", "<= 1.2 of the small ledger's", cost <= 1.2 * before, before)
