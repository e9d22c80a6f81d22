"""The transaction that adds a batch: one load of state, one commit, nothing else in it.

Speaks psycopg directly: this is the hot path of the service. Statements that do not wait for one
another go in one pipeline, and what they carry goes as one text each, with newlines between (no
key and no canonical JSON has one): a text is adapted once, an array once for each element.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import Connection

from collectibles.ledger.merkle import Frontier
from collectibles.ledger.tiles import TILE_HEIGHT, TILE_WIDTH

#: One advisory lock orders the batches of all processes on this database.
LOCK: Final = 0x6469616E

_HEAD = (
    "SELECT size, at, frontier, note,"
    " (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM ledger_head WHERE id = 1"
)
_STATE = (
    "SELECT '{' || string_agg(to_json(key)::text || ':' || value, ',') || '}'"
    " FROM ledger_state WHERE key = ANY(string_to_array(%s, E'\\n'))"
)
_PUT_ENTRIES = (
    "INSERT INTO ledger_entry (index, at, kind, body, leaf)"
    " SELECT %s + n - 1, %s, kind, convert_to(body, 'UTF8'), substr(%b, n::int * 32 - 31, 32)"
    " FROM unnest(string_to_array(%s, E'\\n'), string_to_array(%s, E'\\n'))"
    " WITH ORDINALITY AS new (kind, body, n)"
)
_PUT_STATE = (
    "INSERT INTO ledger_state (key, value) SELECT key, value FROM json_each_text(%s::json)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_PUT_NODES = (
    "INSERT INTO ledger_node (level, index, hash)"
    " SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"
)
_PUT_CHECKPOINT = "INSERT INTO ledger_checkpoint (size, at, note) VALUES (%s, %s, %s)"
_PUT_HEAD = (
    "INSERT INTO ledger_head (id, size, at, frontier, note) VALUES (1, %s, %s, %s, %s)"
    " ON CONFLICT (id) DO UPDATE SET size = excluded.size, at = excluded.at,"
    " frontier = excluded.frontier, note = excluded.note"
    " WHERE ledger_head.size = %s"
)


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands. `database_ms` is PostgreSQL's clock, to check ours against."""

    size: int
    at: int
    frontier: Frontier
    note: str
    database_ms: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction adds to the log."""

    at: int
    kinds: list[str]
    encoded: list[bytes]
    leaves: list[bytes]
    changes: Mapping[str, Any]
    frontier: Frontier


def dsn(url: str) -> str:
    """A psycopg connection string from an SQLAlchemy URL."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def connect(url: str) -> Connection[tuple[Any, ...]]:
    """A connection for the writer. Refuses a server that does not keep what it confirms."""
    connection = psycopg.connect(
        dsn(url), autocommit=False, prepare_threshold=2, application_name="diancang ledger"
    )
    with connection.transaction():
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute(f"SHOW {setting}").fetchone()
            if row is None or row[0] != "on":
                connection.close()
                raise RuntimeError(f"PostgreSQL runs with {setting} off; the ledger needs it on")
        connection.execute("SET lock_timeout = '15s'")
        connection.execute("SET statement_timeout = '30s'")
    return connection


class Transaction:
    """One batch's transaction on a writer's connection; `begin` takes the ledger's lock."""

    def __init__(self, connection: Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def begin(self, keys: Iterable[str]) -> tuple[Head, dict[str, Any]]:
        """Lock the log; its head and the values of `keys` (None where never written)."""
        wanted = list(keys)
        with self._connection.pipeline():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            head = self._connection.execute(_HEAD, binary=True)
            found = self._connection.execute(_STATE, ("\n".join(wanted),))
        row = head.fetchone()
        if row is None:
            raise LookupError("the ledger has no head: create it first")
        size, at, hashes, note, database_ms = row
        frontier = Frontier(size, [hashes[i : i + 32] for i in range(0, len(hashes), 32)])
        return Head(size, at, frontier, note, database_ms), _values(wanted, found.fetchone())

    def load(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values of further keys."""
        wanted = list(keys)
        found = self._connection.execute(_STATE, ("\n".join(wanted),))
        return _values(wanted, found.fetchone())

    def add(self, head: Head, batch: Batch, sign: Callable[[], str]) -> None:
        """Write the batch and commit. On return it is durable; on error its fate is unknown.

        `sign` makes the signed checkpoint; it does so while PostgreSQL writes the rows.
        """
        first, at, end = head.size, batch.at, batch.frontier.size
        bodies, kinds = b"\n".join(batch.encoded).decode(), "\n".join(batch.kinds)
        levels, places, hashes = new_nodes(head.frontier, batch.leaves)
        with self._connection.pipeline():
            run = self._connection.execute
            run(_PUT_ENTRIES, (first, at, b"".join(batch.leaves), kinds, bodies))
            run(_PUT_STATE, (_to_json(batch.changes),))
            if hashes:
                run(_PUT_NODES, (levels, places, hashes))
            note = sign()
            run(_PUT_CHECKPOINT, (end, at, note))
            moved = run(_PUT_HEAD, (end, at, b"".join(batch.frontier.hashes), note, first))
            self._connection.commit()
        if moved.rowcount != 1:
            raise AssertionError("the head moved under the ledger's lock")

    def end(self) -> None:
        """Give the lock back without having written anything."""
        self._connection.rollback()


def new_nodes(before: Frontier, leaves: list[bytes]) -> tuple[list[int], list[int], list[bytes]]:
    """The nodes of 256, 65,536, … leaves that these leaves complete: levels, places, hashes.

    What a tile held before is on the frontier: its last hashes are those of the open tile.
    """
    levels: list[int] = []
    places: list[int] = []
    hashes: list[bytes] = []
    row, start, edge, level = leaves, before.size, before.hashes, 0
    while start % TILE_WIDTH + len(row) >= TILE_WIDTH:
        kept = len(edge) - (start % TILE_WIDTH).bit_count()
        tile, edge = Frontier(start % TILE_WIDTH, edge[kept:]), edge[:kept]
        full = []
        for each in row:
            tile.append(each)
            if tile.size == TILE_WIDTH:
                full.append(tile.root())
                tile = Frontier()
        row, start, level = full, start // TILE_WIDTH, level + TILE_HEIGHT
        levels += [level] * len(row)
        places += range(start, start + len(row))
        hashes += row
    return levels, places, hashes


_to_json = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode


def _values(wanted: list[str], row: Any) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(wanted)
    if row[0] is not None:
        values.update(json.loads(row[0]))
    return values
