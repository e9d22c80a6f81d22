"""The fault menu: what a payment provider can do wrong, on request.

A fault is armed for one charge, one merchant or whatever comes next, and taken once (only a short
account stays short, until the faults are disarmed). Those of notices spoil the first `deliveries`
(1) deliveries of the notice they meet; later ones are right.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

ON_NOTICES = {
    "duplicate": "the delivery is sent `copies` times (2), each signed anew",
    "drop": "the delivery is not sent at all",
    "delay": "the notice waits `by_ms` (60000) before its first delivery",
    "reorder": "the notice waits until another one of the same charge was delivered",
    "wrong_amount": "the amount is off by `delta_fen` (1), well signed",
    "wrong_currency": "the currency is `currency` (USD), well signed",
    "wrong_merchant": "the merchant is `as_merchant` (another), well signed",
    "tampered": "the body is changed after signing",
    "stale": "signed `by_ms` (600000) ago",
}
ON_REQUESTS = {
    "lost_answer": "the request is carried out and its answer lost",
    "paid_after_close": "the payer pays at the moment the merchant closes",
    "refund_abnormal": "the refund is accepted and then cannot be paid out",
    "balance_short": "refunds are refused until it is disarmed: the merchant's account is short",
}
MENU = ON_NOTICES | ON_REQUESTS


def arm(
    tx: sqlite3.Connection,
    fault: str,
    *,
    merchant: str | None = None,
    charge_no: str | None = None,
    kind: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Arms one fault; narrower ones are taken before wider ones, older before newer.

    `kind` limits a fault of notices to those of a `payment` or of a `refund`.
    """
    tx.execute(
        "INSERT INTO faults (fault, merchant, charge_no, kind, detail) VALUES (?, ?, ?, ?, ?)",
        (fault, merchant, charge_no, kind, json.dumps(detail or {}, sort_keys=True)),
    )


def armed(tx: sqlite3.Connection) -> list[dict[str, Any]]:
    """Every fault still waiting for its occasion."""
    rows = tx.execute("SELECT fault, merchant, charge_no, kind, detail FROM faults ORDER BY seq")
    return [dict(row) | {"detail": json.loads(row["detail"])} for row in rows]


def disarm_all(tx: sqlite3.Connection) -> None:
    """Forgets every armed fault; those already taken stay with their notices."""
    tx.execute("DELETE FROM faults")


def is_armed(tx: sqlite3.Connection, fault: str, merchant: str, charge_no: str | None) -> bool:
    """Whether `take` would find one; needs no write."""
    return _find(tx, fault, merchant, charge_no, None) is not None


def take(
    tx: sqlite3.Connection,
    fault: str,
    merchant: str,
    charge_no: str | None,
    kind: str | None = None,
) -> dict[str, Any] | None:
    """The detail of an armed fault that fits, which is then disarmed; else None."""
    row = _find(tx, fault, merchant, charge_no, kind)
    if row is None:
        return None
    tx.execute("DELETE FROM faults WHERE seq = ?", (row["seq"],))
    detail: dict[str, Any] = json.loads(row["detail"])
    return detail


def take_for_notice(
    tx: sqlite3.Connection, merchant: str, charge_no: str, kind: str
) -> list[dict[str, Any]]:
    """The armed faults that fit a notice of that kind, one of each sort, with their names."""
    taken = []
    for fault in ON_NOTICES:
        detail = take(tx, fault, merchant, charge_no, kind)
        if detail is not None:
            taken.append({"fault": fault} | detail)
    return taken


def _find(
    tx: sqlite3.Connection, fault: str, merchant: str, charge_no: str | None, kind: str | None
) -> sqlite3.Row | None:
    row: sqlite3.Row | None = tx.execute(
        "SELECT seq, detail FROM faults WHERE fault = ?"
        " AND (merchant IS NULL OR merchant = ?) AND (charge_no IS NULL OR charge_no = ?)"
        " AND (kind IS NULL OR kind = ?)"
        " ORDER BY charge_no IS NULL, merchant IS NULL, seq LIMIT 1",
        (fault, merchant, charge_no, kind),
    ).fetchone()
    return row
