"""The state table from the entries alone: to compare it (fsck.py), or to make it anew.

The fold goes into a temporary table, in batches, so that it needs little memory whatever the size
of the ledger.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection

from collectibles.domain.movements import Malformed
from collectibles.ledger import keys
from collectibles.ledger.canonical import CanonicalError
from collectibles.ledger.difference import Difference, differs, entry_differs
from collectibles.ledger.entry import Entry, decode, movement_of
from collectibles.ledger.fold import fold
from collectibles.ledger.needs import needs
from collectibles.ledger.progress import Progress, silent
from collectibles.ledger.state import Overlay
from collectibles.ledger.storage.writer import LOCK, connect

#: Entries folded between two exchanges with the database.
BATCH: Final = 1000

_MAKE = "CREATE TEMPORARY TABLE folded (LIKE ledger_state INCLUDING ALL) ON COMMIT DROP"
_LOAD = "SELECT key, value FROM folded WHERE key = ANY(%s)"
_PUT = (
    "INSERT INTO folded (key, value) SELECT key, value FROM json_each_text(%s::json)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_DIFFERENCE = (
    "SELECT key, folded.value, ledger_state.value FROM folded"
    " FULL JOIN ledger_state USING (key)"
    " WHERE folded.value IS DISTINCT FROM ledger_state.value ORDER BY key LIMIT 1"
)
_REMOVE = (
    "DELETE FROM ledger_state WHERE NOT EXISTS (SELECT FROM folded"
    " WHERE folded.key = ledger_state.key AND folded.value = ledger_state.value)"
)
_ADD = (
    "INSERT INTO ledger_state (key, value) SELECT key, value FROM folded"
    " WHERE NOT EXISTS (SELECT FROM ledger_state WHERE ledger_state.key = folded.key)"
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: entries folded, keys there are now, rows taken away and put in.

    `difference` is the first of what was not as the entries say; None if nothing had to change.
    """

    entries: int
    keys: int
    removed: int
    added: int
    difference: Difference | None


def rebuild(url: str, progress: Progress = silent) -> Rebuilt:
    """Make the state table what the entries say, in one transaction under the ledger's lock.

    Nothing commits to the ledger meanwhile. Raises Differs, changing nothing, if an entry cannot
    be folded.
    """
    with connect(url) as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        entries = fold_entries(connection, progress)
        found = state_difference(connection)
        removed = connection.execute(_REMOVE).rowcount
        added = connection.execute(_ADD).rowcount
        left = state_difference(connection)
        if left is not None:
            raise AssertionError(f"the rebuilt state is not the fold: {left.say('en')}")
        count = connection.execute("SELECT count(*) FROM ledger_state").fetchone()
        return Rebuilt(entries, count[0] if count else 0, removed, added, found)


def fold_entries(connection: Connection[tuple[Any, ...]], progress: Progress) -> int:
    """Fold all entries into the temporary table `folded`; how many there are. Raises Differs."""
    connection.execute(_MAKE)
    row = connection.execute("SELECT count(*) FROM ledger_entry").fetchone()
    size = row[0] if row else 0
    for start in range(0, size, BATCH):
        rows = connection.execute(
            "SELECT body FROM ledger_entry WHERE index >= %s AND index < %s ORDER BY index",
            (start, start + BATCH),
        ).fetchall()
        _fold_batch(connection, start, [bytes(body) for (body,) in rows])
        progress("fold", start + len(rows), size)
    return int(size)


def state_difference(connection: Connection[tuple[Any, ...]]) -> Difference | None:
    """The first key, in order, whose value in the state table is not the folded one."""
    row = connection.execute(_DIFFERENCE).fetchone()
    if row is None:
        return None
    key, expected, got = row
    zh, en = "与各条记录推算的状态不符", "not what follows from the entries"
    return differs(f"ledger_state {key}", zh, en, expected or "-", got or "-").difference


def _fold_batch(connection: Connection[tuple[Any, ...]], start: int, bodies: list[bytes]) -> None:
    entries = [decoded(start + place, body) for place, body in enumerate(bodies)]
    movements = [movement_of(entry) for entry in entries]
    loaded: dict[str, Any] = {}
    while missing := needs(movements, loaded):
        loaded |= dict.fromkeys(missing)
        for key, value in connection.execute(_LOAD, (list(missing),)):
            loaded[key] = json.loads(value)
    overlay = Overlay(loaded)
    for place, (entry, movement) in enumerate(zip(entries, movements, strict=True)):
        try:
            fold(entry, start + place, keys.act_digest(movement), overlay)
        except (KeyError, TypeError) as error:
            zh, en = "无法在此状态上推算", f"it does not fit the state before it ({error!r})"
            raise entry_differs(start + place, zh, en) from error
        overlay.keep()
    connection.execute(_PUT, (_to_json(overlay.changes),))


def decoded(index: int, body: bytes) -> Entry:
    """The entry at `index`. Raises Differs if its body is not one."""
    try:
        return decode(body)
    except (Malformed, CanonicalError) as error:
        raise entry_differs(index, "不合格式", f"malformed: {error}") from None


_to_json = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode
