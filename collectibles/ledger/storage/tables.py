"""The ledger's own tables. Entries, nodes and checkpoints are only ever added; state is folded.

`ledger_entry.leaf` is the leaf hash (RFC 6962); `ledger_node` holds the hash of each complete
subtree of 256, 65,536, … leaves, so that every tile is one range of rows and no row is rewritten.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

entry = Table(
    "ledger_entry",
    metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    CheckConstraint("length(leaf) = 32", "leaf_is_sha256"),
    # The kinds that are few are found without reading all the others.
    Index(
        "ix_ledger_entry_few",
        "kind",
        "index",
        postgresql_where=text("kind NOT IN ('account', 'sale', 'gift', 'resale', 'refund')"),
    ),
)

node = Table(
    "ledger_node",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("length(hash) = 32", "hash_is_sha256"),
)

checkpoint = Table(
    "ledger_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
)

head = Table(
    "ledger_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("id = 1", "one_row"),
)

state = Table(
    "ledger_state",
    metadata,
    Column("key", Text(collation="C"), primary_key=True),
    Column("value", Text, nullable=False),
)
