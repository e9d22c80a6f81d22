"""Processes killed in the middle of purchases: whoever paid has a collectible or the money back."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectibles.ledger.fsck import fsck
from tests.races.buyers import (
    all_over,
    assert_every_fen_is_somewhere,
    buy_whatever_dies,
    states,
    verified,
)
from tests.running import Running
from tests.services.buying import make_series
from tests.trial import Counts, Figure

AT_A_TIME = 8
SERIES = "s-killed"
#: Each is killed at some moment of each round of purchases.
VICTIMS = ("a web worker", "the worker", "a web worker", "the whole web", "the worker")
#: What the issue allows between the restart and the end of every paid order.
WITHIN_S = 60


@pytest.fixture
def running(fresh_database_url: str, merchant_keys: Path, tmp_path: Path) -> Iterator[Running]:
    with Running(fresh_database_url, tmp_path / "var", merchant_keys) as started:
        yield started


def kill(running: Running, victim: str, rng: random.Random) -> None:
    """End it at once, as a power cut would; then start again what nobody else starts."""
    if victim == "a web worker":
        os.kill(rng.choice(running.web_workers()), signal.SIGKILL)
    elif victim == "the worker":
        os.kill(running.pid("worker"), signal.SIGKILL)
        running.start("worker")
    else:
        for pid in (running.pid("web"), *running.web_workers()):
            os.kill(pid, signal.SIGKILL)
        running.start("web")


def test_killed_in_the_middle_every_paid_order_ends(
    running: Running, rng: random.Random, counts: Counts, figure: Figure
) -> None:
    kills = counts(5, 60)
    buyers = verified(running, kills * AT_A_TIME)
    make_series(running.service, SERIES, size=len(buyers) - kills)  # some come too late
    for number in range(kills):
        group = buyers[number * AT_A_TIME : (number + 1) * AT_A_TIME]
        threads = [
            threading.Thread(
                target=buy_whatever_dies,
                args=(running.visitor(account_id=buyer), SERIES, 12.0),
            )
            for buyer in group
        ]
        for thread in threads:
            thread.start()
        time.sleep(rng.uniform(0.05, 1.5))
        killed_at = time.monotonic()
        kill(running, VICTIMS[number % len(VICTIMS)], rng)
        for thread in threads:
            thread.join()
    running.until(running.answers, "the web server")
    running.until(lambda: all_over(running, SERIES), "every paid order ends", WITHIN_S)
    seconds = round(time.monotonic() - killed_at, 1)
    figure("at most, from the last kill to the end of every paid order", seconds, "s")

    ended = states(running, SERIES)
    assert ended.get("settled", 0) >= kills * AT_A_TIME // 2, (ended, running.output())
    running.stop()
    assert_every_fen_is_somewhere(running)
    read = running.ctx.ledger.read
    sold = [
        entry["act"]["edition"] for entry in read.entries(0, read.size()) if entry["kind"] == "sale"
    ]
    assert len(sold) == len(set(sold)) == ended["settled"]
    assert fsck(running.ctx.settings.database_url).difference is None
