"""Charges at the sandbox: NOTPAY → SUCCESS → REFUND, NOTPAY → CLOSED (closed or lapsed).

Every function works inside a transaction of the book and is handed the time.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from typing import Any

from collectibles.payments.sandbox import wire
from collectibles.payments.sandbox.book import SandboxError

REFUND_WINDOW_MS = 365 * 86_400_000
"""Refunds are taken for one year from the payment (ecosystem notes 1.2)."""
MAX_OPEN_MS = 7 * 86_400_000
INSTRUMENTS = ("balance", "debit_card", "credit_card", "instalment")
PAYERS = ("confirmed", "mismatch", "rail_cannot_tell")
_ASKED = (
    "amount_fen", "currency", "description", "notice_url", "return_url", "expires_at",
    "identity_asked",
)  # fmt: skip


def open_charge(
    tx: sqlite3.Connection, merchant: str, wanted: dict[str, Any], now: int
) -> sqlite3.Row:
    """Books a charge, or finds the same one again. Other content under its number is refused."""
    if wanted["currency"] != "CNY":
        raise SandboxError(400, "CURRENCY_NOT_SUPPORTED", "only CNY is settled here")
    asked = hashlib.sha256(wire.encode({key: wanted[key] for key in _ASKED})).hexdigest()
    row = find(tx, merchant, wanted["charge_no"], now)
    if row is None:
        if not now < wanted["expires_at"] <= now + MAX_OPEN_MS:
            raise SandboxError(400, "PARAM_ERROR", "expires_at: past, or more than 7 days ahead")
        row_values = {key: wanted[key] for key in _ASKED} | {
            "account_of_buyer": wanted.get("account_of_buyer"),
            "merchant": merchant,
            "charge_no": wanted["charge_no"],
            "token": secrets.token_urlsafe(18),
            "asked": asked,
            "state": "NOTPAY",
            "created_at": now,
        }
        tx.execute(
            f"INSERT INTO charges ({', '.join(row_values)})"  # noqa: S608 - our own names
            f" VALUES ({', '.join('?' * len(row_values))})",
            tuple(row_values.values()),
        )
        return existing(tx, merchant, wanted["charge_no"], now)
    if row["asked"] != asked:
        raise SandboxError(409, "CHARGE_NO_USED", "this number stands for another charge")
    if row["state"] == "CLOSED":
        raise SandboxError(409, "CHARGE_CLOSED", "this charge is closed")
    if row["state"] != "NOTPAY":
        raise SandboxError(409, "CHARGE_PAID", "this charge was paid")
    return row


def find(tx: sqlite3.Connection, merchant: str, charge_no: str, now: int) -> sqlite3.Row | None:
    """The charge as it is at `now`: one that nobody paid in time is closed. None if unknown."""
    query = "SELECT * FROM charges WHERE merchant = ? AND charge_no = ?"
    row: sqlite3.Row | None = tx.execute(query, (merchant, charge_no)).fetchone()
    if row is not None and row["state"] == "NOTPAY" and now >= row["expires_at"]:
        _set_closed(tx, merchant, charge_no)
        row = tx.execute(query, (merchant, charge_no)).fetchone()
    return row


def existing(tx: sqlite3.Connection, merchant: str, charge_no: str, now: int) -> sqlite3.Row:
    """As `find`; raises CHARGE_NOT_EXIST for an unknown one."""
    row = find(tx, merchant, charge_no, now)
    if row is None:
        raise SandboxError(404, "CHARGE_NOT_EXIST", "no such charge")
    return row


def by_token(tx: sqlite3.Connection, token: str, now: int) -> sqlite3.Row | None:
    """The charge whose cashier page has that token."""
    row = tx.execute("SELECT merchant, charge_no FROM charges WHERE token = ?", (token,)).fetchone()
    return None if row is None else find(tx, row["merchant"], row["charge_no"], now)


def close(tx: sqlite3.Connection, merchant: str, charge_no: str, now: int) -> None:
    """Closes an unpaid charge; closing a closed one changes nothing; a paid one is refused."""
    row = existing(tx, merchant, charge_no, now)
    if row["state"] in ("SUCCESS", "REFUND"):
        raise SandboxError(409, "CHARGE_PAID", "this charge was paid")
    _set_closed(tx, merchant, charge_no)


def pay(
    tx: sqlite3.Connection,
    merchant: str,
    charge_no: str,
    now: int,
    *,
    instrument: str = "balance",
    payer: str = "confirmed",
    payer_account: str | None = None,
    amount_fen: int | None = None,
    currency: str | None = None,
    after_close: bool = False,
) -> sqlite3.Row:
    """The payer pays. `amount_fen`, `currency`, `after_close`: what a faulty provider lets pass.

    Whether the payer is the buyer can only be told when the merchant said who the buyer is; then
    the buyer pays from an account of their own. `payer_account`: from this one.
    """
    row = existing(tx, merchant, charge_no, now)
    if row["state"] == "CLOSED" and not after_close:
        raise SandboxError(409, "CHARGE_CLOSED", "this charge is closed")
    if row["state"] in ("SUCCESS", "REFUND"):
        raise SandboxError(409, "CHARGE_PAID", "this charge was paid")
    if payer_account is None and payer == "confirmed":
        payer_account = row["account_of_buyer"]
    tx.execute(
        "UPDATE charges SET state = 'SUCCESS', transaction_no = ?, instrument = ?, payer = ?,"
        " payer_account = ?, paid_at = ?, paid_fen = ?, paid_currency = ?"
        " WHERE merchant = ? AND charge_no = ?",
        (
            f"42{now:013d}{secrets.randbelow(10**13):013d}",
            instrument,
            payer if row["identity_asked"] else "rail_cannot_tell",
            payer_account,
            now,
            row["amount_fen"] if amount_fen is None else amount_fen,
            currency or row["currency"],
            merchant,
            charge_no,
        ),
    )
    return existing(tx, merchant, charge_no, now)


def document(tx: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    """A charge as answers and notices show it."""
    paid = row["paid_at"] is not None
    refunded = tx.execute(
        "SELECT coalesce(sum(amount_fen), 0) FROM refunds"
        " WHERE merchant = ? AND charge_no = ? AND state = 'SUCCESS'",
        (row["merchant"], row["charge_no"]),
    ).fetchone()[0]
    shown = {
        "merchant": row["merchant"],
        "charge_no": row["charge_no"],
        "state": row["state"],
        "amount_fen": row["paid_fen"] if paid else row["amount_fen"],
        "currency": row["paid_currency"] if paid else row["currency"],
        "refunded_fen": refunded,
        "expires_at": row["expires_at"],
    }
    if paid:
        shown |= {key: row[key] for key in ("transaction_no", "instrument", "payer", "paid_at")}
        if row["payer_account"] is not None:
            shown["payer_account"] = row["payer_account"]
        shown["refundable_until"] = row["paid_at"] + REFUND_WINDOW_MS
    return shown


def _set_closed(tx: sqlite3.Connection, merchant: str, charge_no: str) -> None:
    tx.execute(
        "UPDATE charges SET state = 'CLOSED' WHERE merchant = ? AND charge_no = ?"
        " AND state = 'NOTPAY'",
        (merchant, charge_no),
    )
