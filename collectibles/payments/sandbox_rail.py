"""The rail to the payment sandbox: what the demonstration and the tests pay through.

It signs what it sends, believes only what the sandbox signed, and passes figures on as reported.
As with every rail, no verb is called while a database transaction is open: one may take about five
seconds. It refuses to be made in a production configuration.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from collectibles.clock import Clock
from collectibles.errors import PaymentProblem
from collectibles.payments.problems import NoticeRefused, problem
from collectibles.payments.provider import (
    Answer,
    Bill,
    Charge,
    Instrument,
    Notice,
    Opened,
    OpenedKind,
    PaymentState,
    RefundRequest,
    RefundState,
)
from collectibles.payments.sandbox import reading, wire
from collectibles.payments.sandbox.calls import SignedCalls
from collectibles.payments.sandbox.transport import Transport

_REFUSALS = {
    "notice_unsigned": ("通知缺少签名信息。", "The notice lacks what a signature needs."),
    "notice_too_large": ("通知超过允许的大小。", "The notice is larger than notices are."),
    "notice_unknown_key": ("通知所用的密钥未知。", "The notice is signed with an unknown key."),
    "notice_forged": ("通知的签名不符。", "The signature of the notice does not fit."),
    "notice_stale": ("通知时间与现在相差五分钟以上。", "The notice is five minutes off or more."),
    "notice_replayed": ("该通知已收到过。", "This very notice was received before."),
    "notice_malformed": ("通知的内容不完整。", "The content of the notice is not whole."),
}


class SandboxRail:
    """A `PaymentProvider` for the sandbox. May be shared between threads."""

    name = "sandbox"
    channel = "licensed_psp"
    licence = "演示支付机构（沙箱），无真实许可 / sandbox, no real licence"
    settles_in = "CNY"
    instruments: tuple[Instrument, ...] = (
        Instrument.BALANCE,
        Instrument.DEBIT_CARD,
        Instrument.CREDIT_CARD,
        Instrument.INSTALMENT,
    )

    def __init__(
        self,
        *,
        transport: Transport,
        clock: Clock,
        gateway_keys: Path,
        merchant_keys: Path,
        pages: tuple[str, ...],
        production: bool,
    ) -> None:
        """`gateway_keys`: folder of `<serial>.pem`, the sandbox's public keys; `merchant_keys`:
        folder of `<seller>.pem`, each seller's private key; `pages`: origins of the cashier.

        Keys are read when first needed, so merchants and keys may be added while this runs.
        Raises PaymentProblem `not_in_production`.
        """
        if production:
            raise problem("not_in_production")
        self.pages = pages
        self._calls = SignedCalls(transport, clock, gateway_keys, merchant_keys)
        self._nonces = wire.Nonces()

    def create(self, charge: Charge) -> Opened:
        """As the interface says. The sandbox always sends the browser to its cashier page."""
        wanted: dict[str, Any] = {
            "charge_no": charge.charge_no,
            "amount_fen": charge.amount_fen,
            "currency": charge.currency,
            "description": charge.description,
            "notice_url": charge.notice_url,
            "return_url": charge.return_url,
            "expires_at": charge.expires_at,
        }
        if charge.payer is not None:
            buyer = {"name": charge.payer.name, "number": charge.payer.document_number}
            wanted["sealed_payer"] = self._calls.seal(buyer)

        def read(body: bytes) -> Opened:
            answer = wire.decode(body)
            state = reading.take(answer, "charge", dict)
            if state.get("amount_fen") != charge.amount_fen:
                raise ValueError("another amount than was asked")
            url = reading.take(answer, "cashier_url", str)
            return Opened(OpenedKind.REDIRECT, url, reading.take(state, "expires_at", int))

        return self._calls.ask(charge.seller, "POST", "/v1/charges", wanted, read)

    def query(self, seller: str, charge_no: str) -> PaymentState | None:
        """As the interface says."""

        def read(body: bytes) -> PaymentState:
            state = reading.payment_state(wire.decode(body))
            _same((state.seller, state.charge_no), (seller, charge_no))
            return state

        try:
            return self._calls.ask(seller, "GET", f"/v1/charges/{charge_no}", None, read)
        except PaymentProblem as error:
            if error.code == "charge_unknown":
                return None
            raise

    def close(self, seller: str, charge_no: str) -> None:
        """As the interface says. Closing what is closed is no error."""
        self._calls.ask(seller, "POST", f"/v1/charges/{charge_no}/close", {}, bytes)

    def refund(self, request: RefundRequest) -> RefundState:
        """As the interface says."""
        wanted = {
            "refund_no": request.refund_no,
            "charge_no": request.charge_no,
            "amount_fen": request.amount_fen,
            "charge_fen": request.charge_fen,
            "currency": request.currency,
            "reason": request.reason[:80] or "refund",
            "notice_url": request.notice_url,
        }

        def read(body: bytes) -> RefundState:
            state = reading.refund_state(wire.decode(body))
            _same(
                (state.seller, state.charge_no, state.refund_no, state.amount_fen),
                (request.seller, request.charge_no, request.refund_no, request.amount_fen),
            )
            return state

        return self._calls.ask(request.seller, "POST", "/v1/refunds", wanted, read)

    def query_refund(self, seller: str, charge_no: str, refund_no: str) -> RefundState | None:
        """As the interface says."""

        def read(body: bytes) -> RefundState:
            state = reading.refund_state(wire.decode(body))
            _same((state.seller, state.charge_no, state.refund_no), (seller, charge_no, refund_no))
            return state

        try:
            return self._calls.ask(seller, "GET", f"/v1/refunds/{refund_no}", None, read)
        except PaymentProblem as error:
            if error.code == "refund_unknown":
                return None
            raise

    def read_notice(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> Notice:
        """As the interface says: signature over the raw bytes, then age, then nonce, then content.

        The same bytes twice are a replay; what the sandbox sends again, it signs again.
        """
        signed = wire.signature_headers(headers)
        if len(body) > wire.MAX_BODY:
            raise _refused("notice_too_large")
        if not signed.is_whole():
            raise _refused("notice_unsigned")
        key = self._calls.checking_key(signed.serial)
        if key is None:
            raise _refused("notice_unknown_key")
        text = wire.notice_text(signed.timestamp, signed.nonce, body)
        if not key.verifies(text, signed.signature):
            raise _refused("notice_forged")
        if not wire.is_fresh(signed.timestamp, now_ms):
            raise _refused("notice_stale")
        if not self._nonces.take(signed.serial, signed.nonce, now_ms):
            raise _refused("notice_replayed")
        try:
            notice_id, result = reading.notice(body)
        except ValueError:
            raise _refused("notice_malformed") from None
        return Notice(notice_id, int(signed.timestamp) * 1000, result)

    def acknowledge(self, ok: bool) -> Answer:
        """As the interface says."""
        body = wire.encode({"code": "SUCCESS" if ok else "FAIL"})
        return Answer(200 if ok else 500, {"Content-Type": "application/json"}, body)

    def fetch_bill(self, seller: str, day: date) -> Bill:
        """As the interface says."""

        def read(body: bytes) -> Bill:
            try:
                return reading.bill(body, seller, day)
            except (csv.Error, KeyError) as error:
                raise ValueError("not a bill") from error

        return self._calls.ask(seller, "GET", f"/v1/bill?day={day.isoformat()}", None, read)


def _same(told: tuple[object, ...], asked: tuple[object, ...]) -> None:
    if told != asked:
        raise ValueError("an answer to something that was not asked")


def _refused(code: str) -> NoticeRefused:
    return NoticeRefused(code, *_REFUSALS[code])
