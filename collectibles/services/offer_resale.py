"""Passing on at cost: offered by the holder to one named person, who accepts, then pays.

Two persons agree; nobody else sees it. The person is named by their phone, of which only the blind
index is kept. Acceptance reserves the resale on the ledger, which decides it and locks the
collectible; the money then moves as services/settle_resale.py says.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import case, or_, select, update
from sqlalchemy.exc import IntegrityError

from collectibles.domain.identity import parse_phone
from collectibles.domain.money import show
from collectibles.domain.movements import Movement
from collectibles.errors import BadInput, Conflict, NotFound
from collectibles.followers.messages import tell
from collectibles.ledger import state
from collectibles.services.attest_account import attest_account
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.passing_on import ask_supposing, check_holder, over
from collectibles.services.pay import new_payment, open_payment
from collectibles.services.place_order import PAY_WITHIN_MS, PlacedOrder
from collectibles.services.sale_movement import expected_facts
from collectibles.services.terms import agreed
from collectibles.store.tables.orders import Order, Payment
from collectibles.store.tables.passing import ResaleOffer
from collectibles.store.tables.people import Account
from compliance.rule import Text

#: How long an offer waits for the named person: 72 hours.
OFFER_MS = 72 * 3_600_000
#: How long the ledger keeps an accepted resale reserved: time to pay, to refund and to settle.
RESERVED_MS = 24 * 3_600_000


def foresee_resale(ctx: Context, account: str, series: str, edition: int, asked: int) -> int:
    """What it cost the holder, fen. Raises Refused with what stands against passing it on now."""
    value = check_holder(ctx, account, series, edition)
    cost = int(value["paid"] - value["back"])
    act = _act(ctx, f"x-{secrets.token_hex(4)}", series, edition, account, "", asked or cost)
    ask_supposing(ctx, "resale", act)
    return cost


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

    Raises Refused with reasons (above cost, too soon, …), BadInput, Conflict when another offer
    is open. The same form again is the same offer.
    """
    number = parse_phone(phone, "phone")
    index = ctx.vault.blind_index("phone", number)
    same = _of_form(ctx, account, form_key)
    if same is not None:
        return same
    with ctx.database.begin() as session:
        if session.get_one(Account, account).phone_index == index:
            raise BadInput(
                "phone", "own_phone", "不能转让给自己。", "You cannot pass it on to yourself."
            )
    if consideration < 1:
        raise BadInput(
            "consideration",
            "nothing_asked",
            "如果不收款，请使用赠送。",
            "If you ask for nothing, give it as a gift.",
        )
    foresee_resale(ctx, account, series, edition, consideration)
    lapse_resales(ctx)
    now, offer = ctx.clock.now_ms(), f"t-{secrets.token_hex(8)}"
    try:
        with ctx.database.begin() as session:
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
    except IntegrityError as error:
        same = _of_form(ctx, account, form_key)
        if same is not None:
            return same
        raise Conflict(
            "resale_open",
            "这件藏品已有一份未完成的转让。请先撤回，或等待对方答复。",
            "Passing this on is under way already. Withdraw it, or wait for the answer.",
        ) from error
    return offer


def get_resale(ctx: Context, account: str, offer: str) -> ResaleOffer:
    """An offer that this account made or that is made to its phone. Raises NotFound."""
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


def withdraw_resale(ctx: Context, account: str, offer: str) -> None:
    """The holder takes it back, or the named person declines it; not once it is accepted.

    Again is harmless. Raises NotFound, Conflict.
    """
    found = get_resale(ctx, account, offer)
    new = "withdrawn" if found.from_account == account else "declined"
    if found.state == new:
        return
    with ctx.database.begin() as session:
        ended = session.scalar(
            update(ResaleOffer)
            .where(
                ResaleOffer.id == offer,
                ResaleOffer.state == "offered",
                ResaleOffer.to_account.is_(None),
            )
            .values(state=new, ended_at=ctx.clock.now_ms())
            .returning(ResaleOffer.id)
        )
        if ended is None:
            raise over()
        if new == "declined":
            said = Text("对方谢绝了您的转让。", "Your offer to pass it on was declined.")
            tell(session, found.from_account, f"resale-{offer}", said, ctx.clock.now_ms())


def accept_resale(
    ctx: Context, account: str, offer: str, form_key: str, risk: str | None
) -> PlacedOrder:
    """The named person accepts: reserved on the ledger, then an order to be paid.

    `risk` is the version of the risk text agreed to. Raises Refused with reasons, Conflict if it
    is over. The same person again gets the same order.
    """
    found = get_resale(ctx, account, offer)
    risk = agreed("risk", risk, "risk")
    if found.from_account == account:
        raise over()
    attest_account(ctx, account)
    if not _claim(ctx, offer, account):
        raise over()
    found = get_resale(ctx, account, offer)
    if found.state == "offered":
        reserve(ctx, found)
    order_id = _order(ctx, offer, account, form_key, risk)
    with ctx.database.begin() as session:
        payment = session.scalar(
            select(Payment.id).where(Payment.order_id == order_id, Payment.state == "opened")
        )
    return PlacedOrder(order_id, open_payment(ctx, payment) if payment else None)


def reserve(ctx: Context, found: ResaleOffer) -> None:
    """Reserve a claimed offer on the ledger; a refusal frees the claim. Again is harmless."""
    assert found.to_account is not None
    now = ctx.clock.now_ms()
    act = _act(
        ctx,
        found.id,
        found.series,
        found.edition,
        found.from_account,
        found.to_account,
        found.consideration,
    )
    act["until"] = found.created_at + OFFER_MS + RESERVED_MS
    op_id = f"resale-{found.id}-reserve-{found.attempt}"
    try:
        receipt = submit(ctx, Movement("resale", op_id, ctx.settings.operator_id, act))
    except Exception:
        with ctx.database.begin() as session:
            session.execute(
                update(ResaleOffer)
                .where(ResaleOffer.id == found.id, ResaleOffer.state == "offered")
                .values(to_account=None)
            )
        raise
    with ctx.database.begin() as session:
        session.execute(
            update(ResaleOffer)
            .where(ResaleOffer.id == found.id, ResaleOffer.state == "offered")
            .values(state="reserved", reserve_entry=receipt.index)
        )
        said = Text(
            f"对方已接受，正在付款{show(found.consideration)}。",
            f"Your offer has been accepted; {show(found.consideration)} is being paid.",
        )
        tell(session, found.from_account, f"resale-reserved-{found.id}", said, now)


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


def _act(
    ctx: Context, offer: str, series: str, edition: int, giver: str, to: str, asked: int
) -> dict[str, Any]:
    return {
        "step": "reserve",
        "resale": offer,
        "series": series,
        "edition": edition,
        "from": giver,
        "to": to,
        "named": True,
        "consideration": asked,
        # A reserved resale is asked with the payment that is expected; the posting with the real.
        "payment": {**expected_facts(ctx, asked), "refundable_until": None},
        "until": ctx.clock.now_ms() + RESERVED_MS,
    }


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


def _claim(ctx: Context, offer: str, account: str) -> bool:
    with ctx.database.begin() as session:
        taken = session.scalar(
            update(ResaleOffer)
            .where(
                ResaleOffer.id == offer,
                (ResaleOffer.state == "reserved")
                | (
                    (ResaleOffer.state == "offered") & (ResaleOffer.expires_at > ctx.clock.now_ms())
                ),
                ResaleOffer.to_account.is_(None) | (ResaleOffer.to_account == account),
            )
            .values(
                attempt=ResaleOffer.attempt + case((ResaleOffer.to_account.is_(None), 1), else_=0),
                to_account=account,
            )
            .returning(ResaleOffer.id)
        )
    return taken is not None


def _order(ctx: Context, offer: str, account: str, form_key: str, risk: str) -> str:
    """The order of an accepted resale, one for each offer."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        found = session.scalars(
            select(ResaleOffer).where(ResaleOffer.id == offer).with_for_update()
        ).one()
        same = session.scalar(select(Order.id).where(Order.resale_id == offer))
        if same is not None:
            return same
        series = ctx.ledger.read.value(state.series(found.series))
        order = Order(
            id=f"o-{secrets.token_hex(10)}",
            account_id=account,
            kind="resale",
            series=found.series,
            edition=found.edition,
            amount=found.consideration,
            merchant=series["seller"],
            state="placed",
            form_key=form_key,
            resale_id=offer,
            risk_terms=risk,
            no_return_terms=None,
            pay_until=now + PAY_WITHIN_MS,
            created_at=now,
        )
        session.add(order)
        session.flush()
        new_payment(session, order, ctx.rail.name, now)
        return order.id
