"""Accept a gift by its link, or refuse it. Whoever accepts first claims the offer.

The claim holds until the ledger has answered; its answer goes into the offer by a follower
(followers/offers.py). What a crash left claimed is submitted again under the same operation id,
which gives the same answer (`finish_gifts`).
"""

from __future__ import annotations

import logging
import re
from typing import Final

from sqlalchemy import case, select, update

from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError, Conflict, NotFound, Refused, Unavailable
from collectibles.followers.messages import tell
from collectibles.services.attest_account import attest_account
from collectibles.services.context import Context
from collectibles.services.deciding import ask, submit
from collectibles.services.offer_gift import end_gift, gift_act, lapse_gifts
from collectibles.services.passing_on import (
    STALE_MS,
    busy,
    for_recipient,
    in_review,
    link_hash,
    over,
)
from collectibles.services.waiting import wait_hours
from collectibles.store.tables.passing import GiftOffer
from compliance.rule import Text

log = logging.getLogger(__name__)

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{20,64}", re.ASCII)
_REFUSED: Final = Text("对方婉拒了您的赠送。", "Your gift was declined.")


def open_gift(ctx: Context, secret: str) -> GiftOffer:
    """The offer behind a link, whatever its state. Raises NotFound."""
    found = None
    if _SECRET.fullmatch(secret):
        with ctx.database.begin() as session:
            wanted = select(GiftOffer).where(GiftOffer.link_hash == link_hash(secret))
            found = session.scalar(wanted)
    if found is None:
        raise NotFound(
            "no_gift",
            "该链接无效。请核对链接是否完整，或请对方重新发给您。",
            "This link is not valid. Please check that it is complete, or ask for it again.",
        )
    return found


def is_usable(ctx: Context, offer: GiftOffer) -> bool:
    """Whether the offer still waits for somebody."""
    return offer.state == "offered" and offer.expires_at > ctx.clock.now_ms()


def foresee_acceptance(ctx: Context, account: str, offer: GiftOffer) -> None:
    """Raise Refused with what stands against this account's having it; Conflict if it is over."""
    attest_account(ctx, account)
    attest_account(ctx, offer.from_account)
    movement = _movement(ctx, offer, account)
    try:
        ask(ctx, movement)
    except Refused as refused:
        raise for_recipient(ctx, refused, "gift", movement.act) from None


def accept_gift(ctx: Context, account: str, secret: str) -> GiftOffer:
    """Have the gift done to `account`, which declares as the donor did that nothing is given in
    return. Raises Refused with the reasons, Conflict if it is over. Again returns the same.
    """
    found = open_gift(ctx, secret)
    if found.from_account == account:
        raise Conflict(
            "own_gift",
            "这是您自己送出的藏品，不能由自己领取。",
            "This is your own gift; you cannot accept it yourself.",
        )
    if found.state == "given" and found.to_account == account:
        return found
    attest_account(ctx, account)
    attest_account(ctx, found.from_account)
    claimed = _claim(ctx, found.id, account)
    if claimed is None:
        found = open_gift(ctx, secret)
        if found.state == "given" and found.to_account == account:
            return found
        if found.state == "held" and found.to_account == account and found.hold_entry is not None:
            raise in_review(found.hold_entry)
        raise busy() if is_usable(ctx, found) else over()
    movement = _movement(ctx, claimed, account)
    try:
        submit(ctx, movement)
    except Unavailable:
        raise  # not known: the claim stays until finish_gifts has asked the ledger
    except Refused as refused:
        _let_go(ctx, claimed, refused)
        raise for_recipient(ctx, refused, "gift", movement.act) from None
    except CollectiblesError as problem:
        _let_go(ctx, claimed, problem)
        raise
    return open_gift(ctx, secret)


def refuse_gift(ctx: Context, secret: str) -> None:
    """The recipient does not want it. Again is harmless. Raises NotFound, Conflict when over."""
    found = open_gift(ctx, secret)
    if found.state == "refused":
        return
    if not is_usable(ctx, found) or not end_gift(ctx, found.id, "refused"):
        again = open_gift(ctx, secret)
        if again.state == "refused":
            return
        raise busy() if is_usable(ctx, again) else over()
    with ctx.database.begin() as session:
        tell(session, found.from_account, f"gift-{found.id}", _REFUSED, ctx.clock.now_ms())


def finish_gifts(ctx: Context) -> int:
    """Have decided what a crash left claimed, and let old offers lapse; how many there were."""
    with ctx.database.begin() as session:
        claimed = select(GiftOffer).where(
            GiftOffer.state == "offered",
            GiftOffer.to_account.is_not(None),
            GiftOffer.claimed_at <= ctx.clock.now_ms() - STALE_MS,
        )
        found = list(session.scalars(claimed.limit(200)))
    for offer in found:
        assert offer.to_account is not None
        try:
            submit(ctx, _movement(ctx, offer, offer.to_account))
        except Unavailable as problem:
            log.warning("gift %s waits: %s", offer.id, problem.code)
        except CollectiblesError as problem:
            log.info("gift %s was not given: %s", offer.id, problem.code)
            _let_go(ctx, offer, problem)
    return len(found) + lapse_gifts(ctx)


def _movement(ctx: Context, offer: GiftOffer, account: str) -> Movement:
    """The gift of this attempt: always the same, so that asking again is asking for the same."""
    if offer.wait_hours is None:  # nobody has claimed it: a question about what would be
        offer.wait_hours = wait_hours(ctx, "gift")
    op_id = f"gift-{offer.id}-{offer.attempt}"
    return Movement("gift", op_id, ctx.settings.operator_id, gift_act(offer, account))


def _claim(ctx: Context, offer: str, account: str) -> GiftOffer | None:
    """Take the offer for this account; None if it is over or somebody else was first.

    A claim that is open already keeps its number.
    """
    now, mine = ctx.clock.now_ms(), GiftOffer.to_account.is_(None)
    wait = wait_hours(ctx, "gift")
    with ctx.database.begin() as session:
        return session.scalar(
            update(GiftOffer)
            .where(
                GiftOffer.id == offer,
                GiftOffer.state == "offered",
                GiftOffer.expires_at > now,
                mine | (GiftOffer.to_account == account),
            )
            .values(
                attempt=GiftOffer.attempt + case((mine, 1), else_=0),
                claimed_at=case((mine, now), else_=GiftOffer.claimed_at),
                wait_hours=case((mine, wait), else_=GiftOffer.wait_hours),
                to_account=account,
            )
            .returning(GiftOffer)
        )


def _let_go(ctx: Context, claimed: GiftOffer, problem: CollectiblesError) -> None:
    """The ledger did not take this attempt: free for another, or over if it changed hands."""
    gone = problem.code == "not_holder"
    with ctx.database.begin() as session:
        session.execute(
            update(GiftOffer)
            .where(
                GiftOffer.id == claimed.id,
                GiftOffer.state == "offered",
                GiftOffer.attempt == claimed.attempt,
            )
            .values(
                to_account=None,
                claimed_at=None,
                **({"state": "lapsed", "ended_at": ctx.clock.now_ms()} if gone else {}),
            )
        )
