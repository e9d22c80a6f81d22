"""One process of the race for the last edition: thirty buyers press at the same moment."""

from __future__ import annotations

import threading
from multiprocessing.synchronize import Barrier
from queue import Queue
from typing import Any

from collectibles import wiring
from collectibles.clock import SetClock
from collectibles.config import load
from collectibles.errors import CollectiblesError
from collectibles.services import reserve_edition

#: The guard off: whoever comes takes the first edition, whatever its state (the control).
UNGUARDED = (
    "UPDATE edition SET state = 'reserved', order_id = :order_id"
    " WHERE series = :series AND number = ("
    "  SELECT min(number) FROM edition WHERE series = :series)"
    " RETURNING number"
)


def run(
    url: str,
    var_dir: str,
    now_ms: int,
    accounts: list[str],
    guarded: bool,
    start: Barrier,
    told: Any,
    sandbox_url: str,
) -> None:
    """Let every account order at once; put (account, order id or error code) for each."""
    from tests.services.buying import order

    if not guarded:
        reserve_edition.RESERVE = UNGUARDED  # type: ignore[misc]
    clock = SetClock(now_ms)
    settings = load(
        {
            "DATABASE_URL": url,
            "VAR_DIR": var_dir,
            "SANDBOX_URL": sandbox_url,
            "RESALE_MODE": "at_cost",
        }
    )
    ctx = wiring.context(settings, clock)
    results: Queue[tuple[str, str]] = Queue()
    together = threading.Barrier(len(accounts))

    def press(account: str) -> None:
        if together.wait() == 0:
            start.wait()
        together.wait()
        try:
            results.put((account, order(ctx, account).order_id))
        except CollectiblesError as problem:
            results.put((account, problem.code))

    threads = [threading.Thread(target=press, args=(account,)) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put([results.get() for _ in accounts])
    ctx.ledger.close()
    ctx.database.close()
