"""The whole schema, in one place for migrations and for tests."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData

from collectibles.ledger.storage.tables import metadata as ledger_metadata
from collectibles.store.base import Base
from collectibles.store.tables import (
    catalogue,
    findings,
    holds,
    institutions,
    orders,
    oversight,
    passing,
    people,
)

#: The modules that define tables; importing them fills the metadata.
TABLE_MODULES = (catalogue, findings, holds, institutions, orders, oversight, passing, people)

METADATA: list[MetaData] = [Base.metadata, ledger_metadata]

_MIGRATIONS = Path(__file__).parents[2] / "migrations"


def create(url: str) -> None:
    """Bring the database at `url` to the newest schema; nothing happens if it is there."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, "head")
