"""`make bench`: prints every row beside its limit and writes var/bench.json.

BENCH_SALES     sales through the door in one measurement (default 20,000)
BENCH_ENTRIES   entries of the large ledger (default 200,000; the design's goal is 1,000,000)
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bench import decisions, growth, sales, verifying
from bench.house import House, open_house
from bench.rows import Row, fsyncs_per_second, row
from collectibles.store.schema import create
from collectibles.supervisor import postgres

VAR = Path(os.environ.get("VAR_DIR", "var")).resolve()
SALES = int(os.environ.get("BENCH_SALES", "20000"))
ENTRIES = int(os.environ.get("BENCH_ENTRIES", "200000"))


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
    yield row("fsync calibration", fsyncs_per_second(folder), "fsync/s", "none", True)
    yield from decisions.rows()
    with postgres.start(folder) as server:
        name = f"bench_{secrets.token_hex(4)}"
        with psycopg.connect(_plain(server.admin_url), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER {postgres.ROLE}")
        try:
            url = make_url(server.url).set(database=name)
            yield from _on_ledger(folder, url.render_as_string(hide_password=False))
        finally:
            with psycopg.connect(_plain(server.admin_url), autocommit=True) as admin:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _on_ledger(folder: Path, url: str) -> Iterator[Row]:
    create(url)
    house = open_house(url)
    try:
        house.publish("large", 1_000_000)
        house.mint(1_000_000 // 2)
        house.accounts(0, SALES)
        small = list(sales.rows(house, SALES))
        yield from small
        yield from verifying.rows(house, folder)
        yield from growth.mint_rows(house)
        house.series = "large"
        yield from _when_large(house, small[0].value)
    finally:
        house.close()


def _when_large(house: House, small_rate: float) -> Iterator[Row]:
    """Fill the ledger up, then measure again what was measured when it was small."""
    more = max(0, (ENTRIES - house.ledger.read.size()) // 2)
    count = min(SALES, 10_000)
    house.accounts(SALES, more + count)
    growth.fill(house, SALES, more)
    yield from growth.proof_rows(house)
    yield from growth.sale_cost_rows(small_rate, house, SALES + more, count)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _print(each: Row) -> None:
    limit = f"limit {each.limit:,.1f} ({each.ratio:.2f})" if each.limit is not None else ""
    mark = "met" if each.met else "NOT MET"
    value = f"{each.value:,.1f} {each.unit}"
    print(f"{each.name:<64} {value:>22}  {limit:<28} goal {each.goal}: {mark}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
