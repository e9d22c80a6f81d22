"""Ledgers that several tests look at. They are shared: copy them before use."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from collectibles.ledger.bundle import export
from compliance.calendar import DAY_MS
from tests.ledger.build import (
    ISSUE_AT,
    MINT_AT,
    PASS_ON_AT,
    SALE_AT,
    Memory,
    account,
    mint,
    sale,
    series,
)
from tests.ledger.story import tell


@pytest.fixture(scope="session")
def told() -> Memory:
    """The story, and then enough accounts for two full tiles and a partial one."""
    ledger = tell(Memory())
    for start in range(0, 520, 40):
        more = [account(f"m{number}") for number in range(start, start + 40)]
        ledger.done(*more, at=PASS_ON_AT + DAY_MS)
    return ledger


@pytest.fixture(scope="session")
def exported(told: Memory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    export(told, folder)
    return folder


@pytest.fixture
def bundle(exported: Path, tmp_path: Path) -> Path:
    """A copy of the honest bundle, to be changed."""
    return Path(shutil.copytree(exported, tmp_path / "bundle"))


@pytest.fixture(scope="session")
def shop() -> Memory:
    """s1 on sale, twelve of a hundred editions minted, accounts a1 to a9."""
    ledger = Memory()
    ledger.done(series(edition_size=100), at=ISSUE_AT)
    ledger.done(mint(count=12), at=MINT_AT)
    ledger.done(*(account(f"a{number}") for number in range(1, 10)), at=MINT_AT)
    return ledger


@pytest.fixture(scope="session")
def sold(shop: Memory) -> Memory:
    """The same with editions 1 to 4 sold to a1 to a4."""
    ledger = shop.copy()
    ledger.done(*(sale(number, f"a{number}") for number in range(1, 5)), at=SALE_AT)
    return ledger
