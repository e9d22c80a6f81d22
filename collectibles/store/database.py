"""Transactions on the one database. Commit is the end of `begin`, and nothing else commits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session

_OPTIONS: Final = (
    "-c lock_timeout=5000 -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
)
#: A connection that has rested this long may have died meanwhile: it is tried before it is used.
REST_SECONDS: Final = 1.0


class Database:
    """Hands out sessions. The engines are made at first use, and so after any fork.

    `pool` connections serve as many threads, and as many again for reading. No session may be open
    across a call to a payment provider or to `Ledger.submit`.
    """

    def __init__(self, url: str, pool: int = 12) -> None:
        self.url = url
        self._pool = pool
        self._engine: Engine | None = None
        self._reading: Engine | None = None

    @property
    def engine(self) -> Engine:
        """Connections for transactions."""
        if self._engine is None:
            self._engine = self._made(_OPTIONS)
        return self._engine

    @property
    def reading(self) -> Engine:
        """Connections on which every statement is by itself, and PostgreSQL refuses to write.

        At our isolation (read committed) a statement sees what is committed when it begins, within
        a transaction or not; without one, its begin and its end need not be sent.
        """
        if self._reading is None:
            options = f"{_OPTIONS} -c default_transaction_read_only=on"
            self._reading = self._made(options, isolation_level="AUTOCOMMIT")
        return self._reading

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A session that commits at the end of the block and rolls back on any exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads; what it gives may be used after the block."""
        with Session(self.reading, expire_on_commit=False, autoflush=False) as session:
            yield session

    def close(self) -> None:
        """Give all connections back."""
        for engine in (self._engine, self._reading):
            if engine is not None:
                engine.dispose()
        self._engine = self._reading = None

    def _made(self, options: str, **more: Any) -> Engine:
        engine = create_engine(
            self.url,
            pool_size=self._pool,
            max_overflow=0,
            pool_timeout=10,
            connect_args={"application_name": "diancang", "options": options},
            **more,
        )
        _try_what_has_rested(engine)
        return engine


def _try_what_has_rested(engine: Engine) -> None:
    """As the pool's own `pre_ping`, but not for a connection that was of use a moment ago."""

    def came_back(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    def goes_out(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("it died while it rested") from error

    event.listen(engine, "checkin", came_back)
    event.listen(engine, "checkout", goes_out)
