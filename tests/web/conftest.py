"""A whole service behind its web application, one for each module of page tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from collectibles.web.factory import create_app
from tests.service import Service, make_merchants, make_service


@pytest.fixture(scope="session")
def web_merchants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the sandbox and the museums' merchant accounts, made once a run."""
    return make_merchants(tmp_path_factory.mktemp("merchants"))


@pytest.fixture(scope="module")
def desk(
    database_url: str, web_merchants: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with institutions and their staff."""
    made = make_service(database_url, tmp_path_factory.mktemp("desk"), web_merchants)
    yield made
    made.close()


@pytest.fixture(scope="module")
def desk_app(desk: Service) -> Flask:
    """The whole web application on it, as it is served."""
    return create_app(desk.ctx)
