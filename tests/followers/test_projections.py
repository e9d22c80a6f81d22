"""What followers write: the same however often, in whatever batches, by however many processes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from collectibles.errors import Refused
from collectibles.followers import decisions, editions, following, holdings, messages
from collectibles.followers.following import catch_up, rebuild
from collectibles.ledger import state
from collectibles.services.freeze import Restraint, ask_restraint, confirm_restraint
from collectibles.services.request_return import request_return
from tests.service import Service, make_merchants, make_service
from tests.services.buying import (
    make_buyer,
    make_series,
    order,
    pay,
    rounds,
    second_context,
)

TABLES = {
    "edition": "series, number",
    "holding": "series, edition",
    "trail": "series, edition, entry",
    "decision": "entry",
    "rule_finding": "code, reason",
    "message": "id",
    "series_draft": "id",
}


@pytest.fixture
def service(
    fresh_database_url: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> Iterator[Service]:
    keys = make_merchants(tmp_path_factory.mktemp("merchants"))
    made = make_service(fresh_database_url, tmp_path / "var", keys)
    _tell(made)
    yield made
    made.close()


@pytest.fixture
def another(service: Service, fresh_database_url: str, tmp_path: Path) -> Iterator[Service]:
    made = second_context(service, fresh_database_url, tmp_path / "var")
    yield made
    made.ctx.ledger.close()
    made.ctx.database.close()


def _tell(service: Service) -> None:
    ctx, staff = service.ctx, service.staff
    make_series(service, size=4)
    one, two = make_buyer(ctx, 1), make_buyer(ctx, 2)
    for buyer in (one, two):
        pay(service, order(ctx, buyer).order_id)
        service.pump()
    with pytest.raises(Refused):
        order(ctx, one)
    request_return(ctx, two, "s-plain", 2, secrets.token_urlsafe(16))
    rounds(service)
    for scope, subject in (("collectible", "s-plain/1"), ("series", "s-plain"), ("account", two)):
        wanted = Restraint("freeze", scope, subject, "文1", "机关", "依据", None)
        asked = ask_restraint(ctx, "regulator-1", staff["officer-1"], wanted, secrets.token_hex(8))
        confirm_restraint(ctx, "regulator-1", staff["officer-2"], asked)


def snapshot(service: Service) -> dict[str, list[Any]]:
    with service.ctx.database.begin() as session:
        return {
            table: [
                tuple(row)
                for row in session.execute(text(f'SELECT * FROM "{table}" ORDER BY {key}'))
            ]
            for table, key in TABLES.items()
        }


def everything(service: Service) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(service.ctx.ledger.read.entries(0, service.ctx.ledger.read.size())))


def test_holdings_and_editions_are_what_the_ledgers_state_says(service: Service) -> None:
    kept = snapshot(service)
    held = {(row[0], row[1]): row[2] for row in kept["holding"]}
    for number in range(1, 5):
        value = service.ctx.ledger.read.value(state.collectible("s-plain", number))
        holder = value["holder"] if value else None
        assert held.get(("s-plain", number)) == holder
    assert [row[:3] for row in kept["edition"]] == [
        ("s-plain", 1, "sold"),
        ("s-plain", 2, "gone"),
        ("s-plain", 3, "free"),
        ("s-plain", 4, "free"),
    ]


def test_every_decision_has_one_row(service: Service) -> None:
    rows = {row[0]: row for row in snapshot(service)["decision"]}
    decided = {index for index, entry in everything(service) if "dec" in entry}
    assert set(rows) == decided
    refused = [row for row in rows.values() if row[3] == "refused"]
    assert [row[2] for row in refused] == ["sale"]
    assert refused[0][-1] == ["person_limit"]


@pytest.mark.parametrize("follower", [editions, holdings, decisions, messages])
def test_the_same_entries_twice_and_late_change_nothing(service: Service, follower: Any) -> None:
    before = snapshot(service)
    entries = json.loads(json.dumps(everything(service)))
    with service.ctx.database.begin() as session:
        follower.follow(session, entries)
    for pair in entries:
        with service.ctx.database.begin() as session:
            follower.follow(session, [pair])
    assert snapshot(service) == before


def test_projections_are_built_anew_in_small_batches_by_two_processes(
    service: Service, another: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(service)
    tables = {
        "holdings": ["holding", "trail"],
        "decisions": ["decision"],
        "findings": ["rule_finding"],
    }
    for name, emptied in tables.items():
        rebuild(service.ctx.database, name, emptied)
    assert snapshot(service)["decision"] == []
    monkeypatch.setattr(following, "BATCH", 3)

    def follow(ctx: Any) -> int:
        return catch_up(ctx.database, ctx.ledger.read)

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(follow, [service.ctx, another.ctx]))
    assert sum(counts) == 3 * service.ctx.ledger.read.size()
    assert snapshot(service) == before
    assert follow(service.ctx) == 0


def test_a_follower_that_dies_leaves_its_place_and_its_rows_together(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(service)
    rebuild(service.ctx.database, "decisions", ["decision"])
    whole = decisions.follow

    def dies(session: Any, entries: Any) -> None:
        whole(session, entries)
        if entries[-1][0] > 4:
            raise RuntimeError("killed here")

    monkeypatch.setattr(following, "BATCH", 3)
    broken = [following.Following("decisions", dies)]
    monkeypatch.setattr(following, "FOLLOWERS", broken)
    with pytest.raises(RuntimeError):
        catch_up(service.ctx.database, service.ctx.ledger.read)
    assert {row[0] for row in snapshot(service)["decision"]} <= {0, 1, 2}
    monkeypatch.setattr(following, "FOLLOWERS", [following.Following("decisions", whole)])
    catch_up(service.ctx.database, service.ctx.ledger.read)
    assert snapshot(service) == before


def test_a_follower_that_fails_does_not_keep_the_others_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(service)
    for name, tables in (("holdings", ["holding", "trail"]), ("decisions", ["decision"])):
        rebuild(service.ctx.database, name, tables)

    def fails(_session: Any, _entries: Any) -> None:
        raise RuntimeError("a defect")

    broken = [
        following.Following("holdings", fails),
        following.Following("decisions", decisions.follow),
    ]
    with monkeypatch.context() as patched:
        patched.setattr(following, "FOLLOWERS", broken)
        with pytest.raises(RuntimeError, match="a defect"):
            catch_up(service.ctx.database, service.ctx.ledger.read)
    assert snapshot(service)["decision"] == before["decision"]
    assert snapshot(service)["holding"] == []
    catch_up(service.ctx.database, service.ctx.ledger.read)
    assert snapshot(service) == before


def test_a_freeze_tells_each_holder_once(service: Service) -> None:
    told = [row for row in snapshot(service)["message"] if "冻结" in row[3]]
    words = {row[2]: row[3] for row in told}
    assert len(words) == len(told) == 3  # the holder twice, the frozen account once
    assert sum("您持有的藏品s-plain/1" in each for each in words.values()) == 1
    assert sum("您的账户" in each for each in words.values()) == 1
