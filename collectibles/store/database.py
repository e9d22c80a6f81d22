"""Transactions on the one database. Commit is the end of `begin`, and nothing else commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session


class Database:
    """Hands out sessions. The engine is made at first use, and so after any fork.

    `pool` connections serve as many threads. No session may be open across a call to a payment
    provider or to `Ledger.submit`.
    """

    def __init__(self, url: str, pool: int = 12) -> None:
        self.url = url
        self._pool = pool
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = create_engine(
                self.url,
                pool_size=self._pool,
                max_overflow=0,
                pool_timeout=10,
                pool_pre_ping=True,
                connect_args={
                    "application_name": "diancang",
                    "options": "-c lock_timeout=5000 -c statement_timeout=30000"
                    " -c idle_in_transaction_session_timeout=60000",
                },
            )
        return self._engine

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A session that commits at the end of the block and rolls back on any exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give all connections back."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
