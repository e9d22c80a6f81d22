"""fsck finds a hand in any column of the ledger's tables; a rebuild makes the state anew."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from collectibles.ledger.difference import Differs
from collectibles.ledger.fsck import fsck
from collectibles.ledger.rebuild import rebuild
from collectibles.ledger.storage.writer import LOCK, dsn
from tests.ledger.build import PASS_ON_AT, RETURN_AT, Trial, account, gift, refund, returned, sale
from tests.trial import Counts

TABLES = ("entry", "node", "checkpoint", "head", "state")
Rows = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def kept(database_url: str) -> Iterator[tuple[str, Rows]]:
    """A ledger of some 560 entries, and a copy of each of its tables to restore it from."""
    trial = Trial(database_url)
    trial.on_sale(buyers=300)
    trial.submit(*(sale(number, f"a{number}") for number in range(1, 101)))
    trial.submit(refund("pending", 1, 500), returned(2, "a2"), at=RETURN_AT)
    trial.submit(refund("done", 1, 500))
    for number in range(3, 40):
        trial.submit(gift(number, f"a{number}", f"a{number + 200}"), at=PASS_ON_AT + number)
    trial.submit(*(account(f"b{number}") for number in range(120)))
    trial.close()
    with psycopg.connect(dsn(database_url), autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"CREATE TABLE kept_{table} AS TABLE ledger_{table}")
        yield database_url, connection


@pytest.fixture
def stored(kept: tuple[str, Rows]) -> tuple[str, Rows]:
    """The ledger as it was built, and a connection to change it by."""
    for table in TABLES:
        kept[1].execute(f"TRUNCATE ledger_{table}")
        kept[1].execute(f"INSERT INTO ledger_{table} TABLE kept_{table}")
    return kept


def found(url: str) -> str:
    difference = fsck(url).difference
    assert difference is not None
    assert difference.zh
    return difference.say("en")


def state_of(connection: Rows) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT key, value FROM ledger_state ORDER BY key").fetchall()


def test_a_sound_ledger(stored: tuple[str, Rows]) -> None:
    heard: list[tuple[str, int, int]] = []
    checked = fsck(stored[0], lambda *each: heard.append(each))
    assert checked.difference is None
    rows = stored[1].execute("SELECT count(*) FROM ledger_checkpoint").fetchone()
    assert rows == (checked.checkpoints,)
    assert checked.entries > 512
    assert ("entries", checked.entries, checked.entries) in heard
    assert ("fold", checked.entries, checked.entries) in heard


def _other(value: Any, rng: random.Random) -> Any:
    """A value of the same type that is not the same."""
    if isinstance(value, int):
        return value + rng.choice([-1, 1])
    if isinstance(value, str):
        place = rng.randrange(len(value))
        return value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
    changed = bytearray(value)
    place = rng.randrange(len(changed) * 8)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


COLUMNS = [
    *(("entry", name) for name in ("index", "at", "kind", "body", "leaf")),
    *(("node", name) for name in ("level", "index", "hash")),
    *(("checkpoint", name) for name in ("size", "at", "note")),
    *(("head", name) for name in ("size", "at", "frontier", "note")),
    *(("state", name) for name in ("key", "value")),
]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_one_changed_value_in_any_column(
    stored: tuple[str, Rows], table: str, column: str, rng: random.Random, counts: Counts
) -> None:
    url, connection = stored
    rows = connection.execute(f"SELECT ctid::text, {column} FROM ledger_{table}").fetchall()
    for _ in range(counts(2, 200)):
        place, value = rng.choice(rows)
        changed = _other(value, rng)
        try:
            connection.execute(
                f"UPDATE ledger_{table} SET {column} = %s WHERE ctid = %s::tid", (changed, place)
            )
        except psycopg.errors.UniqueViolation:
            continue  # the database itself refuses it
        said = found(url)
        assert said.startswith(("entry " if table == "entry" else f"ledger_{table}", "entry "))
        assert not said.startswith("entry ") or table in ("entry", "checkpoint", "head")
        connection.execute(f"TRUNCATE ledger_{table}")
        connection.execute(f"INSERT INTO ledger_{table} TABLE kept_{table}")
        rows = connection.execute(f"SELECT ctid::text, {column} FROM ledger_{table}").fetchall()
    assert fsck(url).difference is None


def test_the_changed_entry_is_named(stored: tuple[str, Rows], rng: random.Random) -> None:
    url, connection = stored
    for column in ("body", "leaf", "at", "kind"):
        index = rng.randrange(1, 500)
        query = f"SELECT {column} FROM ledger_entry WHERE index = %s"
        row = connection.execute(query, (index,)).fetchone()
        assert row is not None
        change = f"UPDATE ledger_entry SET {column} = %s WHERE index = %s"
        connection.execute(change, (_other(row[0], rng), index))
        assert found(url).startswith(f"entry {index}: ")
        connection.execute(change, (row[0], index))


EDITS = {
    "an entry removed": "DELETE FROM ledger_entry WHERE index = 77",
    "the last entry removed": "DELETE FROM ledger_entry WHERE index ="
    " (SELECT max(index) FROM ledger_entry)",
    "an entry added": "INSERT INTO ledger_entry SELECT max(index) + 1, max(at), 'account',"
    " (SELECT body FROM ledger_entry WHERE index = 9), (SELECT leaf FROM ledger_entry"
    " WHERE index = 9) FROM ledger_entry",
    "an entry before the first": "INSERT INTO ledger_entry SELECT -1, at, kind, body, leaf"
    " FROM ledger_entry WHERE index = 0",
    "two entries swapped": "UPDATE ledger_entry AS a SET (at, kind, body, leaf) ="
    " (SELECT at, kind, body, leaf FROM ledger_entry AS b WHERE b.index = 209 - a.index)"
    " WHERE a.index IN (104, 105)",
    "all entries removed": "TRUNCATE ledger_entry",
    "a node removed": "DELETE FROM ledger_node WHERE index = 1",
    "a node added": "INSERT INTO ledger_node SELECT level, index + 7, hash FROM ledger_node"
    " WHERE index = 0",
    # between batches of one time it would not be missed, and nothing would hang on it
    "a checkpoint removed": "DELETE FROM ledger_checkpoint WHERE size ="
    " (SELECT min(index) FROM ledger_entry WHERE kind = 'mint')",
    "the last checkpoint removed": "DELETE FROM ledger_checkpoint WHERE size ="
    " (SELECT max(size) FROM ledger_checkpoint)",
    "a checkpoint added": "INSERT INTO ledger_checkpoint SELECT max(size) + 5, max(at), max(note)"
    " FROM ledger_checkpoint",
    "the head removed": "DELETE FROM ledger_head",
    "a key removed": "DELETE FROM ledger_state WHERE key = 'account/a7'",
    "a key added": "INSERT INTO ledger_state VALUES ('account/zz', '{}')",
    "all state removed": "TRUNCATE ledger_state",
}


@pytest.mark.parametrize("edit", EDITS)
def test_rows_removed_added_and_swapped(stored: tuple[str, Rows], edit: str) -> None:
    stored[1].execute(EDITS[edit])
    assert found(stored[0])


def test_it_is_right_while_the_ledger_is_used(fresh_database_url: str) -> None:
    trial = Trial(fresh_database_url)
    going, failed = threading.Event(), list[BaseException]()

    def use() -> None:
        number = 0
        try:
            while not going.is_set():
                trial.submit(*(account(f"u{number + each}") for each in range(7)))
                number += 7
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    sizes = []
    for _ in range(8):
        checked = fsck(fresh_database_url)
        assert checked.difference is None
        sizes.append(checked.entries)
    going.set()
    thread.join()
    assert not failed
    assert sizes[0] < sizes[-1]
    trial.close()


# Rebuild


def test_a_right_state_is_left_alone(stored: tuple[str, Rows]) -> None:
    url, connection = stored
    before = connection.execute("SELECT key, value, xmin::text FROM ledger_state").fetchall()
    made = rebuild(url)
    after = connection.execute("SELECT key, value, xmin::text FROM ledger_state").fetchall()
    assert (made.removed, made.added, made.difference) == (0, 0, None)
    assert made.keys == len(before)
    assert sorted(after) == sorted(before)


@pytest.mark.parametrize(
    ("damage", "removed", "added"),
    [
        ("TRUNCATE ledger_state", 0, None),
        (
            "DELETE FROM ledger_state WHERE key LIKE 'account/a1%'",
            0,
            111,
        ),  # a1, a10 to a19, a100 to a199
        ("UPDATE ledger_state SET value = '1' WHERE key = 'account/a1'", 1, 1),
        ("INSERT INTO ledger_state VALUES ('account/zz', '{}')", 1, 0),
    ],
)
def test_a_state_is_made_anew(
    stored: tuple[str, Rows], damage: str, removed: int, added: int | None
) -> None:
    url, connection = stored
    before = state_of(connection)
    connection.execute(damage)
    heard: list[tuple[str, int, int]] = []
    made = rebuild(url, lambda *each: heard.append(each))
    assert state_of(connection) == before
    assert (made.removed, made.added) == (removed, len(before) if added is None else added)
    assert made.difference is not None
    assert heard[-1] == ("fold", made.entries, made.entries)
    assert fsck(url).difference is None


def test_an_entry_that_cannot_be_folded_changes_nothing(stored: tuple[str, Rows]) -> None:
    url, connection = stored
    connection.execute("UPDATE ledger_state SET value = '1' WHERE key = 'account/a1'")
    before = state_of(connection)
    for change in (
        "UPDATE ledger_entry SET body = '{}' WHERE index = 200",
        # a gift of what nobody was sold: of its form, but it does not fit the state
        "UPDATE ledger_entry SET body = (SELECT replace(convert_from(body, 'UTF8'),"
        " '\"edition\":30', '\"edition\":90')::bytea FROM ledger_entry WHERE kind = 'gift'"
        " AND convert_from(body, 'UTF8') LIKE '%\"edition\":30%') WHERE index = 5",
    ):
        connection.execute(change)
        with pytest.raises(Differs) as raised:
            rebuild(url)
        assert raised.value.difference.index in (5, 200)
        connection.execute("TRUNCATE ledger_entry")
        connection.execute("INSERT INTO ledger_entry TABLE kept_entry")
    assert state_of(connection) == before


def _in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_rebuild_waits_for_the_ledgers_lock(stored: tuple[str, Rows]) -> None:
    url, connection = stored
    made: list[object] = []
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    thread = _in_thread(lambda: made.append(rebuild(url)))
    thread.join(0.7)
    assert thread.is_alive()
    assert made == []
    connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
    thread.join(20)
    assert len(made) == 1


def test_a_rebuild_in_the_middle_of_use(fresh_database_url: str) -> None:
    trial = Trial(fresh_database_url)
    threads = [
        _in_thread(lambda start=start: [trial.submit(account(f"t{start}.{n}")) for n in range(40)])  # type: ignore[misc]
        for start in range(4)
    ]
    for _ in range(3):
        assert rebuild(fresh_database_url).difference is None
    for thread in threads:
        thread.join()
    checked = fsck(fresh_database_url)
    assert (checked.difference, checked.entries) == (None, 3 + 160)
    trial.close()
