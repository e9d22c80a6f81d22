"""The local orderer: one PostgreSQL transaction per batch, group commit, any number of processes.

Callers of one process leave their movements with one combiner thread, started at the first of
them and so after any fork. The combiner takes what is waiting, takes the ledger's lock (which
orders the processes), takes whoever has come meanwhile, loads the state once, applies the machine,
signs once, commits once, and wakes its callers. While it commits, the next batch gathers.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import psycopg
from psycopg import Connection

from collectibles.clock import Clock
from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError, Unavailable
from collectibles.ledger.entry import decode
from collectibles.ledger.machine import Machine, Result, needs
from collectibles.ledger.merkle import leaf_hash
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.ledger.signer import CheckpointSigner
from collectibles.ledger.storage.writer import Batch, Head, Transaction, connect
from compliance.decision import HELD, PERMITTED, REFUSED

log = logging.getLogger(__name__)

#: Movements in one batch: enough for every caller there can be, small enough to stay quick.
MAX_BATCH: Final = 512
#: How long a caller waits for its receipt before it is told to ask again.
PATIENCE_SECONDS: Final = 40.0
#: Pauses before a batch is tried again after the connection failed.
RETRY_SECONDS: Final = (0.0, 0.1, 0.5, 2.0, 4.0)
#: The ledger's time may be ahead of the clock by this much, and the clock away from PostgreSQL's.
MAX_AHEAD_MS: Final = 5_000
MAX_JUMP_MS: Final = 3_600_000

#: The orderers of this process. A forked child has to forget what only its parent has.
_ORDERERS: Final[weakref.WeakSet[LocalOrderer]] = weakref.WeakSet()


def _unknown() -> Unavailable:
    return Unavailable(
        "outcome_unknown",
        "账本没有及时答复，结果未知。请用同一编号重试，不会重复登记。",
        "The ledger did not answer in time and the outcome is not known. Try again with the same "
        "id; nothing will be recorded twice.",
    )


class _Call:
    """One caller's movements, and the lock it sleeps on until they are answered."""

    __slots__ = ("error", "movements", "receipts", "wake")

    def __init__(self, movements: Sequence[Movement]) -> None:
        self.movements = movements
        self.receipts: list[Receipt] = []
        self.error: Exception | None = None
        self.wake = threading.Lock()
        self.wake.acquire()


class LocalOrderer:
    """Orders batches by PostgreSQL's advisory lock; see the module's text."""

    def __init__(self, url: str, machine: Machine, signer: CheckpointSigner, clock: Clock) -> None:
        self._url = url
        self._machine = machine
        self._signer = signer
        self._clock = clock
        self._waiting: deque[_Call] = deque()
        self._arrived = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._connection: Connection[tuple[Any, ...]] | None = None
        self._parents: list[object] = []  # connections, kept so that nobody closes them here
        _ORDERERS.add(self)
        self.batches = 0  # since the start of this process, for metrics
        self.movements = 0

    def submit(self, movements: Sequence[Movement]) -> list[Receipt]:
        """See `Orderer`. Never call it inside an open transaction: it commits its own."""
        call = _Call(movements)
        with self._arrived:
            self._start()
            self._waiting.append(call)
            self._arrived.notify()
        if not call.wake.acquire(timeout=PATIENCE_SECONDS):
            raise _unknown()
        if call.error is not None:
            raise call.error
        return call.receipts

    def close(self) -> None:
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        if self._thread is not None:
            self._thread.join(PATIENCE_SECONDS)

    def after_fork(self) -> None:
        """In a forked child: neither the combiner, nor its callers, its connection or the lock
        it may have held at that moment are ours."""
        self._parents.append(self._connection)
        self._arrived = threading.Condition()
        self._waiting = deque()
        self._thread = self._connection = None

    def _start(self) -> None:
        """Start the combiner unless it runs: at the first call, and so after any fork."""
        if self._closing:
            raise Unavailable("stopping", "服务正在停止。", "The service is stopping.")
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="combiner", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._arrived:
                while not self._waiting and not self._closing:
                    self._arrived.wait()
                calls = self._take(0)
            if not calls:
                break
            try:
                self._answer(calls)
            except Exception as error:
                if not isinstance(error, CollectiblesError):
                    log.exception("a batch failed")
                    error = _unknown()
                for call in calls:
                    call.error = error
            for call in calls:
                call.wake.release()
        self._disconnect()

    def _take(self, count: int) -> list[_Call]:
        """Who waits and still fits into a batch that has `count` movements."""
        calls: list[_Call] = []
        while self._waiting and (not count or count + len(self._waiting[0].movements) <= MAX_BATCH):
            calls.append(self._waiting.popleft())
            count += len(calls[-1].movements)
        return calls

    def _join(self, calls: list[_Call], batch: list[Movement]) -> None:
        """Add who came while the lock was waited for. Those answered last are back one by one:
        without this the first of them would go alone, and all others have to wait for it."""
        with self._arrived:
            late = self._take(len(batch))
        calls += late
        batch += _movements(late)

    def _answer(self, calls: list[_Call]) -> None:
        """Commit the calls' movements and give each call its receipts; more calls may join.

        After an error nothing is known of the batch, so it is submitted again: the ledger's lock
        waits for the old transaction to end, and what had committed is found by its operation id.
        """
        for pause in RETRY_SECONDS:
            if pause:
                time.sleep(pause)
            try:
                receipts = self._commit(calls)
                break
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("the ledger's connection failed, trying again: %s", error)
                self._disconnect()
        else:
            raise _unknown()
        place = 0
        for call in calls:
            call.receipts = receipts[place : place + len(call.movements)]
            place += len(call.movements)

    def _commit(self, calls: list[_Call]) -> list[Receipt]:
        batch = _movements(calls)
        if self._connection is None:
            self._connection = connect(self._url)
        transaction = Transaction(self._connection)
        try:
            head, loaded = transaction.begin(needs(batch, {}))
            self._join(calls, batch)
            while missing := needs(batch, loaded):
                loaded |= transaction.load(missing)
            at = self._time(head)
            applied = self._machine.apply(loaded, batch, at, head.size)
            if applied.entries:
                self._add(transaction, head, at, applied)
            receipts = self._receipts(applied.results, applied.entries, head.size)
        finally:
            if not self._connection.closed:
                transaction.end()
        self.batches += 1
        self.movements += len(batch)
        return receipts

    def _add(self, transaction: Transaction, head: Head, at: int, applied: Any) -> None:
        leaves = [leaf_hash(data) for data in applied.encoded]
        frontier = head.frontier.copy()
        frontier.extend(leaves)
        kinds = [entry["kind"] for entry in applied.entries]
        batch = Batch(at, kinds, applied.encoded, leaves, applied.changes, frontier)
        sign = partial(
            self._signer.sign, head.note, head.frontier, applied.encoded, frontier.root()
        )
        transaction.add(head, batch, sign)

    def _time(self, head: Head) -> int:
        """The batch's time: never before the last, never far from what other clocks say."""
        now = self._clock.now_ms()
        if head.at - now > MAX_AHEAD_MS:
            raise Unavailable(
                "ledger_ahead",
                "账本时间超前于本机时钟，暂停登记。请校准时钟。",
                "The ledger's time is ahead of this machine's clock; nothing commits. "
                "Set the clock right.",
            )
        if self._clock.real and abs(now - head.database_ms) > MAX_JUMP_MS:
            raise Unavailable(
                "clock_jumped",
                "本机时钟与数据库时钟相差超过一小时，暂停登记。请校准时钟。",
                "This machine's clock and the database's differ by more than an hour; nothing "
                "commits. Set the clocks right.",
            )
        return max(now, head.at)

    def _receipts(
        self, results: list[Result], entries: list[dict[str, Any]], first: int
    ) -> list[Receipt]:
        earlier = [r.index for r in results if r.index is not None and r.index < first]
        found = self._earlier(earlier) if earlier else {}
        receipts = []
        for result in results:
            entry = None
            if result.index is not None:
                new = result.index >= first
                entry = entries[result.index - first] if new else found[result.index]
            outcome = result.outcome
            if outcome == "repeated" and entry is not None:
                outcome = {"refusal": REFUSED, "hold": HELD}.get(entry["kind"], PERMITTED)
            receipts.append(
                Receipt(
                    outcome, result.index, entry, result.decision, result.repeated, result.error
                )
            )
        return receipts

    def _earlier(self, indices: list[int]) -> dict[int, dict[str, Any]]:
        assert self._connection is not None
        rows = self._connection.execute(
            "SELECT index, body FROM ledger_entry WHERE index = ANY(%s)", (indices,)
        )
        return {row[0]: decode(bytes(row[1])) for row in rows.fetchall()}

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _movements(calls: list[_Call]) -> list[Movement]:
    return [movement for call in calls for movement in call.movements]


def _after_fork() -> None:
    for orderer in list(_ORDERERS):
        orderer.after_fork()


os.register_at_fork(after_in_child=_after_fork)
