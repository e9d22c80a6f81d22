"""Many buyers at once for the last edition, in two worker processes, with real money movements."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectibles.ledger.bundle import export
from collectibles.ledger.verify import verify
from tests.races.buyers import (
    SOLD_OUT,
    all_over,
    assert_every_fen_is_somewhere,
    at_once,
    before_the_form,
    pay,
    send_form,
    side_by_side,
    states,
    verified,
)
from tests.running import Running, Visitor
from tests.services.buying import make_series
from tests.trial import Counts, Figure

SERIES = "s-last"


@pytest.fixture
def running(fresh_database_url: str, merchant_keys: Path, tmp_path: Path) -> Iterator[Running]:
    with Running(fresh_database_url, tmp_path / "var", merchant_keys) as started:
        yield started


def without(guards: tuple[str, ...], database_url: str, keys: Path, folder: Path) -> Running:
    """The same service with guards taken away."""
    named = ", ".join(repr(guard) for guard in guards)
    worker = (sys.executable, "-m", "tests.races.unguarded", *guards)
    app = f"tests.races.unguarded:app({named})"
    return Running(database_url, folder, keys, app=app, worker=worker)


def sales_of(running: Running) -> list[int]:
    """The edition of every sale on the ledger."""
    read = running.ctx.ledger.read
    return [
        entry["act"]["edition"]
        for entry in read.entries(0, read.size())
        if entry["kind"] == "sale" and entry["act"]["series"] == SERIES
    ]


def ask(visitor: Visitor) -> tuple[int, str, float]:
    """Send the form: status, the path that came, and how many seconds it took."""
    begun = time.monotonic()
    path = send_form(visitor)
    return visitor.status, path, time.monotonic() - begun


def test_two_hundred_at_once_for_the_last_edition_and_one_gets_it(
    running: Running, figure: Figure
) -> None:
    buyers = verified(running, 201)
    make_series(running.service, SERIES, size=2)
    (early,) = before_the_form(running, buyers[200:], SERIES)
    send_form(early)
    pay(early)
    running.until(lambda: states(running, SERIES).get("settled") == 1, "the first sale")
    visitors = before_the_form(running, buyers[:200], SERIES)
    answers = at_once(ask, visitors)

    ordered = [v for v in visitors if v.path.startswith("/orders/")]
    assert len(ordered) == 1
    for visitor, (status, path, _) in zip(visitors, answers, strict=True):
        if visitor is ordered[0]:
            assert status == 200
        else:
            assert (status, path) == (422, f"/series/{SERIES}"), (status, path)
            assert SOLD_OUT in visitor.page
    seconds = sorted(seconds for _, _, seconds in answers)
    figure("the slowest of 200 answers", round(seconds[-1], 2), "s")
    figure("the median of 200 answers", round(seconds[100], 2), "s")

    pay(ordered[0])
    running.until(lambda: states(running, SERIES).get("settled") == 2, "the last sale")
    for visitor in visitors[:5]:
        if visitor is not ordered[0]:
            visitor.get(f"/series/{SERIES}")
            assert "售罄" in visitor.page or SOLD_OUT in visitor.page
    assert sorted(sales_of(running)) == [1, 2]
    assert states(running, SERIES) == {"settled": 2}
    running.stop()
    assert len(running.book().paid) == 2
    assert_every_fen_is_somewhere(running)


def all_pay_for_one_edition(running: Running, count: int) -> None:
    """Where nothing is reserved, everybody gets an order for the same edition and pays it."""
    buyers = verified(running, count)
    make_series(running.service, SERIES, size=1)
    visitors = before_the_form(running, buyers, SERIES)
    at_once(ask, visitors)
    assert all(visitor.path.startswith("/orders/") for visitor in visitors)
    at_once(pay, visitors)
    running.until(lambda: all_over(running, SERIES) and "placed" not in states(running, SERIES),
                  "orders over", 90)  # fmt: skip
    side_by_side(lambda visitor: visitor.get(visitor.path), visitors)
    for visitor in visitors:
        assert visitor.status == 200
        assert ("藏品已入藏" in visitor.page) != ("款项已原路退回" in visitor.page)


def test_without_the_reservation_the_ledger_sells_it_once_and_all_others_get_their_money_back(
    fresh_database_url: str, merchant_keys: Path, tmp_path: Path, counts: Counts
) -> None:
    count = counts(16, 200)
    folder = tmp_path / "var"
    with without(("reservation",), fresh_database_url, merchant_keys, folder) as running:
        all_pay_for_one_edition(running, count)
        assert states(running, SERIES) == {"settled": 1, "refunded": count - 1}
        assert sales_of(running) == [1]
        running.stop()
        assert len(running.book().paid) == count
        assert_every_fen_is_somewhere(running)


def test_control_without_reservation_and_ledger_it_is_sold_more_than_once(
    fresh_database_url: str, merchant_keys: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "var"
    guards = ("reservation", "ledger")
    with without(guards, fresh_database_url, merchant_keys, folder) as running:
        all_pay_for_one_edition(running, 8)
        assert len(sales_of(running)) > 1
        assert set(sales_of(running)) == {1}
        assert states(running, SERIES)["settled"] > 1
        running.stop()
        export(running.ctx.ledger.read, tmp_path / "bundle")
    report = verify(tmp_path / "bundle")
    assert report.difference is not None
    assert report.difference.index is not None
