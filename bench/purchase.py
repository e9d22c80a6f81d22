"""A purchase over HTTP, from the form to the collectible, with the sandbox as payment provider.

The service runs as `make run` runs it: gunicorn with two workers, the worker, the sandbox. A
purchase needs five requests of the service: the page with the form, the order, the order's page,
the provider's notice (which settles it), the order's page again. The limit is what the same
gunicorn does with five requests of a bare Flask route that makes one small commit.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from bench.rows import Row, percentile, row
from collectibles.ledger.storage.writer import dsn
from tests.running import Running, Visitor
from tests.service import make_merchants
from tests.services.buying import make_buyer, make_series

#: Two purchases a buyer: of a third within a minute the rules would have a person decide.
BUYERS, SERIES, THREADS = 48, 2, 8
REQUESTS = 5
BARE_REQUESTS = 2_000
GOAL = 0.5
_CASHIER = re.compile(r'href="(http://127\.0\.0\.1:[0-9]+/cashier/[^"]+)"')
_SETTLED = "藏品已入藏"


def rows(bare_url: str, site_url: str, folder: Path) -> Iterator[Row]:
    """Purchases a second by 8 browsers at once, each beside its share of bare requests."""
    for name in ("merchants", "bare", "site"):
        shutil.rmtree(folder / name, ignore_errors=True)
    merchants = make_merchants(folder / "merchants")
    with psycopg.connect(dsn(bare_url)) as connection:
        connection.execute("CREATE TABLE bare (number int)")
    with Running(bare_url, folder / "bare", merchants, app="bench.bare:app") as running:
        nothing, commits = _bare(running, "/nothing"), _bare(running, "/commit")
    yield row("a bare Flask route under the same gunicorn", nothing, "1/s", "none", True)
    yield row("the same with one small commit", commits, "1/s", "none", True, nothing)
    with Running(site_url, folder / "site", merchants) as running:
        rate, waits = _purchases(running)
    limit = commits / REQUESTS
    name = f"purchases over HTTP; limit: route with a commit / {REQUESTS} requests"
    yield row(name, rate, "1/s", f">= {GOAL} of the limit", rate >= GOAL * limit, limit)
    yield row("a purchase, order to settled: p99", percentile(waits, 0.99), "s", "none", True)


def _bare(running: Running, path: str) -> float:
    """Requests a second by as many browsers."""
    visitors = [Visitor(running.url) for _ in range(THREADS)]

    def ask(visitor: Visitor) -> None:
        for _ in range(BARE_REQUESTS // THREADS):
            visitor.get(path)
            assert visitor.page == "done", visitor.page

    return BARE_REQUESTS / _side_by_side(ask, visitors)


def _purchases(running: Running) -> tuple[float, list[float]]:
    """Every buyer buys one of every series: purchases a second, and each one's seconds."""
    series = [make_series(running.service, f"bench-{n}", 2 * BUYERS) for n in range(SERIES)]
    buyers = [running.visitor(make_buyer(running.ctx, n + 1)) for n in range(BUYERS)]
    first = running.visitor(make_buyer(running.ctx, 99))
    _buy(running, first, make_series(running.service, "first", 2))
    waits: list[float] = []

    def buy_all(visitor: Visitor) -> None:
        for each in series:
            waits.append(_buy(running, visitor, each))

    seconds = _side_by_side(buy_all, buyers)
    return BUYERS * SERIES / seconds, waits


def _buy(running: Running, visitor: Visitor, series: str) -> float:
    """Buy one; seconds from sending the order to the page that says it is settled.

    The buyer looks again once it is settled: looking before would be one more request.
    """
    visitor.get(f"/series/{series}")
    sent = visitor.form('name="risk_version"')
    begin = time.perf_counter()
    visitor.post(visitor.path, {**sent, "risk": "yes"})  # and on to the order's page
    (cashier,) = set(_CASHIER.findall(visitor.page))
    paid = visitor.http.post(
        cashier, data={"action": "debit_card"}, timeout=60, allow_redirects=False
    )
    assert paid.status_code == 303, paid.text
    order = visitor.path.rpartition("/")[2]
    while _state(running, order) != "settled":
        assert time.perf_counter() < begin + 60, _state(running, order)
        time.sleep(0.02)
    assert _SETTLED in visitor.get(visitor.path), visitor.page
    return time.perf_counter() - begin


def _state(running: Running, order: str) -> str | None:
    """Asked often, so by the cheapest way there is: it takes its time from what is measured."""
    with running.ctx.database.reading.connect() as connection:
        found = connection.exec_driver_sql('SELECT state FROM "order" WHERE id = %s', (order,))
        return found.scalar()


def _side_by_side(do: Callable[[Visitor], None], visitors: Sequence[Visitor]) -> float:
    begin = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(do, visitors))
    return time.perf_counter() - begin
