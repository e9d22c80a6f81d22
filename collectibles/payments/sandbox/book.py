"""The sandbox's own book: one SQLite file, one writer at a time, every commit on disk.

Synchronous, with a write-ahead log: a kill or a power cut leaves all of a transaction or none of
it. The file is locked for as long as a gateway has it open, and nothing of the shop reads it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collectibles.errors import Unavailable

SCHEMA = """
CREATE TABLE IF NOT EXISTS charges (
    merchant TEXT NOT NULL,
    charge_no TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    asked TEXT NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    notice_url TEXT NOT NULL,
    return_url TEXT,
    identity_asked INTEGER NOT NULL,
    account_of_buyer TEXT,
    state TEXT NOT NULL CHECK (state IN ('NOTPAY', 'SUCCESS', 'REFUND', 'CLOSED')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    transaction_no TEXT UNIQUE,
    instrument TEXT,
    payer TEXT,
    payer_account TEXT,
    paid_at INTEGER,
    paid_fen INTEGER,
    paid_currency TEXT,
    PRIMARY KEY (merchant, charge_no),
    CHECK ((state IN ('SUCCESS', 'REFUND')) = (paid_at IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS charges_by_day ON charges (merchant, paid_at);
CREATE TABLE IF NOT EXISTS refunds (
    merchant TEXT NOT NULL,
    refund_no TEXT NOT NULL,
    charge_no TEXT NOT NULL,
    provider_refund_no TEXT NOT NULL UNIQUE,
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    currency TEXT NOT NULL,
    notice_url TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PROCESSING', 'SUCCESS', 'ABNORMAL')),
    outcome TEXT NOT NULL CHECK (outcome IN ('SUCCESS', 'ABNORMAL')),
    accepted_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    finished_at INTEGER,
    PRIMARY KEY (merchant, refund_no),
    FOREIGN KEY (merchant, charge_no) REFERENCES charges (merchant, charge_no),
    CHECK ((state = 'PROCESSING') = (finished_at IS NULL))
);
CREATE INDEX IF NOT EXISTS refunds_of_charge ON refunds (merchant, charge_no);
CREATE INDEX IF NOT EXISTS refunds_due ON refunds (due_at) WHERE state = 'PROCESSING';
CREATE INDEX IF NOT EXISTS refunds_by_day ON refunds (merchant, accepted_at);
CREATE TABLE IF NOT EXISTS notices (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    notice_id TEXT NOT NULL UNIQUE,
    merchant TEXT NOT NULL,
    charge_no TEXT NOT NULL,
    url TEXT NOT NULL,
    body BLOB NOT NULL,
    faults TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'acknowledged', 'given_up')),
    tries INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS notices_due ON notices (due_at, seq) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS notices_of_charge ON notices (merchant, charge_no);
CREATE TABLE IF NOT EXISTS faults (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    fault TEXT NOT NULL,
    merchant TEXT,
    charge_no TEXT,
    kind TEXT,
    detail TEXT NOT NULL
);
"""


WAIT_SECONDS = 10
"""A gateway started again waits so long for the one before it to end."""


class SandboxError(Exception):
    """What the sandbox answers when it will not: a provider's error code and HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message


class Book:
    """The file and the one connection to it; safe to share between threads."""

    def __init__(self, path: Path, wait_seconds: float = WAIT_SECONDS) -> None:
        """Raises Unavailable when another gateway still has it open after that time."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path, timeout=wait_seconds, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        try:
            for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
                self._connection.execute(f"PRAGMA {setting}").fetchone()
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.executescript(SCHEMA)
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise Unavailable(
                "sandbox_in_use",
                f"支付沙箱的账册无法打开，可能已有一个沙箱在使用：{path}",
                f"The sandbox's book cannot be opened; another sandbox may be using it: {path}",
            ) from error

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction: everything in the block is on disk afterwards, or nothing of it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Reading of one consistent state."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
