"""Reading a large ledger: proofs, certificates, the regulator's report."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import text

from bench.house import VKEY, House
from bench.rows import Row, percentile, row, timed
from collectibles import config, wiring
from collectibles.clock import SystemClock
from collectibles.domain.calendar import parse_period, shanghai_date
from collectibles.services.certificate import as_document, certify
from collectibles.services.context import Context
from collectibles.services.report import as_csv, make_report

SAMPLES = 500

#: What the followers write for sales, all at once: they read 500 entries at a time, and would
#: take longer than everything else here.
_PROJECTIONS = (
    "CREATE TEMPORARY TABLE sold AS SELECT index, at, convert_from(body, 'UTF8')::json -> 'act'"
    " AS act FROM ledger_entry WHERE kind = 'sale'",
    "INSERT INTO decision (entry, at, kind, outcome, series, edition, account_id, amount, codes)"
    " SELECT index, at, 'sale', 'permitted', act ->> 'series', (act ->> 'edition')::int,"
    " act ->> 'account', (act ->> 'consideration')::bigint, '{}' FROM sold",
    "INSERT INTO trail (series, edition, entry, kind)"
    " SELECT act ->> 'series', (act ->> 'edition')::int, index, 'sale' FROM sold",
    "INSERT INTO holding (series, edition, account_id, how, since, entry)"
    " SELECT act ->> 'series', (act ->> 'edition')::int, act ->> 'account', 'sale', at, index"
    " FROM sold",
    "UPDATE follower SET next_index = (SELECT size FROM ledger_head)",
    "ANALYZE",
)


def rows(house: House, editions: int, folder: Path) -> Iterator[Row]:
    """Reading a ledger on which the first `editions` of its series are sold."""
    with house.database.engine.begin() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        for each in _PROJECTIONS:
            connection.execute(text(each))
    settings = config.load({"DATABASE_URL": house.url, "VAR_DIR": str(folder / "reader")})
    ctx = wiring.context(settings)
    try:
        yield from _proofs(ctx, house.series, editions)
        yield from _report(ctx)
    finally:
        ctx.database.close()


def _proofs(ctx: Context, series: str, editions: int) -> Iterator[Row]:
    """The limit of either is one row by its key, through the same reader."""
    chance = random.Random(20260301)
    size = ctx.ledger.read.size()
    one = _p99(lambda: ctx.ledger.read.bodies(*_span(chance.randrange(size))))
    proof = _p99(lambda: ctx.ledger.read.inclusion(chance.randrange(size)))
    whole = _p99(lambda: as_document(certify(ctx, series, chance.randrange(editions) + 1), VKEY))
    for name, value in (("inclusion proof", proof), ("certificate with its proof", whole)):
        yield row(f"{name} at {size:,} entries: p99", value, "ms", "<= 5", value <= 5, one)


def _report(ctx: Context) -> Iterator[Row]:
    """The month in which everything happened; the limit counts the same entries once."""
    size = ctx.ledger.read.size()
    month = shanghai_date(SystemClock().now_ms()).strftime("%Y-%m")
    period = parse_period(month)
    found = []
    seconds = timed(lambda: found.append(as_csv(make_report(ctx, month, period))))
    assert f"entries,sale,,{_sales(ctx)}" in found[0]
    counted = timed(lambda: _sales(ctx))
    name = f"regulator's monthly report at {size:,} entries"
    yield row(name, seconds, "s", "<= 3", seconds <= 3, counted)


def _sales(ctx: Context) -> int:
    with ctx.database.begin() as session:
        query = text("SELECT count(*) FROM ledger_entry WHERE kind = 'sale' AND at > 0")
        return int(session.scalars(query).one())


def _span(index: int) -> tuple[int, int]:
    return index, index + 1


def _p99(work: Callable[[], object]) -> float:
    """Milliseconds, of SAMPLES tries after a few that warm up."""
    for _ in range(20):
        work()
    waits = []
    for _ in range(SAMPLES):
        begin = time.perf_counter()
        work()
        waits.append(time.perf_counter() - begin)
    return percentile(waits, 0.99) * 1000
