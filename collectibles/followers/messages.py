"""What people are told because of what the ledger says: a freeze, a release, a takedown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.domain.calendar import say_time
from collectibles.store.tables.oversight import Holding
from collectibles.store.tables.people import Account, Message
from compliance.rule import Text


def follow(session: Session, entries: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write the messages that these entries call for; twice is harmless."""
    for index, entry in entries:
        if entry["kind"] == "restraint":
            for account in _concerned(session, entry["act"]):
                tell(session, account, f"restraint-{index}", _of(entry["act"]), entry["at"])


def tell(session: Session, account: str, key: str, what: Text, at: int) -> None:
    """Leave a message for an account, once for each `key`."""
    identifier = hashlib.sha256(f"{account} {key}".encode()).hexdigest()[:32]
    session.execute(
        insert(Message)
        .values(
            id=identifier,
            account_id=account,
            key=key,
            zh=what.zh,
            en=what.en,
            created_at=at,
            read_at=None,
        )
        .on_conflict_do_nothing()
    )


def _concerned(session: Session, act: dict[str, Any]) -> Iterator[str]:
    """The accounts a restraint touches: its own, or the holders of what it touches."""
    if act["scope"] == "account":
        yield from session.scalars(select(Account.id).where(Account.id == act["subject"]))
        return
    series, _, number = act["subject"].partition("/")
    held = select(Holding.account_id).where(Holding.series == series)
    if number:
        held = held.where(Holding.edition == int(number))
    yield from (account for account in session.scalars(held.distinct()) if account is not None)


def _of(act: dict[str, Any]) -> Text:
    subject = act["subject"]
    if act["action"] == "release":
        return Text(
            f"对{subject}的冻结已解除。文号：{act['document']}，机关：{act['authority']}。",
            f"The freeze on {subject} has been released. Document: {act['document']}, by"
            f" {act['authority']}.",
        )
    zh = say_time(act["until"], "zh") if act["until"] else "另行通知"
    en = say_time(act["until"], "en") if act["until"] else "further notice"
    return Text(
        f"{subject}已被冻结，期限至{zh}。文号：{act['document']}，机关：{act['authority']}，"
        f"依据：{act['basis']}。如有异议，可向该机关提出，或通过本站投诉表单联系我们。",
        f"{subject} has been frozen until {en}. Document: {act['document']}, by"
        f" {act['authority']}, on the basis of: {act['basis']}. You may object to that authority,"
        " or write to us with the complaint form.",
    )
