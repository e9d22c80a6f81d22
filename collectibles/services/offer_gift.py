"""A gift by one-time link: offered, then given when it is accepted; or withdrawn, refused, lapsed.

The ledger hears of it at acceptance only: until then the donor may take it back (Civil Code
Art. 658). The link's secret is shown once; only its SHA-256 is kept. Whoever accepts first claims
the offer's row, and the claim holds until the ledger has answered.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import case, select, update
from sqlalchemy.exc import IntegrityError

from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError, Conflict, NotFound, Unavailable
from collectibles.followers.messages import tell
from collectibles.services.attest_account import attest_account
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.passing_on import (
    ask_supposing,
    check_holder,
    done_on_ledger,
    link_hash,
    over,
)
from collectibles.store.tables.passing import GiftOffer
from compliance.rule import Text

#: How long a link can be used: 72 hours.
LINK_MS = 72 * 3_600_000


@dataclass(frozen=True, slots=True)
class OfferedGift:
    """An open offer and its link's secret, which is shown once and kept nowhere."""

    offer: str
    secret: str


def foresee_gift(ctx: Context, account: str, series: str, edition: int) -> None:
    """Raise Refused with what stands against giving this away now, whoever gets it."""
    check_holder(ctx, account, series, edition)
    ask_supposing(ctx, "gift", _act(series, edition, account, "", "expected"))


def offer_gift(ctx: Context, account: str, series: str, edition: int, form_key: str) -> OfferedGift:
    """Offer a collectible that `account` holds; the secret goes into the link.

    Raises Refused, NotFound, or Conflict when another offer of it is open. The same form again
    gives a new link for the same offer.
    """
    again = _renew(ctx, account, form_key)
    if again is not None:
        return again
    foresee_gift(ctx, account, series, edition)
    lapse_gifts(ctx)
    now, secret = ctx.clock.now_ms(), secrets.token_urlsafe(24)
    offer = f"g-{secrets.token_hex(8)}"
    try:
        with ctx.database.begin() as session:
            session.add(
                GiftOffer(
                    id=offer,
                    series=series,
                    edition=edition,
                    from_account=account,
                    link_hash=link_hash(secret),
                    state="offered",
                    attempt=0,
                    form_key=form_key,
                    created_at=now,
                    expires_at=now + LINK_MS,
                )
            )
    except IntegrityError as error:
        again = _renew(ctx, account, form_key)
        if again is not None:
            return again
        raise Conflict(
            "gift_open",
            "这件藏品已有一份未完成的赠送。请先撤回，或等待对方领取。",
            "A gift of this collectible is open already. Withdraw it, or wait for it to be taken.",
        ) from error
    return OfferedGift(offer, secret)


def withdraw_gift(ctx: Context, account: str, offer: str) -> None:
    """Take an open offer back. Again is harmless. Raises NotFound, Conflict once it is taken."""
    with ctx.database.begin() as session:
        found = session.get(GiftOffer, offer)
    if found is None or found.from_account != account:
        raise NotFound("no_gift", "没有这份赠送。", "There is no such gift.")
    if found.state != "withdrawn" and not _end(ctx, offer, "withdrawn"):
        raise over()


def refuse_gift(ctx: Context, secret: str) -> None:
    """The recipient does not want it. Raises NotFound, Conflict if it is over."""
    found = open_gift(ctx, secret)
    if found.state == "refused":
        return
    if not _end(ctx, found.id, "refused"):
        raise over()
    _tell(ctx, found, Text("对方婉拒了您的赠送。", "Your gift was declined."))


def open_gift(ctx: Context, secret: str) -> GiftOffer:
    """The offer behind a link, whatever its state. Raises NotFound."""
    with ctx.database.begin() as session:
        found = session.scalar(select(GiftOffer).where(GiftOffer.link_hash == link_hash(secret)))
    if found is None:
        raise NotFound(
            "no_gift", "该链接无效或已失效。", "This link is not valid, or not any more."
        )
    return found


def gifts_by(ctx: Context, account: str) -> list[GiftOffer]:
    """The offers an account made, newest first."""
    with ctx.database.begin() as session:
        wanted = select(GiftOffer).where(GiftOffer.from_account == account)
        return list(session.scalars(wanted.order_by(GiftOffer.created_at.desc()).limit(100)))


def accept_gift(ctx: Context, account: str, secret: str) -> GiftOffer:
    """Have the gift done to `account`, which declares as the donor did that nothing is given in
    return. Raises Refused with the reasons, Conflict if it is over. Again returns the same.
    """
    found = open_gift(ctx, secret)
    if found.state == "given" and found.to_account == account:
        return found
    if found.from_account == account:
        raise Conflict("own_gift", "不能领取自己送出的藏品。", "You cannot accept your own gift.")
    attest_account(ctx, account)
    attempt = _claim(ctx, found.id, account)
    if attempt is None:
        raise over()
    try:
        _give(ctx, found, account, attempt)
    except Unavailable:
        raise  # not known: the claim stays until finish_gifts has asked the ledger
    except CollectiblesError:
        _unclaim(ctx, found.id, account)
        raise
    return open_gift(ctx, secret)


def finish_gifts(ctx: Context) -> int:
    """Settle claims that a crash left open, and let old offers lapse; how many there were."""
    with ctx.database.begin() as session:
        claimed = select(GiftOffer).where(
            GiftOffer.state == "offered", GiftOffer.to_account.is_not(None)
        )
        found = list(session.scalars(claimed.limit(200)))
    for offer in found:
        account = offer.to_account
        if account is None:
            continue
        known = done_on_ledger(ctx, _op(offer.id, offer.attempt))
        if known is not None and known[1]["kind"] == "gift":
            _given(ctx, offer, account, known[0])
        elif ctx.clock.now_ms() > offer.created_at + 60_000:
            _unclaim(ctx, offer.id, account)
    return len(found) + lapse_gifts(ctx)


def lapse_gifts(ctx: Context) -> int:
    """End the offers whose time is over; how many there were."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        ended = session.scalars(
            update(GiftOffer)
            .where(
                GiftOffer.state == "offered",
                GiftOffer.to_account.is_(None),
                GiftOffer.expires_at <= now,
            )
            .values(state="lapsed", ended_at=now)
            .returning(GiftOffer.id)
        )
        return len(list(ended))


def _give(ctx: Context, found: GiftOffer, account: str, attempt: int) -> None:
    act = _act(found.series, found.edition, found.from_account, account, found.id)
    movement = Movement("gift", _op(found.id, attempt), ctx.settings.operator_id, act)
    receipt = submit(ctx, movement)
    assert receipt.index is not None
    _given(ctx, found, account, receipt.index)


def _given(ctx: Context, found: GiftOffer, account: str, index: int) -> None:
    with ctx.database.begin() as session:
        session.execute(
            update(GiftOffer)
            .where(GiftOffer.id == found.id, GiftOffer.state == "offered")
            .values(state="given", to_account=account, ended_at=ctx.clock.now_ms(), entry=index)
        )
    _tell(ctx, found, Text("您的赠送已被领取。", "Your gift has been accepted."))


def _act(series: str, edition: int, giver: str, to: str, offer: str) -> dict[str, object]:
    return {
        "series": series,
        "edition": edition,
        "from": giver,
        "to": to,
        "named": True,
        "gratuitous": True,
        "offer": offer,
    }


def _op(offer: str, attempt: int) -> str:
    return f"gift-{offer}-{attempt}"


def _renew(ctx: Context, account: str, form_key: str) -> OfferedGift | None:
    secret = secrets.token_urlsafe(24)
    with ctx.database.begin() as session:
        again = session.scalar(
            update(GiftOffer)
            .where(
                GiftOffer.form_key == form_key,
                GiftOffer.from_account == account,
                GiftOffer.state == "offered",
            )
            .values(link_hash=link_hash(secret))
            .returning(GiftOffer.id)
        )
    return None if again is None else OfferedGift(again, secret)


def _claim(ctx: Context, offer: str, account: str) -> int | None:
    """Take the offer for this account; the number of the attempt, or None if it is over or
    somebody else was first. A claim that is open already keeps its number.
    """
    with ctx.database.begin() as session:
        return session.scalar(
            update(GiftOffer)
            .where(
                GiftOffer.id == offer,
                GiftOffer.state == "offered",
                GiftOffer.expires_at > ctx.clock.now_ms(),
                GiftOffer.to_account.is_(None) | (GiftOffer.to_account == account),
            )
            .values(
                attempt=GiftOffer.attempt + case((GiftOffer.to_account.is_(None), 1), else_=0),
                to_account=account,
            )
            .returning(GiftOffer.attempt)
        )


def _unclaim(ctx: Context, offer: str, account: str) -> None:
    with ctx.database.begin() as session:
        session.execute(
            update(GiftOffer)
            .where(
                GiftOffer.id == offer,
                GiftOffer.state == "offered",
                GiftOffer.to_account == account,
            )
            .values(to_account=None)
        )


def _end(ctx: Context, offer: str, new: str) -> bool:
    with ctx.database.begin() as session:
        ended = session.scalar(
            update(GiftOffer)
            .where(
                GiftOffer.id == offer,
                GiftOffer.state == "offered",
                GiftOffer.to_account.is_(None),
            )
            .values(state=new, ended_at=ctx.clock.now_ms())
            .returning(GiftOffer.id)
        )
    return ended is not None


def _tell(ctx: Context, found: GiftOffer, what: Text) -> None:
    with ctx.database.begin() as session:
        tell(session, found.from_account, f"gift-{found.id}", what, ctx.clock.now_ms())
