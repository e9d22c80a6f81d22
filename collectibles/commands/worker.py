"""`collectibles worker`: follows the ledger and watches payments, until told to stop."""

from __future__ import annotations

import logging
import signal
import threading

from collectibles import config, wiring
from collectibles.services.work import work

log = logging.getLogger(__name__)

#: Between two rounds. What a page does itself does not wait for this.
PAUSE_SECONDS = 2.0


def run() -> int:
    """Work in rounds; a round that fails is logged and tried again, for nothing here is lost."""
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    ctx = wiring.context(config.load())
    while not stopping.is_set():
        try:
            work(ctx)
        except Exception:
            log.exception("a round of the worker failed; the next one tries again")
        stopping.wait(PAUSE_SECONDS)
    ctx.ledger.close()
    ctx.database.close()
    return 0
