"""A merchant's signed calls to the gateway, and the keys on both sides of them.

An answer counts only with the gateway's signature over it and over the nonce of its own request.
Calls are sent again, a bounded number of times, under the same request number and newly signed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from collectibles.clock import Clock
from collectibles.errors import PaymentProblem
from collectibles.payments.fields import SELLER
from collectibles.payments.problems import outcome_unknown, problem
from collectibles.payments.sandbox import reading, wire
from collectibles.payments.sandbox.transport import NoAnswer, NotSent, Transport

T = TypeVar("T")

ATTEMPTS = 2
"""Times a call is sent in all; with the transport's limit it ends within five seconds."""
PAUSE_SECONDS = 0.2

_PROBLEM_OF = {
    "CHARGE_NO_USED": "charge_conflict",
    "CHARGE_CLOSED": "charge_closed",
    "CHARGE_PAID": "charge_paid",
    "CHARGE_NOT_PAID": "charge_not_paid",
    "CHARGE_NOT_EXIST": "charge_unknown",
    "CURRENCY_NOT_SUPPORTED": "currency_not_settled",
    "REFUND_NO_USED": "refund_conflict",
    "REFUND_EXCEEDS": "refund_exceeds_payment",
    "REFUND_WINDOW_PAST": "refund_window_past",
    "REFUND_LIMIT": "refund_limit",
    "REFUND_NOT_EXIST": "refund_unknown",
    "NOT_ENOUGH": "merchant_balance_short",
    "MERCHANT_NOT_EXIST": "merchant_unknown",
    "SIGN_ERROR": "signature_refused",
    "BILL_NOT_READY": "bill_not_ready",
}


class _Unbelievable(Exception):
    """An answer without the gateway's signature on it, or not of now."""


class SignedCalls:
    """Calls through one transport, for every seller whose key is in `merchant_keys`.

    `gateway_keys` is the folder of `<serial>.pem`, the gateway's public keys. Key files are read
    when first needed, so sellers and keys may be added while this runs.
    """

    def __init__(
        self, transport: Transport, clock: Clock, gateway_keys: Path, merchant_keys: Path
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._gateway_keys = gateway_keys
        self._merchant_keys = merchant_keys
        self._checking: dict[str, wire.CheckingKey] = {}
        self._signing: dict[str, wire.SigningKey] = {}

    def ask(
        self,
        seller: str,
        method: str,
        target: str,
        document: dict[str, Any] | None,
        read: Callable[[bytes], T],
    ) -> T:
        """Sends, and reads the body of the answer with `read` (ValueError: it is not whole).

        Raises PaymentProblem for what the gateway refused, OutcomeUnknown when a POST may have
        been carried out and nobody said so.
        """
        body = b"" if document is None else wire.encode(document)
        reached, reason = False, "provider_unavailable"
        for attempt in range(ATTEMPTS):
            time.sleep(PAUSE_SECONDS if attempt else 0)
            try:
                status, answer = self._once(seller, method, target, body)
                if status < 300:
                    return read(answer)
                raise _refusal(answer)
            except NotSent:
                continue
            except NoAnswer:
                reached, reason = True, "provider_silent"
            except (_Unbelievable, ValueError):
                reached, reason = True, "answer_untrusted"
        if reached and method == "POST":
            raise outcome_unknown(reason=reason)
        raise problem(reason)

    def checking_key(self, serial: str) -> wire.CheckingKey | None:
        """The gateway's public key of that serial; None when there is none."""
        if serial not in self._checking and wire.SERIAL.fullmatch(serial):
            try:
                key = wire.CheckingKey((self._gateway_keys / f"{serial}.pem").read_bytes())
            except FileNotFoundError:
                return None
            if key.serial == serial:
                self._checking[serial] = key
        return self._checking.get(serial)

    def seal(self, document: dict[str, Any]) -> str:
        """A small document that only the gateway, by its newest key, can read."""
        files = sorted(self._gateway_keys.glob("*.pem"), key=lambda path: path.stat().st_mtime_ns)
        for file in reversed(files):
            key = self.checking_key(file.stem)
            if key is not None:
                return key.seal(wire.encode(document))
        raise problem("provider_unavailable")

    def _once(self, seller: str, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        key = self._signing_key(seller)
        timestamp, asked = str(self._clock.now_ms() // 1000), secrets.token_hex(16)
        signature = key.sign(wire.request_text(method, target, timestamp, asked, body))
        headers = {
            "Accept": "application/json, text/csv",
            "Authorization": wire.authorization(seller, key.serial, timestamp, asked, signature),
            "User-Agent": "diancang",
        }
        if body:
            headers["Content-Type"] = "application/json"
        status, received, answer = self._transport.send(method, target, headers, body)
        if status >= 500:
            raise NoAnswer(f"status {status}")
        self._believe(asked, status, received, answer)
        return status, answer

    def _believe(self, asked: str, status: int, received: Mapping[str, str], answer: bytes) -> None:
        signed = wire.signature_headers(received)
        checking = self.checking_key(signed.serial)
        if (
            checking is None
            or not signed.is_whole()
            or not checking.verifies(
                wire.answer_text(asked, status, signed.timestamp, signed.nonce, answer),
                signed.signature,
            )
            or not wire.is_fresh(signed.timestamp, self._clock.now_ms())
        ):
            raise _Unbelievable

    def _signing_key(self, seller: str) -> wire.SigningKey:
        if seller not in self._signing:
            path = self._merchant_keys / f"{seller}.pem"
            if not SELLER.fullmatch(seller) or not path.is_file():
                raise problem("merchant_unknown", seller=seller)
            self._signing[seller] = wire.SigningKey(path.read_bytes())
        return self._signing[seller]


def _refusal(answer: bytes) -> PaymentProblem:
    code = reading.take(wire.decode(answer), "code", str)
    return problem(_PROBLEM_OF.get(code, "request_refused"), provider_code=code)
