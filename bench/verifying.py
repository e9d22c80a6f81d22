"""An exported ledger checked by somebody else: hashed, folded and decided again from its files."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from bench.decisions import recorded
from bench.house import VKEY, House
from bench.rows import Row, row
from collectibles.ledger.bundle import export
from collectibles.ledger.verify import FINE, verify

GOAL = 10_000


def rows(house: House, folder: Path) -> Iterator[Row]:
    """Export, then verify and replay; the limit of verifying is deciding as many sales."""
    target = folder / "export"
    shutil.rmtree(target, ignore_errors=True)
    size = house.ledger.read.size()
    begin = time.perf_counter()
    export(house.ledger.read, target)
    exported = time.perf_counter()
    report = verify(target, VKEY)
    end = time.perf_counter()
    assert report.exit_code == FINE, report.difference
    assert report.checked == size
    shutil.rmtree(target)
    rate, limit = size / (end - exported), recorded("sale", 1.0)[0]
    yield row(f"export of {size:,} entries", size / (exported - begin), "1/s", "none", True)
    yield row(
        f"verify and replay of {size:,} entries", rate, "1/s", f">= {GOAL}", rate >= GOAL, limit
    )
