"""The front page's figures: right, and not counted for every visitor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collectibles.services.shelf import COUNT_EVERY_MS, Figures
from tests.service import Service, make_service
from tests.services.buying import make_buyer, make_series, order, pay


@pytest.fixture
def service(fresh_database_url: str, merchant_keys: Path, tmp_path: Path) -> Iterator[Service]:
    made = make_service(fresh_database_url, tmp_path / "var", merchant_keys)
    yield made
    made.close()


def test_what_is_held_is_counted_again_after_a_while(service: Service) -> None:
    make_series(service, "s-counted", size=2)
    kept = Figures()
    before = kept.of(service.ctx)
    assert (before["museums"], before["series"], before["held"]) == (2, 1, 0)
    placed = order(service.ctx, make_buyer(service.ctx, 1), "s-counted")
    pay(service, placed.order_id)
    service.pump()
    soon = kept.of(service.ctx)
    assert soon["held"] == 0
    assert soon["entries"] == service.ctx.ledger.read.size() > before["entries"]
    service.clock.advance_ms(COUNT_EVERY_MS)
    assert kept.of(service.ctx)["held"] == 1
