"""What anybody may read of the ledger: entries, tiles, checkpoints, values of the state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import Engine

from collectibles.errors import NotFound
from collectibles.ledger import merkle
from collectibles.ledger.merkle import HASH_SIZE
from collectibles.ledger.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    TileReader,
    Tiles,
    encode_bundle,
)

_LEAVES: Final = (
    "SELECT coalesce(string_agg(leaf, ''::bytea ORDER BY \"index\"), '')"
    ' FROM ledger_entry WHERE "index" >= %(start)s AND "index" < %(stop)s'
)
_NODES: Final = (
    "SELECT coalesce(string_agg(hash, ''::bytea ORDER BY \"index\"), '')"
    ' FROM ledger_node WHERE level = %(level)s AND "index" >= %(start)s AND "index" < %(stop)s'
)
#: Tiles that stay in memory for proofs, about 40 kB each: all above the leaves of 16,000,000
#: entries, and those of the leaves that were asked for last.
KEPT_TILES: Final = 256


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in the tree of a signed checkpoint: RFC 6962 section 2.1.1."""

    index: int
    size: int
    hashes: list[bytes]
    note: str


class HasReading(Protocol):
    """Gives an engine for reading when one is needed, so that none is made before a fork."""

    @property
    def reading(self) -> Engine: ...


class LedgerReader:
    """Reads committed entries; every query sees what is committed when it begins."""

    def __init__(self, database: HasReading) -> None:
        self._database = database
        self._tiles = Tiles(self.tile, KEPT_TILES)

    def size(self) -> int:
        """How many entries there are; 0 before the ledger is created."""
        row = self._row("SELECT size FROM ledger_head WHERE id = 1")
        return int(row[0]) if row else 0

    def note(self, size: int | None = None) -> str:
        """The signed checkpoint of this size (default: the newest). Raises NotFound."""
        if size is None:
            row = self._row("SELECT note FROM ledger_head WHERE id = 1")
        else:
            row = self._row("SELECT note FROM ledger_checkpoint WHERE size = %(size)s", size=size)
        if row is None:
            raise NotFound("no_checkpoint", "没有这个检查点。", "There is no such checkpoint.")
        return str(row[0])

    def checkpoints(self, start: int = 0) -> Iterator[tuple[int, str]]:
        """Every batch's size and signed checkpoint, above `start`, in order."""
        while True:
            rows = self._rows(
                "SELECT size, note FROM ledger_checkpoint WHERE size > %(start)s"
                " ORDER BY size LIMIT 1000",
                start=start,
            )
            yield from ((row[0], row[1]) for row in rows)
            if len(rows) < 1000:
                return
            start = rows[-1][0]

    def bodies(self, start: int, stop: int) -> list[bytes]:
        """The bytes of the entries from `start` to before `stop`, as many as there are."""
        rows = self._rows(
            'SELECT body FROM ledger_entry WHERE "index" >= %(start)s AND "index" < %(stop)s'
            ' ORDER BY "index"',
            start=start,
            stop=stop,
        )
        return [bytes(row[0]) for row in rows]

    def bodies_at(self, *indices: int) -> list[bytes]:
        """The bytes of the entries at these places, in this order. Raises NotFound."""
        rows = self._rows(
            'SELECT "index", body FROM ledger_entry WHERE "index" = ANY(%(indices)s)',
            indices=list(indices),
        )
        found = {row[0]: bytes(row[1]) for row in rows}
        if not found.keys() >= set(indices):
            raise NotFound("no_entry", "没有这条记录。", "There is no such entry.")
        return [found[index] for index in indices]

    def entry(self, index: int) -> dict[str, Any]:
        """The entry at `index`. Raises NotFound."""
        (body,) = self.bodies_at(index)
        entry: dict[str, Any] = json.loads(body)
        return entry

    def entries(self, start: int, stop: int) -> list[dict[str, Any]]:
        """The entries from `start` to before `stop`."""
        return [json.loads(body) for body in self.bodies(start, stop)]

    def entries_at(self, indices: Iterable[int]) -> dict[int, dict[str, Any]]:
        """The entries at these places, by index; those that are not there are left out."""
        rows = self._rows(
            'SELECT "index", body FROM ledger_entry WHERE "index" = ANY(%(indices)s)',
            indices=list(indices),
        )
        return {row[0]: json.loads(bytes(row[1])) for row in rows}

    def of_kinds(self, *kinds: str) -> list[tuple[int, dict[str, Any]]]:
        """All entries of kinds that are few (rulebook, member, …), with their indices."""
        rows = self._rows(
            'SELECT "index", body FROM ledger_entry WHERE kind = ANY(%(kinds)s) ORDER BY "index"',
            kinds=list(kinds),
        )
        return [(row[0], json.loads(bytes(row[1]))) for row in rows]

    def values(self, keys: Iterable[str]) -> dict[str, Any]:
        """The state's values of these keys; None where never written."""
        wanted = list(keys)
        found: dict[str, Any] = dict.fromkeys(wanted)
        for row in self._rows(
            "SELECT key, value FROM ledger_state WHERE key = ANY(%(keys)s)", keys=wanted
        ):
            found[row[0]] = json.loads(row[1])
        return found

    def value(self, key: str) -> Any:
        """The state's value of one key, or None."""
        return self.values((key,))[key]

    def tile(self, tile_level: int, n: int, width: int) -> bytes:
        """The hashes of a tile (C2SP tlog-tiles). Raises NotFound if the tree lacks any."""
        start, stop = n * TILE_WIDTH, n * TILE_WIDTH + width
        level = {"level": tile_level * TILE_HEIGHT} if tile_level else {}
        query = _NODES if tile_level else _LEAVES
        (tile,) = self._row(query, start=start, stop=stop, **level)
        if len(tile) != width * HASH_SIZE:
            raise NotFound("no_tile", "没有这个哈希块。", "There is no such tile.")
        return bytes(tile)

    def bundle(self, n: int, width: int) -> bytes:
        """An entry bundle (C2SP tlog-tiles). Raises NotFound if the tree lacks any."""
        bodies = self.bodies(n * TILE_WIDTH, n * TILE_WIDTH + width)
        if len(bodies) != width:
            raise NotFound("no_tile", "没有这个记录块。", "There is no such entry bundle.")
        return encode_bundle(bodies)

    def inclusion(self, index: int) -> Proof:
        """Proof that the entry at `index` is in the newest signed tree. Raises NotFound."""
        row = self._row("SELECT size, note FROM ledger_head WHERE id = 1")
        if row is None or not 0 <= index < row[0]:
            raise NotFound("no_entry", "没有这条记录。", "There is no such entry.")
        nodes = TileReader(row[0], self._tiles)
        return Proof(index, row[0], merkle.inclusion_proof(index, row[0], nodes), row[1])

    def inclusion_at(self, index: int, size: int) -> list[bytes]:
        """The hashes that prove an entry to be in the tree of `size` entries. Raises NotFound."""
        if not 0 <= index < size:
            raise NotFound("no_entry", "没有这条记录。", "There is no such entry.")
        return merkle.inclusion_proof(index, size, TileReader(size, self._tiles))

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Proof that the tree of `first` entries is a prefix of that of `second`."""
        if not 0 <= first <= second <= self.size():
            raise NotFound("no_tree", "没有这样大小的账本。", "There is no tree of such a size.")
        return merkle.consistency_proof(first, second, TileReader(second, self._tiles))

    def _rows(self, query: str, **values: object) -> list[Any]:
        with self._database.reading.connect() as connection:
            return list(connection.exec_driver_sql(query, values))

    def _row(self, query: str, **values: object) -> Any:
        rows = self._rows(query, **values)
        return rows[0] if rows else None
