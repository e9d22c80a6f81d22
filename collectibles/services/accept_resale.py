"""The named person accepts: the resale is reserved on the ledger, then an order waits to be paid.

The reservation decides by the rules and locks the collectible. The money then moves as
services/settle_resale.py says.
"""

from __future__ import annotations

import secrets

from sqlalchemy import case, select, update

from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError, Conflict, Refused, Unavailable
from collectibles.ledger import state
from collectibles.services.attest_account import attest_account
from collectibles.services.context import Context
from collectibles.services.deciding import ask, submit
from collectibles.services.offer_resale import RESERVED_MS, get_resale, resale_act
from collectibles.services.passing_on import OFFER_MS, for_recipient, over
from collectibles.services.pay import new_payment, open_payment
from collectibles.services.place_order import PAY_WITHIN_MS, PlacedOrder
from collectibles.services.terms import agreed
from collectibles.services.waiting import wait_hours
from collectibles.store.tables.orders import Order, Payment
from collectibles.store.tables.passing import ResaleOffer


def foresee_taking_over(ctx: Context, account: str, offer: ResaleOffer) -> None:
    """Raise Refused with what stands against this account's taking it over; Conflict if it is
    over."""
    attest_account(ctx, account)
    attest_account(ctx, offer.from_account)
    movement = reservation(ctx, offer, account)
    try:
        ask(ctx, movement)
    except Refused as refused:
        raise for_recipient(ctx, refused, "resale", movement.act) from None


def accept_resale(
    ctx: Context,
    account: str,
    offer: str,
    form_key: str,
    risk: str | None,
    device: str | None = None,
) -> PlacedOrder:
    """The named person accepts: reserved on the ledger, then an order to be paid.

    `risk` is the version of the risk text agreed to, `device` the tag of the person's device.
    Raises Refused with reasons, BadInput, NotFound, Conflict if it is over. The same person again
    gets the same order.
    """
    found = get_resale(ctx, account, offer)
    if found.from_account == account:
        raise Conflict(
            "own_resale",
            "这是您自己发起的转让，由对方接受。",
            "This is your own offer; the other person accepts it.",
        )
    before = order_of(ctx, offer)
    if before is not None:
        return _payable(ctx, before.id)
    risk = agreed("risk", risk, "risk")
    attest_account(ctx, account)
    attest_account(ctx, found.from_account)
    if found.state == "offered":
        claimed = _claim(ctx, offer, account, device)
        if claimed is not None:
            try:
                reserve(ctx, claimed)
            except Refused as refused:
                act = reservation(ctx, claimed, account).act
                raise for_recipient(ctx, refused, "resale", act) from None
    return _payable(ctx, _order(ctx, offer, account, form_key, risk))


def reserve(ctx: Context, claimed: ResaleOffer) -> None:
    """Reserve a claimed offer on the ledger; a refusal frees the claim. Again is harmless."""
    assert claimed.to_account is not None
    try:
        submit(ctx, reservation(ctx, claimed, claimed.to_account))
    except Unavailable:
        raise  # not known: the claim stays until the worker has asked the ledger
    except CollectiblesError as problem:
        _let_go(ctx, claimed, problem)
        raise


def reservation(ctx: Context, offer: ResaleOffer, account: str) -> Movement:
    """The reservation of this attempt: always the same, so that again is asking for the same."""
    act = resale_act(
        ctx,
        offer.id,
        (offer.series, offer.edition),
        offer.from_account,
        account,
        offer.consideration,
        offer.created_at + OFFER_MS + RESERVED_MS,
        (offer.device, offer.wait_hours),
    )
    op_id = f"resale-{offer.id}-reserve-{offer.attempt}"
    return Movement("resale", op_id, ctx.settings.operator_id, act)


def order_of(ctx: Context, offer: str) -> Order | None:
    """The order of an accepted resale, once there is one."""
    with ctx.database.begin() as session:
        return session.scalar(select(Order).where(Order.resale_id == offer))


def _claim(ctx: Context, offer: str, account: str, device: str | None) -> ResaleOffer | None:
    """Take the offer for its named person; None if it is not open (any more)."""
    now, mine = ctx.clock.now_ms(), ResaleOffer.to_account.is_(None)
    wait = wait_hours(ctx, "resale")
    with ctx.database.begin() as session:
        return session.scalar(
            update(ResaleOffer)
            .where(
                ResaleOffer.id == offer,
                ResaleOffer.state == "offered",
                ResaleOffer.expires_at > now,
                mine | (ResaleOffer.to_account == account),
            )
            .values(
                attempt=ResaleOffer.attempt + case((mine, 1), else_=0),
                claimed_at=case((mine, now), else_=ResaleOffer.claimed_at),
                device=case((mine, device), else_=ResaleOffer.device),
                wait_hours=case((mine, wait), else_=ResaleOffer.wait_hours),
                to_account=account,
            )
            .returning(ResaleOffer)
        )


def _let_go(ctx: Context, claimed: ResaleOffer, problem: CollectiblesError) -> None:
    """The ledger did not take this attempt: open again, or over if it changed hands."""
    gone = problem.code == "not_holder"
    with ctx.database.begin() as session:
        session.execute(
            update(ResaleOffer)
            .where(
                ResaleOffer.id == claimed.id,
                ResaleOffer.state == "offered",
                ResaleOffer.attempt == claimed.attempt,
            )
            .values(
                to_account=None,
                claimed_at=None,
                **({"state": "lapsed", "ended_at": ctx.clock.now_ms()} if gone else {}),
            )
        )


def _order(ctx: Context, offer: str, account: str, form_key: str, risk: str) -> str:
    """The order of a reserved resale, one for each. Raises Conflict if it is not reserved."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        found = session.scalars(
            select(ResaleOffer).where(ResaleOffer.id == offer).with_for_update()
        ).one()
        used = select(Order.id).where(Order.account_id == account, Order.form_key == form_key)
        if session.scalar(used.where(Order.resale_id.is_distinct_from(offer))) is not None:
            raise Conflict(
                "form_used",
                "这张表单已用于另一个订单。请刷新页面后再提交。",
                "This form has been used for another order. Please reload the page and try again.",
            )
        same = session.scalar(select(Order.id).where(Order.resale_id == offer))
        if same is not None:
            return same
        if found.state != "reserved" or found.to_account != account:
            raise over()
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
            device=found.device,
            wait_hours=found.wait_hours,
            pay_until=now + PAY_WITHIN_MS,
            created_at=now,
        )
        session.add(order)
        session.flush()
        new_payment(session, order, ctx.rail.name, now)
        return order.id


def _payable(ctx: Context, order_id: str) -> PlacedOrder:
    with ctx.database.begin() as session:
        payment = session.scalar(
            select(Payment.id).where(Payment.order_id == order_id, Payment.state == "opened")
        )
    return PlacedOrder(order_id, open_payment(ctx, payment) if payment else None)
