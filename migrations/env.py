"""How migrations run: always online, one transaction for all of them, under a lock."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text

from collectibles.store.schema import METADATA

#: Two processes that start at once migrate one after the other.
_LOCK = 0x6D696772

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        context.run_migrations()
engine.dispose()
