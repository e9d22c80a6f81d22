"""Findings are counted by rule and reason, once each, whatever is stopped where."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from collectibles.followers import findings
from collectibles.store.database import Database
from collectibles.store.tables.findings import RuleFinding

FIRST = {"kind": "refusal", "at": 10, "dec": {"a": "ff", "f": [["one", "x", 1], ["two", "y"]]}}
SECOND = {"kind": "hold", "at": 20, "dec": {"a": "hp", "f": [["one", "x", 2]]}}
RULED = {"kind": "ruling", "at": 30, "dec": {"a": "hp", "f": [["one", "x", 2]]}}
QUIET = {"kind": "sale", "at": 40, "dec": {"a": "pp", "f": []}}
OTHER = {"kind": "member", "at": 50}


def test_findings_are_added_up_over_batches(fresh_database_url: str) -> None:
    database = Database(fresh_database_url)
    batches = ([(1, FIRST), (2, SECOND)], [(3, RULED), (4, QUIET), (5, OTHER)])
    for batch in (*batches, [(6, {**SECOND, "at": 60})]):
        with database.begin() as session:
            findings.follow(session, batch)
    with database.begin() as session:
        rows = list(session.scalars(select(RuleFinding)))
        counted = Counter({(row.code, row.reason): row.times for row in rows})
        last = {row.code: (row.last_entry, row.last_at) for row in rows}
    assert counted == {("one", "x"): 3, ("two", "y"): 1}
    assert last == {"one": (6, 60), "two": (1, 10)}
    database.close()
