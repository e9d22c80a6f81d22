"""How long commands say how far they are: one line, rewritten, on a terminal only."""

from __future__ import annotations

import sys


def show(what: str, done: int, total: int) -> None:
    """A `ledger.progress.Progress` for people; silent where nobody watches."""
    if not sys.stderr.isatty():
        return
    share = 100 * done // total if total else 100
    print(f"\r{what}: {done:,}/{total:,} ({share}%)\033[K", end="", file=sys.stderr, flush=True)
    if done >= total:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
