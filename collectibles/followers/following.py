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
    handled = 0
    while True:
        with database.begin() as session:
            session.execute(
                insert(Follower).values(name=following.name, next_index=0).on_conflict_do_nothing()
            )
            place = session.scalar(
                select(Follower).where(Follower.name == following.name).with_for_update()
            )
            assert place is not None
            if place.next_index >= size:
                return handled
            bodies = read.entries(place.next_index, min(size, place.next_index + BATCH))
            following.follow(session, list(enumerate(bodies, place.next_index)))
            place.next_index += len(bodies)
            handled += len(bodies)


def rebuild(database: Database, name: str, tables: Sequence[str]) -> None:
    """Empty a follower's projection so that it is built anew from the first entry."""
    with database.begin() as session:
        for table in tables:
            session.execute(text(f"TRUNCATE {table}"))
        place = session.get(Follower, name)
        if place is not None:
            place.next_index = 0
