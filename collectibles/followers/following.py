"""Followers read the ledger in order and write what follows from it outside the ledger.

Each remembers its place in the same transaction as what it writes, so it may be stopped anywhere
and started twice. They run after a submit, so that pages show what just happened, and in the
worker, so that nothing is left behind by a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.followers import decisions, editions, holdings, messages, offers
from collectibles.ledger.storage.reader import LedgerReader
from collectibles.store.database import Database
from collectibles.store.tables.oversight import Follower

#: Entries a follower handles in one transaction.
BATCH: Final = 500

Entries = Sequence[tuple[int, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Following:
    """A follower's name, under which its place is kept, and what it does with entries."""

    name: str
    follow: Callable[[Session, Entries], None]


FOLLOWERS: Final = (
    Following("editions", editions.follow),
    Following("holdings", holdings.follow),
    Following("decisions", decisions.follow),
    Following("messages", messages.follow),
    Following("offers", offers.follow),
)


def catch_up(database: Database, read: LedgerReader) -> int:
    """Let every follower read to the end of the ledger; returns how many entries were handled."""
    size = read.size()
    return sum(_catch_up_one(database, read, following, size) for following in FOLLOWERS)


def _catch_up_one(database: Database, read: LedgerReader, following: Following, size: int) -> int:
    """One follower. Entries are read before its place is locked: so the lock is short, and nobody
    who holds a connection waits for another one."""
    handled = 0
    while (start := _place(database, following.name)) < size:
        bodies = read.entries(start, min(size, start + BATCH))
        with database.begin() as session:
            wanted = select(Follower).where(Follower.name == following.name)
            place = session.scalars(wanted.with_for_update()).one()
            if place.next_index != start:
                continue  # somebody else has been here meanwhile
            following.follow(session, list(enumerate(bodies, start)))
            place.next_index = start + len(bodies)
            handled += len(bodies)
    return handled


def _place(database: Database, name: str) -> int:
    """How far a follower has read; it begins at 0."""
    with database.begin() as session:
        found = session.scalar(select(Follower.next_index).where(Follower.name == name))
        if found is None:
            new = insert(Follower).values(name=name, next_index=0)
            session.execute(new.on_conflict_do_nothing())
        return found or 0


def rebuild(database: Database, name: str, tables: Sequence[str]) -> None:
    """Empty a follower's projection so that it is built anew from the first entry."""
    with database.begin() as session:
        for table in tables:
            session.execute(text(f"TRUNCATE {table}"))
        place = session.get(Follower, name)
        if place is not None:
            place.next_index = 0
