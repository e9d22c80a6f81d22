"""Sixty buyers in two processes want the last edition at once; with a control that oversells."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from collectibles.errors import CollectiblesError
from collectibles.payments.sandbox.app import create_app
from tests.service import Service
from tests.services import race
from tests.services.buying import (
    assert_books_balance,
    editions,
    make_buyer,
    make_series,
    order,
    order_row,
    pay,
    rounds,
)

BUYERS = 60


def ask_all(service: Service, url: str, var_dir: Path, guarded: bool) -> list[tuple[str, str]]:
    """All buyers order in two processes; what each was answered."""
    accounts = [make_buyer(service.ctx, number) for number in range(1, BUYERS + 1)]
    spawn = multiprocessing.get_context("spawn")
    start, told = spawn.Barrier(2), spawn.Queue()
    half = BUYERS // 2
    server = make_server("127.0.0.1", 0, create_app(service.gateway), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    processes = [
        spawn.Process(
            target=race.run,
            args=(url, str(var_dir), service.clock.now_ms(), part, guarded, start, told, address),
        )
        for part in (accounts[:half], accounts[half:])
    ]
    for process in processes:
        process.start()
    answers = told.get(timeout=60) + told.get(timeout=60)
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    server.shutdown()
    return answers


def test_one_gets_the_last_edition_and_all_others_an_answer(
    service: Service, fresh_database_url: str, tmp_path: Path
) -> None:
    make_series(service, size=1)
    answers = ask_all(service, fresh_database_url, tmp_path / "var", guarded=True)
    orders = [answer for _, answer in answers if answer.startswith("o-")]
    assert len(orders) == 1
    assert Counter(answer for _, answer in answers) == {orders[0]: 1, "sold_out": BUYERS - 1}
    pay(service, orders[0])
    service.pump()
    assert order_row(service.ctx, orders[0]).state == "settled"
    assert editions(service.ctx) == {"sold": 1}
    assert_books_balance(service)


def test_without_the_guard_many_would_pay_for_one(
    service: Service, fresh_database_url: str, tmp_path: Path
) -> None:
    """The control: it shows that the race is there, and that the ledger still sells only once and
    everybody else gets their money back."""
    make_series(service, size=1)
    answers = ask_all(service, fresh_database_url, tmp_path / "var", guarded=False)
    orders = [answer for _, answer in answers if answer.startswith("o-")]
    assert len(orders) > 1
    for number in orders:
        pay(service, number)
    rounds(service)
    states = Counter(order_row(service.ctx, number).state for number in orders)
    assert states == {"settled": 1, "refunded": len(orders) - 1}
    assert_books_balance(service)


@pytest.mark.parametrize("size", [5])
def test_one_person_on_many_devices_gets_one(service: Service, size: int) -> None:
    make_series(service, size=size)
    buyer = make_buyer(service.ctx, 1)
    answers: list[str] = []
    together = threading.Barrier(8)

    def press() -> None:
        together.wait()
        try:
            answers.append(order(service.ctx, buyer).order_id)
        except CollectiblesError as problem:
            answers.append(problem.code)

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Counter(answers).values()) == [1, 7]
    assert answers.count("limit_reached_by_orders") == 7
