"""Sandboxes for the tests of payments: `beside` in this process, `apart` over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.payments.sandboxes import Apart, Beside, make_keys, opened

pytest.register_assert_rewrite("tests.payments.provider_contract")


@pytest.fixture(scope="session")
def sandbox_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of a gateway and of two museums, made once per run (some seconds)."""
    return make_keys(tmp_path_factory.mktemp("sandbox-keys"))


@pytest.fixture
def beside(sandbox_keys: Path, tmp_path: Path) -> Iterator[Beside]:
    """A gateway in this process, with a clock that stands still until it is put forward."""
    with opened(Beside(sandbox_keys, tmp_path / "beside")) as place:
        yield place


@pytest.fixture(scope="module")
def apart(sandbox_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    """A gateway process for the tests of one module."""
    with opened(Apart(sandbox_keys, tmp_path_factory.mktemp("apart"))) as place:
        yield place
