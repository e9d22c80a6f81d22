"""What the ledger says of gifts and resales, put into their offers: the ledger's word is the last.

So an offer is right whatever died between the ledger's answer and its row. An offer whose
collectible has gone into other hands ends here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from collectibles.domain.money import show
from collectibles.followers.messages import tell
from collectibles.ledger.holds import does
from collectibles.store.tables.orders import Order
from collectibles.store.tables.passing import GiftOffer, ResaleOffer
from compliance.rule import Text

_KINDS: Final = ("gift", "resale", "forced", "return", "ruling", "hold")
_GIVEN: Final = Text("您的赠送已被领取。", "Your gift has been accepted.")
_GOT: Final = Text("转让完成，藏品已入藏。", "It has been passed on to you; it is yours now.")
_VOIDED: Final = Text(
    "转让没有完成，已取消；藏品仍在您的收藏中，可以重新发起。",
    "Passing it on was not completed and is cancelled. The collectible is still yours; you may"
    " offer it again.",
)


def follow(session: Session, entries: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Write what these entries say of offers; twice is harmless."""
    for index, entry in entries:
        if entry["kind"] not in _KINDS:
            continue
        kind, act, at = entry["kind"], entry["act"], entry["at"]
        if kind == "hold":
            _held(session, act["kind"], act["act"], index)
            continue
        if kind == "ruling":
            if not does(entry["held"], act):
                _not_permitted(session, entry["held"], act, at)
                continue
            kind, act = entry["held"]["kind"], entry["held"]["act"]
        if kind == "gift":
            _given(session, act, index, at)
        elif kind == "resale":
            _RESALE[act["step"]](session, act, index, at)
        if kind in ("gift", "forced", "return") or (kind == "resale" and act["step"] == "post"):
            _end_others(session, act, at)


def _held(session: Session, kind: str, act: dict[str, Any], index: int) -> None:
    """A held gift or reservation waits: nobody else can take the offer meanwhile."""
    values = {"state": "held", "to_account": act.get("to"), "hold_entry": index}
    if kind == "gift":
        session.execute(
            update(GiftOffer)
            .where(GiftOffer.id == act["offer"], GiftOffer.state == "offered")
            .values(**values)
        )
    elif kind == "resale" and act["step"] == "reserve":
        session.execute(
            update(ResaleOffer)
            .where(ResaleOffer.id == act["resale"], ResaleOffer.state == "offered")
            .values(**values)
        )


def _not_permitted(session: Session, held: dict[str, Any], ruling: dict[str, Any], at: int) -> None:
    """A held offer that is not permitted is over: by the ruling, its lapse, or one of the two."""
    act, given, new = held["act"], ruling["officers"], "lapsed"
    if given == [act.get("from")]:
        new = "withdrawn"
    elif given == [act.get("to")]:
        new = "refused" if held["kind"] == "gift" else "declined"
    values = {"state": new, "ended_at": at}
    if held["kind"] == "gift":
        mine = update(GiftOffer).where(GiftOffer.id == act["offer"], GiftOffer.state == "held")
        session.execute(mine.values(**values))
    elif held["kind"] == "resale":
        theirs = update(ResaleOffer).where(ResaleOffer.id == act["resale"])
        session.execute(theirs.where(ResaleOffer.state == "held").values(**values))


def _given(session: Session, act: dict[str, Any], index: int, at: int) -> None:
    changed = session.scalar(
        update(GiftOffer)
        .where(GiftOffer.id == act["offer"], GiftOffer.state != "given")
        .values(state="given", to_account=act["to"], ended_at=at, entry=index)
        .returning(GiftOffer.id)
    )
    if changed is not None:
        tell(session, act["from"], f"gift-{changed}", _GIVEN, at)


def _reserved(session: Session, act: dict[str, Any], index: int, at: int) -> None:
    """Reserved; where the offer had ended by then, the reservation is to be taken back."""
    values = {"to_account": act["to"], "reserve_entry": index}
    changed = session.scalar(
        update(ResaleOffer)
        .where(ResaleOffer.id == act["resale"], ResaleOffer.state.in_(("offered", "held")))
        .values(state="reserved", claimed_at=at, **values)
        .returning(ResaleOffer.id)
    )
    if changed is not None:
        asked = show(act["consideration"])
        said = Text(
            f"对方已接受您的转让，将支付{asked}。",
            f"Your offer has been accepted; {asked} is to be paid.",
        )
        tell(session, act["from"], f"resale-reserved-{changed}", said, at)
        return
    session.execute(
        update(ResaleOffer)
        .where(
            ResaleOffer.id == act["resale"],
            ResaleOffer.state.in_(("withdrawn", "declined", "lapsed")),
        )
        .values(state="voiding", **values)
    )


def _posted(session: Session, act: dict[str, Any], index: int, at: int) -> None:
    session.execute(
        update(Order)
        .where(Order.resale_id == act["resale"], Order.state.in_(("paid", "held")))
        .values(state="settled", entry=index, ended_at=at)
    )
    changed = session.scalar(
        update(ResaleOffer)
        .where(ResaleOffer.id == act["resale"], ResaleOffer.state != "posted")
        .values(state="posted", post_entry=index, ended_at=at)
        .returning(ResaleOffer.id)
    )
    if changed is not None:
        back = show(act["refund"]["amount"])
        gave = Text(
            f"转让完成，{back}已退回您原来的付款方式。",
            f"It has been passed on; {back} went back the way you paid.",
        )
        tell(session, act["to"], f"resale-got-{changed}", _GOT, at)
        tell(session, act["from"], f"resale-gave-{changed}", gave, at)


def _voided(session: Session, act: dict[str, Any], _: int, at: int) -> None:
    changed = session.execute(
        update(ResaleOffer)
        .where(
            ResaleOffer.id == act["resale"],
            ResaleOffer.state.in_(("reserved", "settling", "voiding")),
        )
        .values(state="voided", ended_at=at)
        .returning(ResaleOffer.id, ResaleOffer.from_account)
    ).one_or_none()
    if changed is not None:
        tell(session, changed.from_account, f"resale-voided-{changed.id}", _VOIDED, at)


_RESALE: Final = {"reserve": _reserved, "post": _posted, "void": _voided}


def _end_others(session: Session, act: dict[str, Any], at: int) -> None:
    """End the offers of whoever does not hold it any more, unless one is being acted on."""
    for table in (GiftOffer, ResaleOffer):
        session.execute(
            update(table)
            .where(
                table.series == act["series"],
                table.edition == act["edition"],
                table.state == "offered",
                table.to_account.is_(None),
                table.from_account != act.get("to"),
            )
            .values(state="lapsed", ended_at=at)
        )
