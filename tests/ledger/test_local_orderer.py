"""The local orderer: one entry and one receipt for one operation, whatever is cut in between."""

from __future__ import annotations

import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from collectibles.clock import SetClock, SystemClock
from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError, Conflict, Unavailable
from collectibles.ledger import canonical
from collectibles.ledger.fsck import fsck
from collectibles.ledger.machine import Applied, Machine
from collectibles.ledger.orderers.local import MAX_AHEAD_MS, MAX_JUMP_MS, LocalOrderer
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.ledger.signer import CheckpointSigner
from collectibles.ledger.storage.writer import LOCK, connect, dsn
from compliance import rulebook
from tests.ledger.build import (
    DIGEST,
    ISSUE_AT,
    SALE_AT,
    SIGNER,
    Trial,
    account,
    announced,
    gift,
    payment,
    sale,
)
from tests.trial import Counts, Figure

ROOT = Path(__file__).parents[2]
SPAWN = multiprocessing.get_context("spawn")
Content = tuple[str, int | None, bytes]


@pytest.fixture
def trial(fresh_database_url: str) -> Iterator[Trial]:
    made = Trial(fresh_database_url)
    yield made
    made.close()


class Forgetful(Machine):
    """The control: a machine that does not see the operation ids of earlier batches."""

    def apply(
        self, loaded: Mapping[str, Any], batch: Sequence[Movement], at: int, index: int
    ) -> Applied:
        hidden = {key: None if key.startswith("op/") else loaded[key] for key in loaded}
        return super().apply(hidden, batch, at, index)


def content(receipt: Receipt) -> Content:
    """What a receipt says, without whether it was said before."""
    return receipt.outcome, receipt.index, canonical.encode(receipt.entry)


# The same movement at once, in two processes


def _work(url: str, machine: str, threads: int, rounds: int, gate: Any, told: Any) -> None:
    """One process: in each round all threads submit the same movement and try until they know."""
    made = Forgetful(rulebook.find) if machine == "forgetful" else Machine(rulebook.find)
    orderer = LocalOrderer(url, made, CheckpointSigner(SIGNER), SetClock(SALE_AT))
    for number in range(rounds):
        movement = account(f"r{number}")
        start, receipts = threading.Barrier(threads), list[Content]()

        def submit(
            movement: Movement = movement,
            start: threading.Barrier = start,
            receipts: list[Content] = receipts,
        ) -> None:
            start.wait()
            while True:
                try:
                    receipts.append(content(orderer.submit((movement,))[0]))
                    return
                except Unavailable:
                    time.sleep(0.01)

        gate.wait()
        callers = [threading.Thread(target=submit) for _ in range(threads)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        told.put((number, receipts))
    orderer.close()


@contextmanager
def cutting(url: str, rng: random.Random) -> Iterator[list[int]]:
    """Meanwhile the ledger's database sessions are ended at random moments; how many were."""
    cut, stop = [0], threading.Event()

    def run() -> None:
        with psycopg.connect(dsn(url), autocommit=True) as connection:
            # now and then a pause, or a slow machine would never commit anything
            while not stop.wait(rng.choice((0.003, 0.01, 0.03, 0.06, 0.3))):
                rows = connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'diancang ledger'"
                ).fetchall()
                cut[0] += len(rows)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield cut
    finally:
        stop.set()
        thread.join()


def at_once(url: str, machine: str, rounds: int) -> dict[int, list[Content]]:
    """25 threads in each of two processes; the receipts by round."""
    gate, told = SPAWN.Barrier(2), SPAWN.Queue()
    arguments = (url, machine, 25, rounds, gate, told)
    workers = [SPAWN.Process(target=_work, args=arguments) for _ in range(2)]
    for worker in workers:
        worker.start()
    receipts: dict[int, list[Content]] = {}
    for _ in range(2 * rounds):
        number, found = told.get(timeout=120)
        receipts.setdefault(number, []).extend(found)
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    return receipts


def entries_of(trial: Trial, number: int) -> int:
    entries = trial.read.entries(0, trial.read.size())
    return sum(each["op"] == f"account-r{number}" for each in entries)


def test_fifty_times_at_once_while_sessions_are_cut_gives_one_entry_and_one_receipt(
    trial: Trial, rng: random.Random, counts: Counts, figure: Figure
) -> None:
    rounds = counts(12, 200)
    with cutting(trial.url, rng) as cut:
        receipts = at_once(trial.url, "machine", rounds)
    assert cut[0] > 0
    figure("sessions cut", cut[0], "sessions")
    for number in range(rounds):
        assert len(receipts[number]) == 50
        assert len(set(receipts[number])) == 1, receipts[number]
        assert receipts[number][0][0] == "permitted"
        assert entries_of(trial, number) == 1
    assert fsck(trial.url).difference is None


def test_control_without_the_operation_id_there_are_duplicates(trial: Trial) -> None:
    receipts = at_once(trial.url, "forgetful", 4)
    assert max(entries_of(trial, number) for number in receipts) > 1
    assert max(len(set(found)) for found in receipts.values()) > 1


# The answer to a commit is lost


class Cut:
    """Stands between the orderer and PostgreSQL; once, it loses the answer to a commit."""

    def __init__(self, url: str, folder: Path) -> None:
        parts = conninfo_to_dict(dsn(url))
        self._host, self._port = str(parts.get("host", "")), str(parts.get("port", "5432"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        self.armed = False
        self.lost = 0
        self.url = make_conninfo(
            dsn(url), host=str(folder), port=5432, sslmode="disable", gssencmode="disable"
        )
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._host.startswith("/"):
                server = socket.socket(socket.AF_UNIX)
                server.connect(f"{self._host}/.s.PGSQL.{self._port}")
            else:
                server = socket.create_connection((self._host or "localhost", int(self._port)))
            for source, target in ((client, server), (server, client)):
                answers = source is server
                threading.Thread(
                    target=self._pass, args=(source, target, answers), daemon=True
                ).start()

    def _pass(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(65536):
                if answers and self.armed and b"COMMIT\0" in data:
                    self.armed, self.lost = False, self.lost + 1
                    break
                target.sendall(data)
        except OSError:
            pass
        for each in (source, target):
            with ExitStack() as stack:
                stack.callback(each.close)
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


@pytest.fixture
def cut(trial: Trial) -> Iterator[Cut]:
    with tempfile.TemporaryDirectory() as folder:  # the path of a socket has to be short
        made = Cut(trial.url, Path(folder))
        yield made
        made.close()


def test_a_commit_whose_answer_is_lost_is_found_again(trial: Trial, cut: Cut) -> None:
    machine = Machine(rulebook.find)
    orderer = LocalOrderer(cut.url, machine, CheckpointSigner(SIGNER), SetClock(SALE_AT))
    orderer.submit((account("first"),))
    for number in range(5):
        cut.armed = True
        size = trial.read.size()
        receipts = orderer.submit([account(f"c{number}"), account(f"d{number}")])
        assert cut.lost == number + 1
        assert [(r.outcome, r.index) for r in receipts] == [
            ("permitted", size),
            ("permitted", size + 1),
        ]
        assert receipts[0].entry == trial.read.entry(size)
        assert trial.read.size() == size + 2
    orderer.close()
    assert fsck(trial.url).difference is None


# Receipts


def test_receipts_are_in_order_and_errors_stay_with_their_movement(trial: Trial) -> None:
    trial.on_sale(buyers=6)
    receipts = trial.ledger.submit_all(
        [
            sale(1, "a1"),
            sale(1, "a2"),
            Movement("sale", "x\0", "operator", {}),
            sale(2, "a3", payment=payment(payer="rail_cannot_tell")),
            sale(3, "a4", consideration=1),
            sale(1, "a1"),
        ]
    )
    codes = [r.error.code if r.error else r.outcome for r in receipts]
    assert codes == ["permitted", "already_sold", "malformed", "held", "refused", "permitted"]
    assert [r.repeated for r in receipts] == [False] * 5 + [True]
    first = trial.read.size() - 3
    assert [r.index for r in receipts] == [first, None, None, first + 1, first + 2, first]
    for receipt in receipts:
        if receipt.index is not None:
            assert receipt.entry == trial.read.entry(receipt.index)
    with pytest.raises(Conflict, match="already_sold"):
        trial.ledger.submit(sale(1, "a5"))


@pytest.mark.parametrize("outcome", ["held", "refused"])
def test_a_repeat_says_what_was_said_first(trial: Trial, outcome: str) -> None:
    trial.on_sale(buyers=2)
    paid = payment(payer="rail_cannot_tell") if outcome == "held" else payment(amount=1)
    first, again = (trial.ledger.submit(sale(1, "a1", payment=paid)) for _ in range(2))
    assert first.outcome == again.outcome == outcome
    assert content(first) == content(again)
    assert again.repeated


def test_a_batch_gathers_while_the_one_before_it_waits(trial: Trial) -> None:
    orderer = trial.orderer(trial.clock)
    with psycopg.connect(dsn(trial.url)) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        callers = [
            threading.Thread(target=orderer.submit, args=((account(f"g{number}"),),))
            for number in range(64)
        ]
        for caller in callers:
            caller.start()
        time.sleep(1.0)
        assert orderer.batches == 0
        other.rollback()
    for caller in callers:
        caller.join()
    assert orderer.movements == 64
    assert orderer.batches <= 3  # what was there first, and all that came while it waited
    orderer.close()


def test_preflight_says_what_submit_will_and_commits_nothing(trial: Trial) -> None:
    trial.on_sale(buyers=2)
    size = trial.read.size()
    asked = sale(1, "a1", consideration=1)
    expected = trial.ledger.preflight(asked)
    assert trial.read.size() == size
    assert expected == trial.ledger.submit(asked).decision
    assert trial.ledger.preflight(account("z")) is None
    with pytest.raises(Conflict, match="not_holder"):
        trial.ledger.preflight(gift(1, "a1", "a2"))


# Clocks


class Off:
    """A machine's own clock that is wrong by so much."""

    real = True

    def __init__(self, by: int) -> None:
        self.by = by

    def now_ms(self) -> int:
        return SystemClock().now_ms() + self.by


def said(orderer: LocalOrderer, movement: Movement) -> str:
    try:
        receipt = orderer.submit((movement,))[0]
    except CollectiblesError as error:
        return error.code
    return receipt.outcome


def test_a_ledger_ahead_of_the_clock_commits_nothing(trial: Trial) -> None:
    trial.submit(account("one"), at=SALE_AT)
    size = trial.read.size()
    trial.clock.set_ms(SALE_AT - MAX_AHEAD_MS - 1)
    with pytest.raises(Unavailable, match="ledger_ahead"):
        trial.ledger.submit(account("two"))
    assert trial.read.size() == size
    trial.clock.set_ms(SALE_AT - MAX_AHEAD_MS)
    entry = trial.ledger.submit(account("two")).entry
    assert entry is not None
    assert entry["at"] == SALE_AT  # never before the last


@pytest.mark.parametrize("by", [-MAX_JUMP_MS - 60_000, MAX_JUMP_MS + 60_000])
def test_a_real_clock_far_from_the_databases_commits_nothing(trial: Trial, by: int) -> None:
    orderer = trial.orderer(Off(by))
    assert said(orderer, account("one")) == "clock_jumped"
    assert trial.read.size() == 3
    right = trial.orderer(Off(0))
    assert said(right, account("one")) == "permitted"
    orderer.close()
    right.close()


def test_a_set_clock_may_be_anywhere(trial: Trial) -> None:
    for at in (ISSUE_AT, SALE_AT, SALE_AT + 10**11):
        trial.clock.set_ms(at)
        entry = trial.ledger.submit(account(f"at{at}")).entry
        assert entry is not None
        assert entry["at"] == at


# Processes and endings


FORK = """
import os, sys, threading, time
from collectibles.clock import SetClock
from collectibles.ledger.machine import Machine
from collectibles.ledger.orderers.local import LocalOrderer
from collectibles.ledger.signer import CheckpointSigner
from compliance import rulebook
from tests.ledger.build import SALE_AT, SIGNER, account

orderer = LocalOrderer(
    sys.argv[1], Machine(rulebook.find), CheckpointSigner(SIGNER), SetClock(SALE_AT))
orderer.submit((account("parent"),))
going = True

def hammer(name):
    number = 0
    while going:
        orderer.submit((account(f"h{name}.{number}"),))
        number += 1

threads = [threading.Thread(target=hammer, args=(name,)) for name in range(3)]
[thread.start() for thread in threads]
children = []
for number in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            receipts = orderer.submit([account(f"child{number}"), account("parent")])
            code = 0 if [r.outcome for r in receipts] == ["permitted"] * 2 else 2
        finally:
            os._exit(code)
    children.append(child)
    time.sleep(0.01)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
going = False
[thread.join() for thread in threads]
orderer.submit((account("last"),))
orderer.close()
print(codes)
sys.exit(any(codes))
"""


def test_an_orderer_in_use_survives_forks(trial: Trial, counts: Counts) -> None:
    children = counts(25, 500)
    done = subprocess.run(
        [sys.executable, "-c", FORK, trial.url, str(children)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    ops = [each["op"] for each in trial.read.entries(0, trial.read.size())]
    assert len(ops) == len(set(ops))
    assert sum(op.startswith("account-child") for op in ops) == children
    assert fsck(trial.url).difference is None


def test_closing_finishes_what_was_submitted(trial: Trial) -> None:
    orderer = trial.orderer(trial.clock)
    receipts: list[Receipt] = []
    with psycopg.connect(dsn(trial.url)) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        caller = threading.Thread(
            target=lambda: receipts.extend(orderer.submit((account("late"),)))
        )
        caller.start()
        time.sleep(0.3)
        closing = threading.Thread(target=orderer.close)
        closing.start()
        other.rollback()
    closing.join(20)
    caller.join(20)
    assert [r.outcome for r in receipts] == ["permitted"]
    with pytest.raises(Unavailable, match="stopping"):
        orderer.submit((account("later"),))


def test_without_the_rulebook_in_force_nothing_commits(trial: Trial) -> None:
    trial.on_sale(buyers=2)
    trial.submit(announced(SALE_AT + 1000, DIGEST))
    trial.clock.set_ms(SALE_AT + 1000)
    size = trial.read.size()
    with pytest.raises(Unavailable, match="rulebook_missing"):
        trial.ledger.submit_all([account("one"), sale(1, "a1"), account("two")])
    assert trial.read.size() == size


def test_a_database_that_may_forget_is_refused(fresh_database_url: str) -> None:
    with psycopg.connect(dsn(fresh_database_url), autocommit=True) as connection:
        row = connection.execute("SELECT current_database()").fetchone()
        assert row is not None
        connection.execute(f"ALTER DATABASE {row[0]} SET synchronous_commit = off")
    with pytest.raises(RuntimeError, match="synchronous_commit off"):
        connect(fresh_database_url)


def test_errors_are_new_ones_each_time(trial: Trial) -> None:
    """One exception raised by many threads would gather all their tracebacks for ever."""
    with psycopg.connect(dsn(trial.url), autocommit=True) as connection:
        connection.execute("DELETE FROM ledger_head")
    raised = []
    for _ in range(2):
        with pytest.raises(Unavailable, match="outcome_unknown") as caught:
            trial.ledger.submit(account("x"))
        raised.append(caught.value)
    assert raised[0] is not raised[1]
