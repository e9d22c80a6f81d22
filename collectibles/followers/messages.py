"""What people are told because of what the ledger says: a freeze, a release, a takedown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.domain.calendar import say_time
from collectibles.store.tables.oversight import Holding
from collectibles.store.tables.people import Account, Message
from compliance.rule import Text

#: Messages written with one statement: a whole series may have very many holders.
_MANY: Final = 1000


def follow(session: Session, entries: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write the messages that these entries call for; twice is harmless."""
    for index, entry in entries:
        if entry["kind"] != "restraint":
            continue
        what, key, at = _of(entry["act"]), f"restraint-{index}", entry["at"]
        concerned = list(_concerned(session, entry["act"]))
        for start in range(0, len(concerned), _MANY):
            rows = [_row(account, key, what, at) for account in concerned[start : start + _MANY]]
            session.execute(insert(Message).values(rows).on_conflict_do_nothing())


def tell(session: Session, account: str, key: str, what: Text, at: int) -> None:
    """Leave a message for an account, once for each `key`."""
    session.execute(insert(Message).values(_row(account, key, what, at)).on_conflict_do_nothing())


def _row(account: str, key: str, what: Text, at: int) -> dict[str, Any]:
    return {
        "id": hashlib.sha256(f"{account} {key}".encode()).hexdigest()[:32],
        "account_id": account,
        "key": key,
        "zh": what.zh,
        "en": what.en,
        "created_at": at,
        "read_at": None,
    }


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
    subject = _SUBJECTS[act["scope"]]
    zh, en = subject.zh.format(act["subject"]), subject.en.format(act["subject"])
    if act["action"] == "release":
        return Text(
            f"{zh}的冻结已解除。文号：{act['document']}，机关：{act['authority']}，"
            f"依据：{act['basis']}。",
            f"The freeze on {en} has been released. Document: {act['document']}, by"
            f" {act['authority']}, on the basis of: {act['basis']}.",
        )
    until_zh = f"期限至{say_time(act['until'], 'zh')}" if act["until"] else "未定期限"
    until_en = f"until {say_time(act['until'], 'en')}" if act["until"] else "with no term"
    return Text(
        f"{zh}已被冻结，{until_zh}；冻结期间不能赠送、转让或退货。文号：{act['document']}，"
        f"机关：{act['authority']}，依据：{act['basis']}。"
        "如有异议，可凭文号向该机关提出，或通过本站投诉表单联系我们。",
        f"There is a freeze on {en}, {until_en}; meanwhile nothing of it can be given, passed on or"
        f" returned. Document: {act['document']}, by {act['authority']}, on the basis of:"
        f" {act['basis']}. You may object to that authority, quoting the document, or write to us"
        " with the complaint form.",
    )


_SUBJECTS: Final = {
    "account": Text("您的账户", "your account"),
    "series": Text("您持有藏品的系列{}", "the series {}, of which you hold a collectible"),
    "collectible": Text("您持有的藏品{}", "your collectible {}"),
}
