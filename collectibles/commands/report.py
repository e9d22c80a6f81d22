"""`collectibles report PERIOD`: the compliance report on standard output."""

from __future__ import annotations

import json
import sys

from collectibles import config, wiring
from collectibles.domain.calendar import parse_period
from collectibles.services.report import as_csv, make_report


def run(period: str, form: str) -> int:
    """Print the report of a month or quarter as JSON or CSV."""
    ctx = wiring.context(config.load())
    try:
        report = make_report(ctx, period, parse_period(period))
    finally:
        ctx.database.close()
    if form == "csv":
        sys.stdout.write(as_csv(report))
    else:
        print(json.dumps(report.plain(), ensure_ascii=False, indent=1, sort_keys=True))
    return 0
