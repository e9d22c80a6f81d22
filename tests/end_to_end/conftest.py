"""A whole service, and people who use it over HTTP alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collectibles.web.factory import create_app
from tests.conftest import Databases
from tests.end_to_end.sources import Source, source
from tests.end_to_end.story import Seen, tell
from tests.end_to_end.town import Town
from tests.service import make_merchants, make_service


@pytest.fixture(scope="session")
def merchant_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the sandbox and the museums' merchant accounts, made once a run."""
    return make_merchants(tmp_path_factory.mktemp("merchants"))


@pytest.fixture(scope="session")
def given() -> Source:
    """What the museum brings."""
    return source()


@pytest.fixture(scope="session")
def town(
    databases: Databases, merchant_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """The service in which the story is told."""
    name = databases.make()
    folder = tmp_path_factory.mktemp("var")
    service = make_service(databases.url_of(name), folder, merchant_keys)
    yield Town(service, create_app(service.ctx))
    service.close()
    databases.drop(name)


@pytest.fixture(scope="session")
def seen(town: Town, given: Source) -> Seen:
    """The story, told once a run."""
    return tell(town, given)
