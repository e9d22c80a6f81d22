"""The sandbox's documents as the provider's value types, figures exactly as reported.

Every function raises ValueError for a document that is not whole; none corrects anything.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any, TypeVar

from collectibles.payments.provider import (
    Bill,
    BillRow,
    Instrument,
    PayerMatch,
    PaymentState,
    PaymentStatus,
    RefundState,
    RefundStatus,
)
from collectibles.payments.sandbox import wire

T = TypeVar("T")

_STATUS_OF = {
    "NOTPAY": PaymentStatus.OPEN,
    "SUCCESS": PaymentStatus.PAID,
    "REFUND": PaymentStatus.REFUND,
    "CLOSED": PaymentStatus.CLOSED,
}
_REFUND_STATUS_OF = {
    "PROCESSING": RefundStatus.PROCESSING,
    "SUCCESS": RefundStatus.SUCCESS,
    "ABNORMAL": RefundStatus.ABNORMAL,
}


def take(document: dict[str, Any], key: str, kind: type[T]) -> T:
    """The value of that key, of exactly that type."""
    value = document.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{key}: missing or not of its type")
    return value


def payment_state(document: dict[str, Any]) -> PaymentState:
    status = _one_of(_STATUS_OF, document, "state")
    state = PaymentState(
        seller=take(document, "merchant", str),
        charge_no=take(document, "charge_no", str),
        status=status,
        amount_fen=take(document, "amount_fen", int),
        currency=take(document, "currency", str),
        refunded_fen=take(document, "refunded_fen", int),
        transaction_no=_if_there(document, "transaction_no", str),
        paid_at=_if_there(document, "paid_at", int),
        instrument=_instrument(_if_there(document, "instrument", str)),
        payer=PayerMatch(document.get("payer", PayerMatch.CANNOT_TELL)),
        payer_account=_if_there(document, "payer_account", str),
        refundable_until=_if_there(document, "refundable_until", int),
    )
    if state.was_paid and None in (state.transaction_no, state.paid_at, state.instrument):
        raise ValueError("paid, but not by whom, when and how")
    return state


def refund_state(document: dict[str, Any]) -> RefundState:
    return RefundState(
        seller=take(document, "merchant", str),
        charge_no=take(document, "charge_no", str),
        refund_no=take(document, "refund_no", str),
        status=_one_of(_REFUND_STATUS_OF, document, "state"),
        amount_fen=take(document, "amount_fen", int),
        currency=take(document, "currency", str),
        provider_refund_no=take(document, "provider_refund_no", str),
        finished_at=_if_there(document, "finished_at", int),
    )


def notice(body: bytes) -> tuple[str, PaymentState | RefundState]:
    """The notice's own number and what it tells."""
    document = wire.decode(body)
    notice_id = take(document, "id", str)
    kind, _, event = take(document, "event", str).partition(".")
    result: PaymentState | RefundState
    if kind == "payment":
        result = payment_state(take(document, "payment", dict))
        fits = event == "success" and result.was_paid
    elif kind == "refund":
        result = refund_state(take(document, "refund", dict))
        fits = event == result.status and result.status is not RefundStatus.PROCESSING
    else:
        raise ValueError("neither of a payment nor of a refund")
    if not fits:
        raise ValueError("the event is not that of its result")
    return notice_id, result


def bill(body: bytes, seller: str, day: date) -> Bill:
    """A day's bill from its CSV."""
    rows = []
    for line in csv.DictReader(io.StringIO(body.decode()), strict=True):
        refund_no = line["refund_no"]
        if None in line.values() or (line["kind"] == "refund") != bool(refund_no):
            raise ValueError("a line of the bill is not whole")
        rows.append(
            BillRow(
                charge_no=line["charge_no"],
                transaction_no=line["transaction_no"],
                refund_no=refund_no or None,
                amount_fen=int(line["amount_fen"]),
                currency=line["currency"],
                fee_fen=int(line["fee_fen"]),
                at=int(line["at"]),
            )
        )
    return Bill(seller, day, tuple(rows))


def _if_there(document: dict[str, Any], key: str, kind: type[T]) -> T | None:
    return None if document.get(key) is None else take(document, key, kind)


def _one_of(choices: dict[str, T], document: dict[str, Any], key: str) -> T:
    said = take(document, key, str)
    if said not in choices:
        raise ValueError(f"{key}: unknown")
    return choices[said]


def _instrument(said: str | None) -> Instrument | None:
    if said is None:
        return None
    return Instrument(said) if said in set(Instrument) else Instrument.UNKNOWN
