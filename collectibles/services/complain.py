"""Complaints: anybody may make one, gets a number and a word to look it up with."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, text, update

from collectibles.errors import Conflict, NotFound, TooMany
from collectibles.services.context import Context
from collectibles.services.tally import HOUR_MS, count
from collectibles.store.tables.oversight import Complaint
from compliance.rule import Text

#: What a complaint may be about. Only this is kept in the open, so it says nothing of anybody.
SUBJECTS: Final = {
    "order": Text("订单、付款或退款", "An order, a payment or a refund"),
    "refusal": Text("购买、赠送或转让被拒绝", "A purchase, gift or passing on that was refused"),
    "restraint": Text("冻结、下架等措施", "A freeze, a takedown or another measure"),
    "rights": Text("侵犯著作权或其他权利", "Copyright or other rights infringed"),
    "content": Text("内容违法、虚假或不当", "Content that is unlawful, false or improper"),
    "speculation": Text("炒作、倒卖或诈骗", "Speculation, resale for profit or fraud"),
    "personal_data": Text("个人信息与隐私", "Personal data and privacy"),
    "minor": Text("涉及未成年人", "A minor is concerned"),
    "service": Text("网站使用与服务", "The site and its service"),
    "other": Text("其他", "Something else"),
}
#: A complaint is answered within 15 days (E-Commerce Law Art. 59: timely; the number is ours).
ANSWER_MS: Final = 15 * 86_400_000
#: More than this many in an hour are not taken from the form; the operator's contact stays.
MOST_AN_HOUR: Final = 200
MOST_AN_HOUR_FROM_ONE_ADDRESS: Final = 20


@dataclass(frozen=True, slots=True)
class Made:
    """A complaint's number, and the secret word that shows its state to whoever made it."""

    number: int
    secret: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A complaint as lists show it: nothing that is sealed. `about` says `subject` in words."""

    number: int
    subject: str
    state: str
    made_at: int
    due_at: int
    answered_at: int | None

    @property
    def about(self) -> Text:
        return SUBJECTS.get(self.subject) or Text(self.subject, self.subject)


@dataclass(frozen=True, slots=True)
class Shown(Listed):
    """A complaint with its sealed parts opened."""

    text: str
    contact: str
    answer: str | None


def complain(
    ctx: Context, subject: str, words: str, contact: str, form_key: str, address: str = ""
) -> Made:
    """Keep a complaint; text and contact are sealed. The same form again is the same complaint.

    `subject` is one of SUBJECTS; `address` where it comes from, of which a keyed hash is counted.
    Raises TooMany when a flood of them comes in.
    """
    now = ctx.clock.now_ms()
    secret = hashlib.sha256(f"complaint {form_key}".encode()).hexdigest()[:16]
    with ctx.database.begin() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('complaint'))"))
        found = session.scalar(select(Complaint.number).where(Complaint.form_key == form_key))
        if found is not None:
            return Made(found, secret)
        if address:
            count(ctx, session, "complaint", address, HOUR_MS, MOST_AN_HOUR_FROM_ONE_ADDRESS)
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


def complaints(ctx: Context, state: str | None = None) -> list[Listed]:
    """Complaints for the operator and the regulator, open ones first, the oldest first; nothing
    sealed is opened. With `state` (open, answered) only those."""
    wanted = select(Complaint).order_by(Complaint.state != "open", Complaint.made_at)
    if state is not None:
        wanted = wanted.where(Complaint.state == state)
    with ctx.database.begin() as session:
        found = list(session.scalars(wanted.limit(500)))
    return [
        Listed(each.number, each.subject, each.state, each.made_at, each.due_at, each.answered_at)
        for each in found
    ]


def get_complaint(ctx: Context, number: int) -> Shown:
    """One complaint in full, for the operator and the regulator. Raises NotFound."""
    with ctx.database.begin() as session:
        found = session.get(Complaint, number) if number < 2**63 else None
    if found is None:
        raise NotFound("no_complaint", "没有这项投诉。", "There is no such complaint.")
    return _open(ctx, found)


def answer(ctx: Context, number: int, words: str, staff: str | None = None) -> None:
    """Answer a complaint. The same answer again is harmless. Raises NotFound, or Conflict if it
    was answered otherwise already."""
    with ctx.database.begin() as session:
        moved = session.scalar(
            update(Complaint)
            .where(Complaint.number == number, Complaint.state == "open")
            .values(
                state="answered",
                answer=words,
                answered_at=ctx.clock.now_ms(),
                answered_by=staff,
            )
            .returning(Complaint.number)
        )
        if moved is not None:
            return
        found = session.get(Complaint, number)
        if found is None:
            raise NotFound("no_complaint", "没有这项投诉。", "There is no such complaint.")
        if found.answer != words:
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
        found.state,
        found.made_at,
        found.due_at,
        found.answered_at,
        parts["text"],
        parts["contact"],
        found.answer,
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
