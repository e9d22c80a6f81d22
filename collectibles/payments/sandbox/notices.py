"""Notices of the sandbox: queued with the change they tell of, sent until acknowledged.

A delivery is claimed in a transaction of its own before it is sent, so several threads never send
the same one, and one that died with the process is sent again after its delay. Every delivery is
signed anew; `id` stays.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Any

from collectibles.payments.sandbox import faults, wire

RETRY_MS = tuple(
    seconds * 1000
    for seconds in (
        15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600,
    )
)  # fmt: skip
"""Delays before the second and later deliveries: 15 of them, about a day (ecosystem notes 1.2)."""
_NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Delivery:
    """One claimed delivery: where to, what, and the faults that spoil it."""

    seq: int
    merchant: str
    url: str
    body: bytes
    faults: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """The bytes of one HTTP delivery."""

    headers: dict[str, str]
    body: bytes


def queue(
    tx: sqlite3.Connection, kind: str, event: str, result: dict[str, Any], url: str, now: int
) -> None:
    """Queues a notice of a `payment` or `refund`; armed faults that fit are taken with it."""
    notice_id = f"EV-{secrets.token_hex(16)}"
    merchant, charge_no = result["merchant"], result["charge_no"]
    body = {"id": notice_id, "event": f"{kind}.{event}", "created_at": now, kind: result}
    taken = faults.take_for_notice(tx, merchant, charge_no, kind)
    named = {fault["fault"]: fault for fault in taken}
    tx.execute(
        "INSERT INTO notices (notice_id, merchant, charge_no, url, body, faults, state, due_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            notice_id,
            merchant,
            charge_no,
            url,
            wire.encode(body),
            json.dumps(taken, sort_keys=True),
            "held" if "reorder" in named else "waiting",
            now + named["delay"].get("by_ms", 60_000) if "delay" in named else now,
        ),
    )


def next_due(tx: sqlite3.Connection) -> int | None:
    """When the next delivery is to be sent; None when nothing waits."""
    due: int | None = tx.execute(
        "SELECT min(due_at) FROM notices WHERE state = 'waiting'"
    ).fetchone()[0]
    return due


def claim(tx: sqlite3.Connection, now: int, speedup: int) -> Delivery | None:
    """Takes the next due delivery and sets when it would be tried again (delays / `speedup`)."""
    row = tx.execute(
        "SELECT * FROM notices WHERE state = 'waiting' AND due_at <= ?"
        " ORDER BY due_at, seq LIMIT 1",
        (now,),
    ).fetchone()
    if row is None:
        return None
    tries = row["tries"] + 1
    last = tries > len(RETRY_MS)
    delay = _NEVER if last else max(1, RETRY_MS[tries - 1] // speedup)
    tx.execute(
        "UPDATE notices SET tries = ?, due_at = ?, state = ? WHERE seq = ?",
        (tries, delay if last else now + delay, "given_up" if last else "waiting", row["seq"]),
    )
    spoiling = tuple(
        fault for fault in json.loads(row["faults"]) if tries <= fault.get("deliveries", 1)
    )
    return Delivery(row["seq"], row["merchant"], row["url"], row["body"], spoiling)


def settle(tx: sqlite3.Connection, delivery: Delivery, acknowledged: bool, now: int) -> None:
    """Books how a delivery ended; one that was waiting for it (`reorder`) is let go."""
    if acknowledged:
        tx.execute("UPDATE notices SET state = 'acknowledged' WHERE seq = ?", (delivery.seq,))
    tx.execute(
        "UPDATE notices SET state = 'waiting', due_at = ? WHERE state = 'held' AND merchant = ?"
        " AND charge_no = (SELECT charge_no FROM notices WHERE seq = ?)",
        (now, delivery.merchant, delivery.seq),
    )


def messages(delivery: Delivery, key: wire.SigningKey, now: int) -> list[Message]:
    """What goes over the wire for a delivery: usually one message, none or several by fault."""
    named = {fault["fault"]: fault for fault in delivery.faults}
    if "drop" in named:
        return []
    body = _misreport(delivery.body, named)
    signed_at = now - named["stale"].get("by_ms", 600_000) if "stale" in named else now
    copies = named["duplicate"].get("copies", 2) if "duplicate" in named else 1
    sent = [_signed(key, body, signed_at) for _ in range(copies)]
    if "tampered" in named:
        body = body.replace(b'"amount_fen":', b'"amount_fen":1')
        sent = [Message(message.headers, body) for message in sent]
    return sent


def sent_so_far(tx: sqlite3.Connection, merchant: str | None = None) -> list[dict[str, Any]]:
    """Every notice with its tries and state, for the control page of tests."""
    rows = tx.execute(
        "SELECT notice_id, merchant, charge_no, url, state, tries, due_at FROM notices"
        " WHERE ? IS NULL OR merchant = ? ORDER BY seq",
        (merchant, merchant),
    )
    return [dict(row) for row in rows]


def _misreport(body: bytes, named: dict[str, dict[str, Any]]) -> bytes:
    """The body with the figures a faulty provider would put in it."""
    if not {"wrong_amount", "wrong_currency", "wrong_merchant"} & named.keys():
        return body
    document = wire.decode(body)
    result = document.get("payment") or document["refund"]
    if "wrong_amount" in named:
        result["amount_fen"] += named["wrong_amount"].get("delta_fen", 1)
    if "wrong_currency" in named:
        result["currency"] = named["wrong_currency"].get("currency", "USD")
    if "wrong_merchant" in named:
        result["merchant"] = named["wrong_merchant"].get("as_merchant", "another")
    return wire.encode(document)


def _signed(key: wire.SigningKey, body: bytes, at: int) -> Message:
    timestamp, nonce = str(at // 1000), secrets.token_hex(16)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        wire.SERIAL_HEADER: key.serial,
        wire.TIMESTAMP_HEADER: timestamp,
        wire.NONCE_HEADER: nonce,
        wire.SIGNATURE_HEADER: key.sign(wire.notice_text(timestamp, nonce, body)),
    }
    return Message(headers, body)
