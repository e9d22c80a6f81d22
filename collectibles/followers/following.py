"""Followers read the ledger in order and write what follows from it outside the ledger.

Each remembers its place in the same transaction as what it writes, so it may be stopped anywhere
and started twice; those at the same place share that transaction. They run after a submit, so that
pages show what just happened, and in the worker, so that nothing is left behind by a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from collectibles.followers import (
    decisions,
    editions,
    findings,
    holdings,
    holds,
    messages,
    offers,
)
from collectibles.followers.subjects import with_holds
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


#: In this order: rows are locked in one order everywhere, an order's before its edition's.
FOLLOWERS: Final = (
    Following("offers", offers.follow),
    Following("editions", editions.follow),
    Following("holdings", holdings.follow),
    Following("decisions", decisions.follow),
    Following("findings", findings.follow),
    Following("messages", messages.follow),
    Following("holds", holds.follow),
)


def catch_up(database: Database, read: LedgerReader) -> int:
    """Let every follower read to the end of the ledger; returns how many entries were handled."""
    size = read.size()
    try:
        return _follow(database, read, FOLLOWERS, size)
    except OperationalError:
        raise
    except Exception:
        return _each_by_itself(database, read, size)


def _each_by_itself(database: Database, read: LedgerReader, size: int) -> int:
    """After a failure: one that fails shall not keep the others back. Raises what it raised."""
    handled, problem = 0, None
    for each in FOLLOWERS:
        try:
            handled += _follow(database, read, (each,), size)
        except OperationalError:
            raise
        except Exception as error:
            problem = problem or error
    if problem is not None:
        raise problem
    return handled


def _follow(
    database: Database, read: LedgerReader, followings: Sequence[Following], size: int
) -> int:
    """Take these followers to `size`; those at the same place go on in one transaction.

    Entries are read before places are locked: so the lock is short, and nobody who holds a
    connection waits for another one.
    """
    handled = 0
    places = _places(database, followings)
    while (start := min(places.values())) < size:
        further = [place for place in places.values() if place > start]
        stop = min(size, start + BATCH, *further)
        bodies = dict(enumerate(read.entries(start, stop), start))
        entries = list(with_holds(read, bodies).items())
        behind = [each for each in followings if places[each.name] == start]
        moved = _go_on(database, behind, entries, start, stop)
        handled += len(entries) * len(moved)
        places |= dict.fromkeys(moved, stop)
        if len(moved) < len(behind):  # somebody else has been here meanwhile
            places = _places(database, followings)
    return handled


def _go_on(
    database: Database, behind: Sequence[Following], entries: Entries, start: int, stop: int
) -> list[str]:
    """Have the entries followed by those that are still at `start`; their names."""
    moved = []
    names = [each.name for each in behind]
    with database.begin() as session:
        wanted = select(Follower.name).where(Follower.name.in_(names), Follower.next_index == start)
        still = set(session.scalars(wanted.order_by(Follower.name).with_for_update()))
        for each in behind:
            if each.name in still:
                each.follow(session, entries)
                moved.append(each.name)
        session.execute(update(Follower).where(Follower.name.in_(moved)).values(next_index=stop))
    return moved


def _places(database: Database, followings: Sequence[Following]) -> dict[str, int]:
    """How far each follower has read; it begins at 0."""
    names = [each.name for each in followings]
    wanted = select(Follower.name, Follower.next_index).where(Follower.name.in_(names))
    with database.read() as session:
        found = {row.name: row.next_index for row in session.execute(wanted)}
    missing = [name for name in names if name not in found]
    if missing:
        new = insert(Follower).values([{"name": name, "next_index": 0} for name in missing])
        with database.begin() as session:
            session.execute(new.on_conflict_do_nothing())
    return dict.fromkeys(missing, 0) | found


def rebuild(database: Database, name: str, tables: Sequence[str]) -> None:
    """Empty a follower's projection so that it is built anew from the first entry."""
    with database.begin() as session:
        for table in tables:
            session.execute(text(f"TRUNCATE {table}"))
        place = session.get(Follower, name)
        if place is not None:
            place.next_index = 0
