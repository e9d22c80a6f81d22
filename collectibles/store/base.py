"""The declarative base of the service's own tables (the ledger's are in ledger/storage).

Amounts are BIGINT fen; moments BIGINT milliseconds UTC. Identifiers are random text, except where
a number is for people (cases, complaints).
"""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import BigInteger, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

from collectibles.ledger.storage.tables import metadata as ledger_metadata

Key = Annotated[str, mapped_column(Text, primary_key=True)]
Moment = Annotated[int, mapped_column(BigInteger)]
MaybeMoment = Annotated[int | None, mapped_column(BigInteger)]
Fen = Annotated[int, mapped_column(BigInteger)]


class Base(DeclarativeBase):
    """All tables of the service, under the same naming convention as the ledger's."""

    metadata = MetaData(naming_convention=ledger_metadata.naming_convention)
    type_annotation_map = {str: Text, int: BigInteger}  # noqa: RUF012


def one_of(column: str, *values: str) -> str:
    """A check that a text column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"
