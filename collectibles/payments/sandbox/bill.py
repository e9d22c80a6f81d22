"""The day's bill of a merchant: payments by payment time, refunds by acceptance, Beijing days.

Fees are 0.6 % of a payment, to the nearest fen, and are given back in proportion with a refund.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from datetime import date, timedelta

from collectibles.domain.calendar import start_of_day
from collectibles.payments.sandbox.book import SandboxError

FEE_PER_MILLE = 6
COLUMNS = (
    "kind", "charge_no", "transaction_no", "refund_no", "amount_fen", "currency", "fee_fen", "at",
)  # fmt: skip


def make(tx: sqlite3.Connection, merchant: str, day: date, now: int) -> bytes:
    """The bill as CSV (UTF-8, header line, one row each). Refused until the day is over."""
    first, after = start_of_day(day), start_of_day(day + timedelta(days=1))
    if now < after:
        raise SandboxError(404, "BILL_NOT_READY", "the day is not over")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        ("payment", row["charge_no"], row["transaction_no"], "", row["paid_fen"],
         row["paid_currency"], fee(row["paid_fen"]), row["paid_at"])
        for row in tx.execute(
            "SELECT * FROM charges WHERE merchant = ? AND paid_at >= ? AND paid_at < ?"
            " ORDER BY paid_at, charge_no",
            (merchant, first, after),
        )
    )  # fmt: skip
    writer.writerows(
        ("refund", row["charge_no"], row["transaction_no"], row["refund_no"], row["amount_fen"],
         row["currency"], -fee(row["amount_fen"]), row["accepted_at"])
        for row in tx.execute(
            "SELECT r.*, c.transaction_no FROM refunds r JOIN charges c USING (merchant, charge_no)"
            " WHERE merchant = ? AND accepted_at >= ? AND accepted_at < ?"
            " ORDER BY accepted_at, refund_no",
            (merchant, first, after),
        )
    )  # fmt: skip
    return text.getvalue().encode()


def fee(amount_fen: int) -> int:
    """What the sandbox keeps of a payment, in fen."""
    return (amount_fen * FEE_PER_MILLE + 500) // 1000
