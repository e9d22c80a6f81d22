"""Sessions: what reads cannot write, and connections that died while they rested are replaced."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError, OperationalError

from collectibles.store import database as module
from collectibles.store.database import Database

_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def database(bare_database_url: str) -> Iterator[Database]:
    made = Database(bare_database_url, pool=1)
    with made.begin() as session:
        session.execute(text("CREATE TABLE counted (number int)"))
    yield made
    made.close()


def test_a_session_for_reading_sees_what_is_committed_and_cannot_write(database: Database) -> None:
    with database.read() as reading:
        assert reading.scalar(text("SELECT count(*) FROM counted")) == 0
        with database.begin() as session:
            session.execute(text("INSERT INTO counted VALUES (1)"))
        assert reading.scalar(text("SELECT count(*) FROM counted")) == 1
    with pytest.raises(InternalError, match="read-only"), database.read() as reading:
        reading.execute(text("INSERT INTO counted VALUES (2)"))
    with database.read() as reading:
        assert reading.scalar(text("SELECT count(*) FROM counted")) == 1


def test_a_connection_that_died_while_it_rested_is_replaced(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Database(database.url)
    with database.begin() as session, database.read() as reading:
        for each in (session, reading):
            assert each.scalar(text("SELECT 1")) == 1
    with other.begin() as session:
        assert len(session.scalars(text(_OTHERS)).all()) == 2
    other.close()
    monkeypatch.setattr(module, "REST_SECONDS", 0.0)
    with database.begin() as session, database.read() as reading:
        for each in (session, reading):
            assert each.scalar(text("SELECT 1")) == 1


def test_one_that_died_a_moment_ago_fails_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REST_SECONDS", 600.0)
    other = Database(database.url)
    with other.begin() as session:
        session.execute(text(_OTHERS))
    other.close()
    with pytest.raises(OperationalError), database.begin() as session:
        session.scalar(text("SELECT 1"))
    with database.begin() as session:
        assert session.scalar(text("SELECT 1")) == 1
