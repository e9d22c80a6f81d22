"""Histories to go through: what the database holds, and what was exported.

Whether a bundle is complete and signed is for verify.py to say; here its entries are only held
against its tiles.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from collectibles.errors import BadInput
from collectibles.ledger.bundle_layout import CHECKPOINTS
from collectibles.ledger.checkpoint import Checkpoint
from collectibles.ledger.difference import Differs, differs
from collectibles.ledger.exported import Exported
from collectibles.ledger.note import Note, NoteError

#: Entries read from the database at once.
READ_AT_ONCE: Final = 1_000


class Readable(Protocol):
    """What of a LedgerReader is needed."""

    def size(self) -> int: ...

    def checkpoints(self) -> Iterator[tuple[int, str]]: ...

    def bodies(self, start: int, stop: int) -> list[bytes]: ...


class Stored:
    """What the database holds now; what is committed later is not part of it."""

    def __init__(self, read: Readable) -> None:
        self._read = read
        self.size = read.size()

    def batches(self) -> Iterator[list[bytes]]:
        """The entries' bytes in order, batch by batch, read in larger pieces."""
        entries, start = self._bodies(), 0
        for end, _ in self._read.checkpoints():
            if end > self.size:
                return
            yield list(islice(entries, end - start))
            start = end

    def _bodies(self) -> Iterator[bytes]:
        for start in range(0, self.size, READ_AT_ONCE):
            yield from self._read.bodies(start, min(start + READ_AT_ONCE, self.size))


class Bundle:
    """An exported ledger. Raises BadInput if the folder holds none, Differs if it does not fit."""

    def __init__(self, folder: Path) -> None:
        try:
            self._bundle = Exported(folder)
        except (OSError, Differs) as error:
            raise BadInput(
                "bundle",
                "no_bundle",
                f"{folder} 不是导出的账本：{error}",
                f"{folder} is no exported ledger: {error}",
            ) from error
        self.size = self._bundle.manifest.size

    def batches(self) -> Iterator[list[bytes]]:
        """The entries' bytes in order, batch by batch."""
        entries, start = self._bundle.entries(), 0
        for note in self._bundle.notes():
            end = _size(note)
            if not start < end <= self.size:
                raise differs(CHECKPOINTS, "大小不对", "a size is wrong", f"> {start}", end)
            yield [body for _, body in islice(entries, end - start)]
            start = end
        if start != self.size:
            raise differs(CHECKPOINTS, "末尾不完整", "its end is missing", self.size, start)


def _size(note: bytes) -> int:
    try:
        return Checkpoint.parse(Note.parse(note).text).size
    except NoteError as error:
        raise differs(CHECKPOINTS, "不合格式", f"not as it must be: {error}") from None
