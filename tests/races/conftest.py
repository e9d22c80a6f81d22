"""Keys of the sandbox and of the museums for services that run as processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service import make_merchants


@pytest.fixture(scope="session")
def merchant_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the sandbox and the museums' merchant accounts, made once a run."""
    return make_merchants(tmp_path_factory.mktemp("merchants"))
