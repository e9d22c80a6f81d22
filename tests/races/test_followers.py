"""Many callers at once have what follows from the ledger done, by few connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from collectibles.followers.following import FOLLOWERS, catch_up
from collectibles.ledger.storage.reader import LedgerReader
from collectibles.store.database import Database
from collectibles.store.tables.oversight import Follower, Holding
from tests.races.buyers import at_once
from tests.service import Service, make_service
from tests.services.buying import make_buyer, make_series, order, pay


@pytest.fixture
def service(fresh_database_url: str, merchant_keys: Path, tmp_path: Path) -> Iterator[Service]:
    made = make_service(fresh_database_url, tmp_path / "var", merchant_keys)
    yield made
    made.close()


def test_callers_as_many_as_connections_do_not_wait_for_each_other(service: Service) -> None:
    make_series(service, "s-followed", size=3)
    for number in (1, 2, 3):
        placed = order(service.ctx, make_buyer(service.ctx, number), "s-followed")
        pay(service, placed.order_id)
        service.pump()
    with service.ctx.database.begin() as session:
        session.execute(delete(Follower))
        session.execute(delete(Holding))
    database = Database(service.ctx.settings.database_url, pool=2)
    handled = at_once(lambda _: catch_up(database, LedgerReader(database)), range(4))
    size = service.ctx.ledger.read.size()
    assert sum(handled) == size * len(FOLLOWERS)
    with database.begin() as session:
        places = session.scalars(select(Follower.next_index)).all()
        held = session.scalars(select(Holding.edition).order_by(Holding.edition)).all()
    database.close()
    assert places == [size] * len(FOLLOWERS)
    assert held == [1, 2, 3]
