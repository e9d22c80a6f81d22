"""A whole state for whoever folds a ledger without a database: on disk, little of it in memory.

SQLite's private temporary file, which nobody else reads and which is gone with its connection.
What was used last stays in memory up to a bound, so that a ledger of any size takes as much.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

#: How much of it stays in memory.
MEMORY_KIB: Final = 131_072
_TABLE: Final = "CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
_VALUES: Final = "SELECT key, value FROM state WHERE key IN (SELECT value FROM json_each(?))"
_PUT: Final = "INSERT OR REPLACE INTO state VALUES (?, ?)"
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class Kept:
    """Keys and JSON values. Used by one thread."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        for setting in (f"cache_size = -{MEMORY_KIB}", "journal_mode = OFF", "synchronous = OFF"):
            self._file.execute(f"PRAGMA {setting}")
        self._file.execute(_TABLE)

    def values(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values of these keys; None where never written."""
        wanted = sorted(keys)  # neighbours are on the same page
        found: dict[str, Any] = dict.fromkeys(wanted)
        for key, value in self._file.execute(_VALUES, (_encode(wanted),)):
            found[key] = json.loads(value)
        return found

    def put(self, changes: Mapping[str, Any]) -> None:
        """Write what a batch changed."""
        rows = [(key, _encode(value)) for key, value in sorted(changes.items())]
        self._file.execute("BEGIN")
        self._file.executemany(_PUT, rows)
        self._file.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
