"""`make bench`: prints every row beside its limit and writes var/bench.json.

BENCH_SALES     sales through the door for each of the two ways they are measured (default 20,000)
BENCH_TRANSFERS transfers remembered when a gift is looked at (default 200,000)
BENCH_ENTRIES   entries of the large ledger (default 200,000; the design's goal is 1,000,000)
BENCH_ONLY      the parts to run (default: all):
                decisions patterns ties mint sales large verify purchase
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bench import decisions, growth, patterns, purchase, reading, sales, ties, verifying
from bench.house import House, open_house
from bench.rows import Row, fsyncs_per_second, row
from collectibles.followers.following import catch_up
from collectibles.ledger.storage.writer import dsn
from collectibles.store.schema import create
from collectibles.supervisor import postgres

VAR = Path(os.environ.get("VAR_DIR", "var")).resolve()
SALES = int(os.environ.get("BENCH_SALES", "20000"))
ENTRIES = int(os.environ.get("BENCH_ENTRIES", "200000"))
ALL = "decisions patterns ties mint sales large verify purchase"
ONLY = os.environ.get("BENCH_ONLY", ALL).split()
#: Sales on the large and the small ledger to compare what one costs.
COMPARED = 10_000
FOLLOWED = 1_000


def main() -> int:
    """Measure everything there is; 0 whatever the figures are, for machines differ."""
    found: list[Row] = []
    folder = VAR / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    for each in _rows(folder):
        found.append(each)
        _print(each)
    text = json.dumps([each.plain() for each in found], ensure_ascii=False, indent=1)
    (VAR / "bench.json").write_text(text + "\n", encoding="utf-8")
    print(f"\n{VAR / 'bench.json'}: {len(found)} rows, {sum(r.met for r in found)} met")
    return 0


def _rows(folder: Path) -> Iterator[Row]:
    yield row("fsync calibration", fsyncs_per_second(folder), "1/s", "none", True)
    load, cores = os.getloadavg()[0], os.cpu_count()
    yield row("load of the machine before", load, "running", "none", True, cores)
    if "decisions" in ONLY:
        yield from decisions.rows()
    if "patterns" in ONLY:
        yield from patterns.rows()
    with postgres.start(folder) as server:
        if "ties" in ONLY:
            with _house(server) as few, _house(server) as many:
                yield from ties.rows(few, many)
        yield from _on_ledgers(server, folder)
        if "purchase" in ONLY:
            with _database(server) as bare, _database(server) as site:
                yield from purchase.rows(bare, site, folder)


def _on_ledgers(server: postgres.Server, folder: Path) -> Iterator[Row]:
    with _house(server) as small, _house(server) as house:
        if "mint" in ONLY:
            yield from growth.mint_rows(small)
        editions = ENTRIES // 2 + 2 * SALES + COMPARED
        house.publish("large", editions)
        house.mint(editions)
        catch_up(house.database, house.ledger.read)
        sold = 0
        if "sales" in ONLY:
            sold = 2 * SALES
            house.accounts(0, sold)
            yield from sales.rows(house, 0, SALES)
        if "large" in ONLY:
            sold = growth.fill(house, sold, ENTRIES)
            yield from reading.rows(house, sold, folder)
        if "verify" in ONLY:
            yield from verifying.rows(house, folder)
        if "large" in ONLY:
            yield from _compared(server, small, house, sold)


def _compared(server: postgres.Server, small: House, house: House, sold: int) -> Iterator[Row]:
    small.publish("small", COMPARED + FOLLOWED)
    small.mint(COMPARED + FOLLOWED)
    small.accounts(COMPARED, FOLLOWED)
    yield from growth.follower_rows(small, COMPARED, FOLLOWED)
    house.accounts(sold, COMPARED)
    small.accounts(0, COMPARED)
    for url, statement in ((house.url, "VACUUM ANALYZE"), (server.admin_url, "CHECKPOINT")):
        _run(url, statement)  # what the filling left to be done is no cost of the sales measured
    yield from growth.cost_rows(house, sold, small, COMPARED)


@contextmanager
def _house(server: postgres.Server) -> Iterator[House]:
    with _database(server) as url:
        house = open_house(url)
        try:
            yield house
        finally:
            house.close()


@contextmanager
def _database(server: postgres.Server) -> Iterator[str]:
    """An empty database with the schema, dropped at the end."""
    name = f"bench_{secrets.token_hex(4)}"
    _run(server.admin_url, f"CREATE DATABASE {name} OWNER {postgres.ROLE}")
    try:
        url = make_url(server.url).set(database=name).render_as_string(hide_password=False)
        create(url)
        yield url
    finally:
        _run(server.admin_url, f"DROP DATABASE {name} WITH (FORCE)")


def _run(url: str, statement: str) -> None:
    with psycopg.connect(dsn(url), autocommit=True) as connection:
        connection.execute(statement)


def _print(each: Row) -> None:
    limit = f"limit {each.limit:,.1f} ({each.ratio:.2f})" if each.limit is not None else ""
    mark = "met" if each.met else "NOT MET"
    digits = 3 if each.unit == "share" else 1
    value = f"{each.value:,.{digits}f} {each.unit}"
    goal = "" if each.goal == "none" else f"goal {each.goal}: {mark}"
    print(f"{each.name:<68} {value:>20}  {limit:<26} {goal}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
