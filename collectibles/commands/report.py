"""`collectibles report PERIOD`: the compliance report on standard output."""

from __future__ import annotations

import sys

from collectibles import config, wiring
from collectibles.domain.calendar import parse_period
from collectibles.services.report import as_csv, as_json, make_report


def run(period: str, form: str) -> int:
    """Print the report of a month or quarter as JSON or CSV."""
    ctx = wiring.context(config.load())
    try:
        report = make_report(ctx, period, parse_period(period))
    finally:
        ctx.database.close()
    sys.stdout.write(as_csv(report) if form == "csv" else as_json(report))
    return 0
