"""A ledger's past, batch by batch, for what decides it again (replay.py, whatif.py).

Where it is read from stands in histories.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class History(Protocol):
    """A past to go through: how many entries it has, and what was committed together."""

    size: int

    def batches(self) -> Iterator[list[bytes]]:
        """The entries' bytes in order, batch by batch."""
        ...
