"""Holds, rulings and appeals: the officers' queue, and what those concerned are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.domain.calendar import say_time
from collectibles.followers.messages import tell
from collectibles.followers.subjects import about
from collectibles.ledger.holds import does
from collectibles.store.tables.holds import HoldRow
from collectibles.store.tables.people import Account
from compliance.rule import Text

_CAUSES: Final = ("order", "offer", "resale", "refund")
#: What somebody's own movement is called where they are told of it.
_NAMES: Final = {
    "sale": Text("您购买的", "your purchase of"),
    "gift": Text("您赠送或受赠的", "your gift of"),
    "resale": Text("您转让或受让的", "the passing on of"),
    "refund": Text("您的退款，藏品", "your refund for"),
    "return": Text("您的退货，藏品", "your return of"),
    "forced": Text("依法转移的", "the transfer by law of"),
    "account": Text("您的实名登记", "your registration by real name"),
}


def follow(session: Session, entries: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write what these entries say of holds; twice is harmless."""
    for index, entry in entries:
        if entry["kind"] == "hold":
            _held(session, index, entry)
        elif entry["kind"] == "ruling":
            _ruled(session, index, entry)
        elif entry["kind"] == "appeal":
            _appealed(session, index, entry)


def _held(session: Session, index: int, entry: dict[str, Any]) -> None:
    act, said = entry["act"], about(entry)
    inner = act["act"]
    named = inner.get("to")
    row = {
        "entry": index,
        "at": entry["at"],
        "kind": act["kind"],
        "series": said.series if said else "",
        "edition": said.edition if said else 0,
        "account_id": entry["whom"],
        "other_id": named if named != entry["whom"] else None,
        "cause": next((inner[name] for name in _CAUSES if name in inner), ""),
        "codes": [finding[0] for finding in entry["dec"]["f"]],
        "until": act["until"],
        "officers": act.get("officers"),
        "state": "open",
        "strike": False,
    }
    session.execute(insert(HoldRow).values(**row).on_conflict_do_nothing())
    if act["kind"] == "account":  # the ledger has been told; it is not to be told again
        session.execute(
            update(Account)
            .where(Account.id == inner["account"], Account.attested_entry.is_(None))
            .values(attested_entry=index)
        )
    what = _what(row)
    until_zh, until_en = say_time(act["until"], "zh"), say_time(act["until"], "en")
    told = Text(
        f"{what.zh}需要人工复核，现已暂缓（复核编号 {index}），没有发生任何变动。合规人员最迟在"
        f"{until_zh}前裁定，逾期不予办理。您可以做什么，见“我的复核事项”；您可以随时撤回，"
        "也可以通过投诉表单提出意见。",
        f"{what.en} is held for a person to look at (hold {index}); nothing has moved. A compliance"
        f" officer rules on it by {until_en}; after that it is not done. What you can do stands"
        " under “My holds”. You may withdraw it at any time, or write to us with the complaint"
        " form.",
    )
    for account in (row["account_id"], row["other_id"]):
        _tell(session, account, f"hold-{index}", told, entry["at"])


def _ruled(session: Session, index: int, entry: dict[str, Any]) -> None:
    act, at = entry["act"], entry["at"]
    found = session.get(HoldRow, act["hold"], with_for_update=True)
    if found is None:
        return
    row = {"kind": found.kind, "series": found.series, "edition": found.edition}
    what, key = _what(row), f"ruling-{index}"
    if "appeal" in act:
        if found.outcome_entry is None:
            found.appeal_ruling, found.outcome_entry, found.outcome_at = act["ruling"], index, at
        told = _OUTCOMES[act["ruling"], does(entry["held"], act)]
    else:
        if found.ruling_entry is None:
            found.state = _state(entry)
            found.ruling_entry, found.ruled_at = index, at
            found.ruled_by, found.strike = act["officers"], act.get("strike", False)
        told = _RULINGS[_state(entry)]
    zh = told.zh.format(what=what.zh, hold=found.entry)
    en = told.en.format(what=what.en, hold=found.entry)
    mine = Text(f"{zh}理由：{act['reasons']}", f"{en} Reasons: {act['reasons']}")
    if found.strike and "appeal" not in act:
        mine = Text(mine.zh + _STRUCK.zh, f"{mine.en} {_STRUCK.en}")
    if "appeal" not in act and _state(entry) == "refuse" and found.officers is not None:
        mine = Text(mine.zh + _APPEAL.zh, f"{mine.en} {_APPEAL.en}")
    _tell(session, found.account_id, key, mine, at)
    _tell(session, found.other_id, key, Text(zh, en), at)


def _appealed(session: Session, index: int, entry: dict[str, Any]) -> None:
    act = entry["act"]
    session.execute(
        update(HoldRow)
        .where(HoldRow.entry == act["hold"], HoldRow.appeal_entry.is_(None))
        .values(appeal_entry=index, appeal_at=act["received_at"])
    )
    _tell(session, act["account"], f"appeal-{index}", _RECEIVED, entry["at"])


def _state(entry: dict[str, Any]) -> str:
    """What a first ruling comes to: permit, refuse, lapse or withdraw."""
    act, held = entry["act"], entry["held"]
    if entry["at"] >= held["until"]:
        return "lapse"
    inner, given = held["act"], act["officers"]
    withdrawn = len(given) == 1 and given[0] in (inner.get(n) for n in ("account", "from", "to"))
    return "withdraw" if act["ruling"] == "refuse" and withdrawn else str(act["ruling"])


def _what(row: dict[str, Any]) -> Text:
    """The movement as those concerned know it."""
    name = _NAMES.get(row["kind"])
    if name is None:
        return Text("您的一项变动", "A movement of yours")
    if not row["series"]:
        return name
    subject = f"{row['series']}/{row['edition']}" if row["edition"] else row["series"]
    return Text(f"{name.zh} {subject} ", f"{name.en} {subject}")


def _tell(session: Session, account: str | None, key: str, what: Text, at: int) -> None:
    """Tell somebody who has an account here. Only the account concerned learns the reasons."""
    if account and session.scalar(select(Account.id).where(Account.id == account)):
        tell(session, account, key, what, at)


_RECEIVED: Final = Text(
    "您的申诉已收到并登记，由未参与原裁定的人员处理，结果会告知您。",
    "Your appeal has been received and recorded. Officers who had no part in the ruling decide it;"
    " you will be told what comes of it.",
)
_STRUCK: Final = Text(
    "该裁定同时认定违规，已记入您的账户。",
    "The ruling also establishes a breach, which is kept with your account.",
)
_APPEAL: Final = Text(
    "不服裁定的，可在“我的复核事项”中申诉一次，期限见该页。",
    "You may appeal once, under “My holds”, by the time given there.",
)
_RULINGS: Final = {
    "permit": Text(
        "{what}（复核编号 {hold}）已裁定准许并已办理。",
        "{what} (hold {hold}) has been permitted and done.",
    ),
    "refuse": Text(
        "{what}（复核编号 {hold}）经裁定不予准许，已付款项全额退回。",
        "{what} (hold {hold}) has been refused; anything paid goes back in full.",
    ),
    "lapse": Text(
        "{what}（复核编号 {hold}）到期没有裁定，不予办理，已付款项全额退回；您可以重新申请。",
        "{what} (hold {hold}) was not ruled on in time and is not done; anything paid goes back in"
        " full. You may ask again.",
    ),
    "withdraw": Text(
        "{what}（复核编号 {hold}）已由一方撤回，已付款项全额退回。",
        "{what} (hold {hold}) has been withdrawn by one side; anything paid goes back in full.",
    ),
}
_OUTCOMES: Final = {
    ("permit", True): Text(
        "对复核编号 {hold} 的申诉成立，{what}已准许并已办理。",
        "The appeal about hold {hold} is upheld: {what} has been permitted and done.",
    ),
    ("permit", False): Text(
        "对复核编号 {hold} 的申诉成立，原裁定已撤销，如有违规记录也已消除。"
        "款项此前已退回，您可以重新申请。",
        "The appeal about hold {hold} is upheld: the refusal is set aside, and so is any breach it"
        " established. The money went back before; you may ask again.",
    ),
    ("refuse", False): Text(
        "对复核编号 {hold} 的申诉不成立，维持原裁定；您仍可使用投诉表单或向主管部门反映。",
        "The appeal about hold {hold} is dismissed: the refusal stands. You may still write to us"
        " with the complaint form, or turn to the authorities.",
    ),
}
