"""Complaints: anybody may make one, gets a number and a word to look it up with."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import func, select, text, update

from collectibles.errors import Conflict, NotFound, TooMany
from collectibles.services.context import Context
from collectibles.store.tables.oversight import Complaint

#: A complaint is answered within 15 days (E-Commerce Law Art. 59: timely; the number is ours).
ANSWER_MS = 15 * 86_400_000
#: More than this many in an hour are not taken from the form; the operator's contact stays.
MOST_AN_HOUR = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A complaint's number, and the secret word that shows its state to whoever made it."""

    number: int
    secret: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A complaint with its sealed parts opened."""

    number: int
    subject: str
    text: str
    contact: str
    state: str
    answer: str | None
    made_at: int
    due_at: int
    answered_at: int | None


def complain(ctx: Context, subject: str, words: str, contact: str, form_key: str) -> Made:
    """Keep a complaint; text and contact are sealed. The same form again is the same complaint.

    Raises TooMany when a flood of them comes in.
    """
    now = ctx.clock.now_ms()
    secret = hashlib.sha256(f"complaint {form_key}".encode()).hexdigest()[:16]
    with ctx.database.begin() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('complaint'))"))
        found = session.scalar(select(Complaint.number).where(Complaint.form_key == form_key))
        if found is not None:
            return Made(found, secret)
        recent = select(func.count()).where(Complaint.made_at > now - 3_600_000)
        if (session.scalar(recent) or 0) >= MOST_AN_HOUR:
            raise TooMany(
                "too_many_complaints",
                "当前提交过多，请稍后再试，或用页脚所列方式联系运营方。",
                "Too many are coming in. Try again later, or use the contact in the footer.",
            )
        number = (session.scalar(select(func.max(Complaint.number))) or 1000) + 1
        data_key = ctx.vault.new_data_key()
        session.add(
            Complaint(
                number=number,
                form_key=form_key,
                subject=subject,
                data_key=data_key,
                text=ctx.vault.seal(data_key, f"complaint.text:{number}", words),
                contact=ctx.vault.seal(data_key, f"complaint.contact:{number}", contact),
                look_up=_hash(secret),
                state="open",
                made_at=now,
                due_at=now + ANSWER_MS,
            )
        )
    return Made(number, secret)


def look_up(ctx: Context, number: int, secret: str) -> Shown:
    """A complaint for whoever made it. Raises NotFound unless number and word belong together."""
    with ctx.database.begin() as session:
        found = session.get(Complaint, number)
    if found is None or not secrets.compare_digest(found.look_up, _hash(secret)):
        raise NotFound(
            "no_complaint",
            "编号与查询码不符。",
            "There is no complaint of that number and word.",
        )
    return _open(ctx, found)


def complaints(ctx: Context) -> list[Shown]:
    """All complaints for the operator and the regulator, open ones first, the oldest first."""
    with ctx.database.begin() as session:
        wanted = select(Complaint).order_by(Complaint.state != "open", Complaint.made_at)
        found = list(session.scalars(wanted.limit(500)))
    return [_open(ctx, each) for each in found]


def answer(ctx: Context, number: int, words: str) -> None:
    """Answer a complaint. Raises Conflict if it was answered otherwise already."""
    with ctx.database.begin() as session:
        moved = session.execute(
            update(Complaint)
            .where(Complaint.number == number, Complaint.state == "open")
            .values(state="answered", answer=words, answered_at=ctx.clock.now_ms())
        )
        if moved.rowcount != 1:  # type: ignore[attr-defined]
            found = session.get(Complaint, number)
            if found is None or found.answer != words:
                raise Conflict(
                    "answered", "该投诉已答复。", "This complaint has been answered already."
                )


def _open(ctx: Context, found: Complaint) -> Shown:
    parts = {"text": "", "contact": ""}
    for name in parts:
        sealed = getattr(found, name)
        if found.data_key is not None and sealed is not None:
            place = f"complaint.{name}:{found.number}"
            parts[name] = ctx.vault.open(found.data_key, place, sealed)
    return Shown(
        found.number,
        found.subject,
        parts["text"],
        parts["contact"],
        found.state,
        found.answer,
        found.made_at,
        found.due_at,
        found.answered_at,
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
