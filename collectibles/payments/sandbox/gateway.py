"""The gateway itself: book, keys, accounts and clock joined; what the app and the courier call.

It runs as a process of its own (`python -m collectibles.payments.sandbox`), or inside the caller's
with a clock of the caller's: `inprocess.create_gateway`, then `deliver_due(now_ms)`.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import requests

from collectibles.clock import Clock
from collectibles.payments.sandbox import bill, charges, faults, keys, notices, refunds, wire
from collectibles.payments.sandbox.accounts import Accounts
from collectibles.payments.sandbox.book import Book

Post = Callable[[str, dict[str, str], bytes], tuple[int, bytes]]
"""Sends a notice: address, headers, body; gives status and body. Raises OSError when it cannot."""

ACKNOWLEDGED = {"code": "SUCCESS"}
REFUND_TAKES_MS = 1000
_log = logging.getLogger(__name__)


def post_over_http(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    """Posts a notice; no redirect, no proxy, five seconds, and little of the answer is read."""
    with requests.Session() as session:
        session.trust_env = False
        with session.post(
            url, data=body, headers=headers, timeout=(2, 5), allow_redirects=False, stream=True
        ) as answer:
            return answer.status_code, next(answer.iter_content(1024), b"")


class Gateway:
    """One payment provider. Every method may be called from any thread."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        public_url: str = "http://127.0.0.1:8090",
        post: Post = post_over_http,
        notice_speedup: int = 1,
        refund_takes_ms: int = REFUND_TAKES_MS,
    ) -> None:
        """`notice_speedup` divides the delays between deliveries of a notice."""
        self.clock = clock
        self.public_url = public_url.rstrip("/")
        self.key = keys.ensure_key(folder / "private" / "gateway.pem")
        keys.publish_key(folder / "public", self.key)
        self.accounts = Accounts(folder / "merchants")
        self.book = Book(folder / "private" / "book.sqlite3")
        self.nonces = wire.Nonces()
        self.post = post
        self._speedup = notice_speedup
        self._refund_takes_ms = refund_takes_ms
        self._threads: list[threading.Thread] = []
        self._wake = threading.Condition()
        self._changes = 0
        self._stopping = False

    def create(self, merchant: str, wanted: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Opens a charge; gives the cashier's address and the charge."""
        with self.book.change() as tx:
            row = charges.open_charge(tx, merchant, wanted, self.clock.now_ms())
            return f"{self.public_url}/cashier/{row['token']}", charges.document(tx, row)

    def charge(self, merchant: str, charge_no: str) -> dict[str, Any]:
        """The charge as it is now. Raises SandboxError, as all verbs of merchants do."""
        with self.book.change() as tx:
            row = charges.existing(tx, merchant, charge_no, self.clock.now_ms())
            return charges.document(tx, row)

    def close_charge(self, merchant: str, charge_no: str) -> None:
        """Lets nobody pay it any more."""
        with self.book.change() as tx:
            now = self.clock.now_ms()
            charges.close(tx, merchant, charge_no, now)
            if faults.take(tx, "paid_after_close", merchant, charge_no) is not None:
                self._book_payment(tx, merchant, charge_no, now, {"after_close": True})
        self._woken()

    def pay(self, merchant: str, charge_no: str, **how: Any) -> dict[str, Any]:
        """The payer pays (see `charges.pay` for `how`); the notice is queued with it."""
        with self.book.change() as tx:
            paid = self._book_payment(tx, merchant, charge_no, self.clock.now_ms(), how)
        self._woken()
        return paid

    def refund(self, merchant: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Accepts a refund; it reaches the payer `refund_takes_ms` later."""
        with self.book.change() as tx:
            now = self.clock.now_ms()
            refunds.ask(tx, merchant, wanted, now, self._refund_takes_ms)
            self._finish_refunds(tx, now)
            shown = refunds.document(refunds.existing(tx, merchant, wanted["refund_no"]))
        self._woken()
        return shown

    def refund_state(self, merchant: str, refund_no: str) -> dict[str, Any]:
        """The refund as it is now."""
        with self.book.change() as tx:
            self._finish_refunds(tx, self.clock.now_ms())
            shown = refunds.document(refunds.existing(tx, merchant, refund_no))
        self._woken()
        return shown

    def day_bill(self, merchant: str, day: date) -> bytes:
        """A past day's bill, CSV (see bill.py)."""
        with self.book.read() as tx:
            return bill.make(tx, merchant, day, self.clock.now_ms())

    def arm(self, fault: str, **where: Any) -> None:
        """Arms a fault of the menu (see `faults.arm`)."""
        with self.book.change() as tx:
            faults.arm(tx, fault, **where)

    def takes_fault(self, fault: str, merchant: str, charge_no: str | None) -> bool:
        """Whether that fault was armed for this; it is then spent."""
        with self.book.read() as tx:
            if not faults.is_armed(tx, fault, merchant, charge_no):
                return False
        with self.book.change() as tx:
            return faults.take(tx, fault, merchant, charge_no) is not None

    def deliver_due(self, now_ms: int) -> int:
        """Ends refunds and sends every notice due by `now_ms`, in order; how many were sent.

        Synchronous: returns when all are answered. Notices not acknowledged are due again later.
        """
        with self.book.change() as tx:
            self._finish_refunds(tx, now_ms)
        sent = 0
        while self._deliver_one(now_ms):
            sent += 1
        return sent

    def start(self, threads: int = 4) -> None:
        """Starts the courier: threads that deliver what is due until `stop`."""
        for number in range(threads):
            thread = threading.Thread(target=self._courier, name=f"courier-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stops the courier and closes the book. What was not delivered waits in it."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)
        self.book.close()

    def _courier(self) -> None:
        while not self._stopping:
            try:
                self._deliver_or_wait()
            except Exception:  # a courier that ended here would end all notices, unseen
                _log.exception("a delivery failed; going on in a second")
                with self._wake:
                    self._wake.wait(timeout=1)

    def _deliver_or_wait(self) -> None:
        seen, now = self._changes, self.clock.now_ms()
        with self.book.read() as tx:
            ends, due = refunds.next_due(tx), notices.next_due(tx)
        if ends is not None and ends <= now:
            with self.book.change() as tx:
                self._finish_refunds(tx, now)
        elif due is None or due > now or not self._deliver_one(now):
            soonest = min(moment for moment in (ends, due, now + 1000) if moment is not None)
            with self._wake:
                if seen == self._changes and not self._stopping:
                    self._wake.wait(timeout=max(soonest - now, 1) / 1000)

    def _deliver_one(self, now: int) -> bool:
        with self.book.read() as tx:
            due = notices.next_due(tx)
        if due is None or due > now:
            return False
        with self.book.change() as tx:
            delivery = notices.claim(tx, now, self._speedup)
        if delivery is None:
            return False
        acknowledged = False
        for message in notices.messages(delivery, self.key, now):
            acknowledged = self._send(delivery.url, message) or acknowledged
        with self.book.change() as tx:
            notices.settle(tx, delivery, acknowledged, now)
        return True

    def _send(self, url: str, message: notices.Message) -> bool:
        """Whether the merchant said, in the one form that counts, that it has the notice."""
        try:
            status, body = self.post(url, dict(message.headers), message.body)
        except OSError:
            return False
        try:
            return status == 200 and json.loads(body) == ACKNOWLEDGED
        except (ValueError, RecursionError):
            return False

    def _book_payment(
        self, tx: sqlite3.Connection, merchant: str, charge_no: str, now: int, how: dict[str, Any]
    ) -> dict[str, Any]:
        row = charges.pay(tx, merchant, charge_no, now, **how)
        paid = charges.document(tx, row)
        notices.queue(tx, "payment", "success", paid, row["notice_url"], now)
        return paid

    def _finish_refunds(self, tx: sqlite3.Connection, now: int) -> None:
        for row in refunds.finish_due(tx, now):
            result = refunds.document(row)
            notices.queue(tx, "refund", row["state"].lower(), result, row["notice_url"], now)

    def _woken(self) -> None:
        with self._wake:
            self._changes += 1
            self._wake.notify_all()
