"""Checks the stored ledger against itself: everything is computed again from the entries' bytes.

Other than `verify` it needs the database and decides nothing again; what it finds is damage, or a
hand in the tables. It reads one snapshot and may run while the service works.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection

from collectibles.ledger.checkpoint import open_checkpoint
from collectibles.ledger.difference import Difference, Differs, differs, entry_differs
from collectibles.ledger.merkle import Frontier, leaf_hash, root_of
from collectibles.ledger.note import NoteError, Verifier
from collectibles.ledger.progress import Progress, silent
from collectibles.ledger.rebuild import decoded, fold_entries, state_difference
from collectibles.ledger.storage.writer import connect
from collectibles.ledger.tiles import TILE_HEIGHT, TILE_WIDTH

#: Rows read at once.
CHUNK: Final = 1024

Rows = Connection[tuple[Any, ...]]


@dataclass(slots=True)
class Checked:
    """How much was checked, and the first difference; None if everything fits."""

    entries: int = 0
    checkpoints: int = 0
    difference: Difference | None = None


def fsck(url: str, progress: Progress = silent) -> Checked:
    """Check entries, hashes, nodes, checkpoints, head and state of the ledger at `url`."""
    checked = Checked()
    with connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SET LOCAL statement_timeout = 0")
        try:
            _check_log(connection, checked, progress)
            fold_entries(connection, progress)
            checked.difference = state_difference(connection)
        except Differs as found:
            checked.difference = found.difference
        connection.rollback()
    return checked


def _check_log(connection: Rows, checked: Checked, progress: Progress) -> None:
    """The entries against everything that is computed from them."""
    head = connection.execute("SELECT size, at, frontier, note FROM ledger_head").fetchone()
    if head is None:
        raise differs("ledger_head", "没有这一行", "the row is missing")
    size, last_at, frontier_bytes, newest = head
    frontier, checkpoints = Frontier(), _Checkpoints(connection)
    row: list[bytes] = []  # leaf hashes since the last full tile
    tiles: list[bytes] = []
    at = 0
    for index, entry, leaf in _entries(connection, size):
        if entry["at"] < at:
            raise entry_differs(index, "时间早于前一条", "its time is before the last", at)
        at = entry["at"]
        frontier.append(leaf)
        row.append(leaf)
        if len(row) == TILE_WIDTH:
            tiles.append(root_of(row))
            row = []
        if index == 0:
            checkpoints.trust(entry)
        checkpoints.check(frontier, at)
        checked.entries, checked.checkpoints = frontier.size, checkpoints.count
        if frontier.size % CHUNK == 0 or frontier.size == size:
            progress("entries", frontier.size, size)
    checkpoints.end(newest)
    _same("ledger_head", "frontier", b"".join(frontier.hashes), bytes(frontier_bytes))
    _same("ledger_head", "at", at, last_at)
    _check_nodes(connection, tiles)


def _entries(connection: Rows, size: int) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    """Index, entry and leaf hash of every row, each column held against the body."""
    expected = 0
    while True:
        rows = connection.execute(
            "SELECT index, at, kind, body, leaf FROM ledger_entry"
            " WHERE index >= %s ORDER BY index LIMIT %s",
            (expected if expected else -(2**62), CHUNK),
        ).fetchall()
        for index, at, kind, body, leaf in rows:
            if index != expected or index >= size:
                zh, en = "缺失、多余或重排的行", "a row is missing, extra or renumbered"
                raise entry_differs(min(index, expected), zh, en, f"{expected} of {size}", index)
            computed = leaf_hash(bytes(body))
            _same(f"entry {index}", "leaf", computed, bytes(leaf), index)
            entry = decoded(index, bytes(body))
            _same(f"entry {index}", "at", entry["at"], at, index)
            _same(f"entry {index}", "kind", entry["kind"], kind, index)
            yield index, entry, computed
            expected += 1
        if len(rows) < CHUNK:
            break
    if expected != size:
        raise entry_differs(expected, "该行缺失", "the row is missing", size, expected)


class _Checkpoints:
    """The stored checkpoints, taken one by one as the tree grows."""

    def __init__(self, connection: Rows) -> None:
        self._rows = self._stored(connection)
        self._next = next(self._rows, None)
        self._verifiers: list[Verifier] = []
        self._last = ""
        self._batch_at: int | None = None
        self.count = 0

    def trust(self, genesis: dict[str, Any]) -> None:
        """The key is the operator's that the first entry names."""
        act = genesis["act"]
        if genesis["kind"] != "genesis":
            raise entry_differs(0, "不是创世记录", "it is no genesis", "genesis", genesis["kind"])
        try:
            public = base64.b64decode(act["key"])
            self._verifiers = [Verifier(act["origin"], public, act["algorithm"])]
        except ValueError as error:
            raise entry_differs(0, "运营方的密钥不可用", f"the operator's key: {error}") from None

    def check(self, frontier: Frontier, at: int) -> None:
        """The checkpoint of the tree so far, if there is one of this size."""
        if self._batch_at not in (None, at):
            zh, en = "此前缺少检查点", "a checkpoint is missing before it: it is of another batch"
            raise entry_differs(frontier.size - 1, zh, en, self._batch_at, at)
        self._batch_at = at
        if self._next is None or self._next[0] > frontier.size:
            return
        size, stored_at, note = self._next
        where = f"ledger_checkpoint {size}"
        _same(where, "size", frontier.size, size)
        try:
            signed = open_checkpoint(note.encode(), self._verifiers).checkpoint
        except NoteError as error:
            raise differs(where, "签名或格式不对", f"not signed as it must be: {error}") from None
        _same(where, "note: size", size, signed.size)
        _same(where, "note: root", frontier.root(), signed.root)
        _same(where, "at", at, stored_at)
        self._last, self._next, self._batch_at = note, next(self._rows, None), None
        self.count += 1

    def end(self, newest: str) -> None:
        """After all entries: no checkpoint is left, and the last one is the head's."""
        if self._next is not None:
            where = f"ledger_checkpoint {self._next[0]}"
            raise differs(where, "超出账本", "it is beyond the ledger's end")
        _same("ledger_head", "note", self._last, newest)

    @staticmethod
    def _stored(connection: Rows) -> Iterator[tuple[Any, ...]]:
        size = -(2**62)
        while True:
            rows = connection.execute(
                "SELECT size, at, note FROM ledger_checkpoint WHERE size > %s"
                " ORDER BY size LIMIT %s",
                (size, CHUNK),
            ).fetchall()
            yield from rows
            if len(rows) < CHUNK:
                return
            size = rows[-1][0]


def _check_nodes(connection: Rows, tiles: list[bytes]) -> None:
    """The stored nodes are the roots of the full tiles, of 256 of those, and so on."""
    expected, level, row = [], TILE_HEIGHT, tiles
    while row:
        expected += [(level, index, each) for index, each in enumerate(row)]
        full = range(0, len(row) // TILE_WIDTH * TILE_WIDTH, TILE_WIDTH)
        row, level = [root_of(row[n : n + TILE_WIDTH]) for n in full], level + TILE_HEIGHT
    rows = connection.execute("SELECT level, index, hash FROM ledger_node ORDER BY level, index")
    stored = [(level, index, bytes(each)) for level, index, each in rows]
    for one, other in zip(expected, stored, strict=False):
        _same(f"ledger_node {one[0]}/{one[1]}", "row", one, other)
    _same("ledger_node", "rows", len(expected), len(stored))


def _same(where: str, what: str, expected: object, got: object, index: int | None = None) -> None:
    if expected != got:
        zh, en = f"{what} 与重新计算的不符", f"{what} is not what was computed again"
        if index is not None:
            raise entry_differs(index, zh, en, expected, got)
        raise differs(where, zh, en, expected, got)
