"""Locks on things that have no row of their own: held to the end of the transaction."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def hold(session: Session, *name: str) -> None:
    """Wait until nobody else holds `name`, then hold it until this transaction ends.

    Take it before any row, so that no two transactions wait for each other.
    """
    session.execute(_HOLD, {"name": "/".join(name)})
