"""Refunds at the sandbox: PROCESSING → SUCCESS or ABNORMAL, never more in all than was paid."""

from __future__ import annotations

import secrets
import sqlite3
from typing import Any

from collectibles.payments.sandbox import charges, faults
from collectibles.payments.sandbox.book import SandboxError

MAX_REFUNDS = 50
"""Refunds one payment may have (ecosystem notes 1.2)."""
_SHOWN = (
    "merchant", "charge_no", "refund_no", "provider_refund_no", "state", "amount_fen", "currency",
    "accepted_at",
)  # fmt: skip


def ask(
    tx: sqlite3.Connection, merchant: str, wanted: dict[str, Any], now: int, takes_ms: int
) -> sqlite3.Row:
    """Accepts a refund, or finds the same one again. `takes_ms`: until the money has arrived."""
    row = find(tx, merchant, wanted["refund_no"])
    if row is not None:
        if any(row[key] != wanted[key] for key in ("charge_no", "amount_fen", "currency")):
            raise SandboxError(409, "REFUND_NO_USED", "this number stands for another refund")
        return row
    charge = charges.existing(tx, merchant, wanted["charge_no"], now)
    _check(tx, charge, wanted, now)
    if faults.is_armed(tx, "balance_short", merchant, wanted["charge_no"]):
        raise SandboxError(403, "NOT_ENOUGH", "the merchant account is too short")
    abnormal = faults.take(tx, "refund_abnormal", merchant, wanted["charge_no"]) is not None
    tx.execute(
        "INSERT INTO refunds (merchant, refund_no, charge_no, provider_refund_no, amount_fen,"
        " currency, notice_url, state, outcome, accepted_at, due_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'PROCESSING', ?, ?, ?)",
        (
            merchant,
            wanted["refund_no"],
            wanted["charge_no"],
            f"50{now:013d}{secrets.randbelow(10**13):013d}",
            wanted["amount_fen"],
            wanted["currency"],
            wanted["notice_url"] or charge["notice_url"],
            "ABNORMAL" if abnormal else "SUCCESS",
            now,
            now + takes_ms,
        ),
    )
    tx.execute(
        "UPDATE charges SET state = 'REFUND' WHERE merchant = ? AND charge_no = ?",
        (merchant, wanted["charge_no"]),
    )
    return existing(tx, merchant, wanted["refund_no"])


def find(tx: sqlite3.Connection, merchant: str, refund_no: str) -> sqlite3.Row | None:
    """The refund of that number; None if unknown."""
    row: sqlite3.Row | None = tx.execute(
        "SELECT * FROM refunds WHERE merchant = ? AND refund_no = ?", (merchant, refund_no)
    ).fetchone()
    return row


def existing(tx: sqlite3.Connection, merchant: str, refund_no: str) -> sqlite3.Row:
    """As `find`; raises REFUND_NOT_EXIST for an unknown one."""
    row = find(tx, merchant, refund_no)
    if row is None:
        raise SandboxError(404, "REFUND_NOT_EXIST", "no such refund")
    return row


def next_due(tx: sqlite3.Connection) -> int | None:
    """When the next accepted refund reaches its payer, or fails to."""
    due: int | None = tx.execute(
        "SELECT min(due_at) FROM refunds WHERE state = 'PROCESSING'"
    ).fetchone()[0]
    return due


def finish_due(tx: sqlite3.Connection, now: int) -> list[sqlite3.Row]:
    """Ends every refund whose time has come; they are returned for their notices."""
    due = tx.execute(
        "SELECT merchant, refund_no FROM refunds WHERE state = 'PROCESSING' AND due_at <= ?"
        " ORDER BY due_at, accepted_at, refund_no",
        (now,),
    ).fetchall()
    for row in due:
        tx.execute(
            "UPDATE refunds SET state = outcome, finished_at = due_at"
            " WHERE merchant = ? AND refund_no = ?",
            tuple(row),
        )
    return [existing(tx, row["merchant"], row["refund_no"]) for row in due]


def document(row: sqlite3.Row) -> dict[str, Any]:
    """A refund as answers and notices show it."""
    shown = {key: row[key] for key in _SHOWN}
    if row["finished_at"] is not None:
        shown["finished_at"] = row["finished_at"]
    return shown


def _check(tx: sqlite3.Connection, charge: sqlite3.Row, wanted: dict[str, Any], now: int) -> None:
    if charge["paid_at"] is None:
        raise SandboxError(409, "CHARGE_NOT_PAID", "this charge was not paid")
    if now > charge["paid_at"] + charges.REFUND_WINDOW_MS:
        raise SandboxError(403, "REFUND_WINDOW_PAST", "paid more than a year ago")
    if (wanted["currency"], wanted["charge_fen"]) != (charge["paid_currency"], charge["paid_fen"]):
        raise SandboxError(400, "PARAM_ERROR", "charge_fen, currency: not those of the payment")
    taken = tx.execute(
        "SELECT count(*), coalesce(sum(amount_fen), 0) FROM refunds"
        " WHERE merchant = ? AND charge_no = ?",
        (charge["merchant"], charge["charge_no"]),
    ).fetchone()
    if taken[0] >= MAX_REFUNDS:
        raise SandboxError(403, "REFUND_LIMIT", "fifty refunds were taken")
    if taken[1] + wanted["amount_fen"] > charge["paid_fen"]:
        raise SandboxError(403, "REFUND_EXCEEDS", "refunds would exceed the payment")
