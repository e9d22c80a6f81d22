"""A whole service for each test of the services, and buyers and series for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.service import Service, make_merchants, make_service


@pytest.fixture(scope="session")
def merchant_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the sandbox and the museums' merchant accounts, made once a run."""
    return make_merchants(tmp_path_factory.mktemp("merchants"))


@pytest.fixture
def service(fresh_database_url: str, merchant_keys: Path, tmp_path: Path) -> Iterator[Service]:
    """A running service on a database of its own."""
    made = make_service(fresh_database_url, tmp_path / "var", merchant_keys)
    yield made
    made.close()


@pytest.fixture
def another(
    fresh_database_url: str, tmp_path: Path, service: Service
) -> Iterator[Callable[[], Service]]:
    """Makes a second context on the same database, as another process has one."""
    from tests.services.buying import second_context

    made: list[Service] = []

    def make() -> Service:
        made.append(second_context(service, fresh_database_url, tmp_path / "var"))
        return made[-1]

    yield make
    for one in made:
        one.ctx.ledger.close()
        one.ctx.database.close()
