"""Offer to pass a collectible on at cost to one named person, and take the offer back.

Two persons agree; nobody else sees it. The person is named by their phone, of which only the blind
index is kept. Nothing is on the ledger until the other person accepts (services/accept_resale.py);
a refusal of what the holder asks for is.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from collectibles.domain.identity import parse_phone
from collectibles.errors import BadInput, Conflict, NotFound
from collectibles.followers.messages import tell
from collectibles.ledger import state
from collectibles.services.attest_account import attest_account
from collectibles.services.context import Context
from collectibles.services.deciding import ask, request
from collectibles.services.passing_on import (
    OFFER_MS,
    OFFERS_A_DAY,
    OPEN_RESALE,
    busy,
    check_holder,
    nothing_open,
    over,
    question,
    resale_open,
)
from collectibles.services.sale_movement import expected_facts
from collectibles.services.tally import DAY_MS, count
from collectibles.services.waiting import wait_hours
from collectibles.store.tables.passing import ResaleOffer
from collectibles.store.tables.people import Account
from compliance.rule import Text

#: How long the ledger keeps an accepted resale reserved, from the last moment at which the offer
#: can be accepted: time to pay, to refund and to settle.
RESERVED_MS = 24 * 3_600_000

_TO_YOU = Text(
    "有人按成本价向您转让一件藏品，只有您能看到。请在“转赠与转让”页面查看，三天内有效。",
    "Somebody offers to pass a collectible on to you at cost; only you can see it. Look under"
    " “Giving and passing on”; it waits three days.",
)


def foresee_resale(
    ctx: Context, account: str, series: str, edition: int, asked: int | None = None
) -> dict[str, Any]:
    """The collectible's state on the ledger, if it could be passed on now for `asked` fen (None:
    for what it cost). Raises Refused with what stands against it, whoever would get it.
    """
    value = check_holder(ctx, account, series, edition)
    attest_account(ctx, account)
    asked = cost_of(value) if asked is None else asked
    act = resale_act(ctx, "t-expected", (series, edition), account, None, max(asked, 1))
    ask(ctx, question(ctx, "resale", act))
    return value


def cost_of(value: dict[str, Any]) -> int:
    """What a collectible cost its holder, fen: paid less refunded."""
    return int(value["paid"] - value["back"])


def offer_resale(
    ctx: Context,
    account: str,
    series: str,
    edition: int,
    phone: str,
    consideration: int,
    form_key: str,
) -> str:
    """Offer a collectible to whoever has this phone, for `consideration` fen; the offer's id.

    Raises Refused with reasons (above cost, too soon, …; the ledger records it), BadInput,
    NotFound, TooMany, Conflict when it is offered already. The same form again is the same offer.
    """
    number = parse_phone(phone, "phone")
    index = ctx.vault.blind_index("phone", number)
    same = _of_form(ctx, account, form_key)
    if same is not None:
        return same
    check_holder(ctx, account, series, edition)
    attest_account(ctx, account)
    _fit(ctx, account, index, consideration)
    act = resale_act(ctx, "t-expected", (series, edition), account, None, consideration)
    request(ctx, question(ctx, "resale", act, form_key))
    lapse_resales(ctx)
    try:
        nothing_open(ctx, series, edition)
    except Conflict:
        same = _of_form(ctx, account, form_key)  # it may be this form that was quicker
        if same is None:
            raise
        return same
    now = ctx.clock.now_ms()
    offer = f"t-{hashlib.sha256(f'{account} {form_key}'.encode()).hexdigest()[:20]}"
    try:
        with ctx.database.begin() as session:
            count(ctx, session, "resale_offer", account, DAY_MS, OFFERS_A_DAY)
            session.add(
                ResaleOffer(
                    id=offer,
                    series=series,
                    edition=edition,
                    from_account=account,
                    to_phone_index=index,
                    consideration=consideration,
                    state="offered",
                    attempt=0,
                    form_key=form_key,
                    created_at=now,
                    expires_at=now + OFFER_MS,
                )
            )
            _tell_named(session, index, offer, now)
    except IntegrityError as error:
        same = _of_form(ctx, account, form_key)
        if same is not None:
            return same
        raise resale_open() from error
    return offer


def get_resale(ctx: Context, account: str, offer: str) -> ResaleOffer:
    """An offer that this account made or that is made to its phone. Raises NotFound, the same for
    other people's as for none."""
    with ctx.database.begin() as session:
        found = session.get(ResaleOffer, offer)
        mine = session.get_one(Account, account)
    if found is None or (found.from_account != account and not _named(found, mine)):
        raise NotFound("no_resale", "没有这份转让。", "There is no such offer.")
    return found


def resales_of(ctx: Context, account: str) -> list[ResaleOffer]:
    """Offers made by this account or to its phone, newest first."""
    with ctx.database.begin() as session:
        mine = session.get_one(Account, account)
        wanted = select(ResaleOffer).where(
            or_(
                ResaleOffer.from_account == account,
                ResaleOffer.to_account == account,
                (ResaleOffer.to_phone_index == mine.phone_index) & ResaleOffer.to_account.is_(None),
            )
        )
        return list(session.scalars(wanted.order_by(ResaleOffer.created_at.desc()).limit(100)))


def open_resale_of(ctx: Context, account: str, series: str, edition: int) -> ResaleOffer | None:
    """The offer of this collectible that is under way now, if there is one."""
    with ctx.database.begin() as session:
        return session.scalar(
            select(ResaleOffer).where(
                ResaleOffer.from_account == account,
                ResaleOffer.series == series,
                ResaleOffer.edition == edition,
                ResaleOffer.state.in_(OPEN_RESALE),
                (ResaleOffer.state != "offered")
                | ResaleOffer.to_account.is_not(None)
                | (ResaleOffer.expires_at > ctx.clock.now_ms()),
            )
        )


def withdraw_resale(ctx: Context, account: str, offer: str) -> None:
    """The holder takes it back, or the named person declines it; not once it is accepted.

    Again is harmless. Raises NotFound, Conflict.
    """
    found = get_resale(ctx, account, offer)
    new = "withdrawn" if found.from_account == account else "declined"
    if found.state == new:
        return
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        ended = session.scalar(
            update(ResaleOffer)
            .where(
                ResaleOffer.id == offer,
                ResaleOffer.state == "offered",
                ResaleOffer.to_account.is_(None),
            )
            .values(state=new, ended_at=now)
            .returning(ResaleOffer.id)
        )
        if ended is not None and new == "declined":
            said = Text("对方谢绝了您的转让。", "Your offer to pass it on was declined.")
            tell(session, found.from_account, f"resale-{offer}", said, now)
    if ended is None:
        again = get_resale(ctx, account, offer)
        if again.state != new:
            raise busy() if again.state == "offered" else over()


def lapse_resales(ctx: Context) -> int:
    """End the offers that nobody accepted in time; how many there were."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        ended = session.scalars(
            update(ResaleOffer)
            .where(
                ResaleOffer.state == "offered",
                ResaleOffer.to_account.is_(None),
                ResaleOffer.expires_at <= now,
            )
            .values(state="lapsed", ended_at=now)
            .returning(ResaleOffer.id)
        )
        return len(list(ended))


def resale_act(
    ctx: Context,
    offer: str,
    collectible: tuple[str, int],
    giver: str,
    to: str | None,
    asked: int,
    until: int | None = None,
    accepted: tuple[str | None, int | None] = (None, None),
) -> dict[str, Any]:
    """The reservation of a resale for `asked` fen, kept `until` (ms UTC); `accepted` on a device by
    somebody who was shown so many hours to wait before giving it.

    It carries the payment that is expected; the posting carries the real one.
    """
    seller = ctx.ledger.read.value(state.series(collectible[0]))["seller"]
    device, wait = accepted
    return {
        "step": "reserve",
        "resale": offer,
        "series": collectible[0],
        "edition": collectible[1],
        "from": giver,
        "to": to,
        "named": True,
        "consideration": asked,
        "payment": {**expected_facts(ctx, asked, seller), "refundable_until": None},
        "until": ctx.clock.now_ms() + RESERVED_MS if until is None else until,
        "device": device,
        "wait_hours": wait_hours(ctx, "resale") if wait is None else wait,
    }


def _fit(ctx: Context, account: str, phone_index: bytes, consideration: int) -> None:
    with ctx.database.begin() as session:
        if session.get_one(Account, account).phone_index == phone_index:
            raise BadInput(
                "phone",
                "own_phone",
                "不能转让给自己，请填写对方的手机号。",
                "You cannot pass it on to yourself; please give the other person's number.",
            )
    if consideration < 1:
        raise BadInput(
            "consideration",
            "nothing_asked",
            "金额至少为 0.01 元。如果不收款，请使用赠送。",
            "At least 0.01 yuan. If you ask for nothing, give it as a gift.",
        )


def _tell_named(session: Session, phone_index: bytes, offer: str, now: int) -> None:
    """Leave word for the named person, if there is an account; the holder does not learn that."""
    wanted = select(Account.id).where(Account.phone_index == phone_index, Account.open)
    account = session.scalar(wanted)
    if account is not None:
        tell(session, account, f"resale-offer-{offer}", _TO_YOU, now)


def _named(found: ResaleOffer, account: Account) -> bool:
    if found.to_account is not None:
        return found.to_account == account.id
    return found.to_phone_index == account.phone_index


def _of_form(ctx: Context, account: str, form_key: str) -> str | None:
    with ctx.database.begin() as session:
        return session.scalar(
            select(ResaleOffer.id).where(
                ResaleOffer.form_key == form_key, ResaleOffer.from_account == account
            )
        )
