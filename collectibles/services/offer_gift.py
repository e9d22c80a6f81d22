"""Offer a gift by one-time link, and take the offer back.

The ledger hears of a gift when it is accepted (services/accept_gift.py): until then the donor may
take it back (Civil Code Art. 658). The link's secret is shown to the donor; only its SHA-256 is
kept. The same form gives the same link.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from collectibles.errors import Conflict, NotFound
from collectibles.services.attest_account import attest_account
from collectibles.services.context import Context
from collectibles.services.deciding import ask, request
from collectibles.services.gift_note import parse_note, sealed_note
from collectibles.services.passing_on import (
    OFFER_MS,
    OFFERS_A_DAY,
    busy,
    check_holder,
    gift_open,
    in_review,
    link_hash,
    link_secret,
    nothing_open,
    over,
    question,
)
from collectibles.services.tally import DAY_MS, count
from collectibles.services.waiting import wait_hours
from collectibles.store.tables.passing import GiftOffer
from compliance.solicitation import solicitation


@dataclass(frozen=True, slots=True)
class OfferedGift:
    """An open offer, its link's secret, and until when the link can be used (ms UTC)."""

    offer: str
    secret: str
    expires_at: int


def foresee_gift(
    ctx: Context, account: str, series: str, edition: int, device: str | None = None
) -> None:
    """Raise Refused with what stands against giving this away now, whoever gets it."""
    check_holder(ctx, account, series, edition)
    attest_account(ctx, account)
    ask(ctx, question(ctx, "gift", _expected(ctx, account, series, edition, device, [])))


def offer_gift(
    ctx: Context,
    account: str,
    series: str,
    edition: int,
    form_key: str,
    note: str = "",
    device: str | None = None,
) -> OfferedGift:
    """Offer a collectible that `account` holds; the secret goes into the link. `note` are the
    giver's words to the recipient, `device` the tag of the giver's device.

    The caller has had the donor declare that nothing is given in return. Raises Refused (which the
    ledger records), NotFound, TooMany, or Conflict when it is offered to somebody already. The same
    form again is the same offer with the same link.
    """
    same = _of_form(ctx, account, form_key)
    if same is not None:
        return same
    check_holder(ctx, account, series, edition)
    note = parse_note(note)
    found = list(solicitation(note))
    attest_account(ctx, account)
    act = _expected(ctx, account, series, edition, device, found)
    request(ctx, question(ctx, "gift", act, form_key))
    lapse_gifts(ctx)
    try:
        nothing_open(ctx, series, edition)
    except Conflict:
        same = _of_form(ctx, account, form_key)  # it may be this form that was quicker
        if same is None:
            raise
        return same
    act |= {"offered_at": ctx.clock.now_ms(), "offer": f"g-{secrets.token_hex(8)}"}
    return _keep(ctx, act, note, form_key)


def withdraw_gift(ctx: Context, account: str, offer: str) -> None:
    """Take an open offer back. Again is harmless. Raises NotFound, Conflict once it is taken."""
    with ctx.database.begin() as session:
        found = session.get(GiftOffer, offer)
    if found is None or found.from_account != account:
        raise NotFound("no_gift", "没有这份赠送。", "There is no such gift.")
    if found.state != "withdrawn" and not end_gift(ctx, offer, "withdrawn"):
        if found.state == "held" and found.hold_entry is not None:
            raise in_review(found.hold_entry)
        raise busy() if _is_open(ctx, offer) else over()


def end_gift(ctx: Context, offer: str, new: str) -> bool:
    """End an offer that nobody is accepting at this moment; whether it was one."""
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


def gifts_by(ctx: Context, account: str) -> list[GiftOffer]:
    """The offers an account made, newest first."""
    return _gifts(ctx, GiftOffer.from_account == account)


def gifts_to(ctx: Context, account: str) -> list[GiftOffer]:
    """The gifts an account accepted, newest first."""
    return _gifts(ctx, (GiftOffer.to_account == account) & (GiftOffer.state == "given"))


def open_gift_of(ctx: Context, account: str, series: str, edition: int) -> GiftOffer | None:
    """The offer of this collectible that is open now, if there is one."""
    mine = _gifts(
        ctx,
        (GiftOffer.from_account == account)
        & (GiftOffer.series == series)
        & (GiftOffer.edition == edition)
        & (GiftOffer.state == "offered")
        & (GiftOffer.expires_at > ctx.clock.now_ms()),
    )
    return mine[0] if mine else None


def gift_act(offer: GiftOffer, to: str | None) -> dict[str, Any]:
    """The act of an offered gift; both have declared that nothing is given in return."""
    return {
        "series": offer.series,
        "edition": offer.edition,
        "from": offer.from_account,
        "to": to,
        "named": True,
        "gratuitous": True,
        "offer": offer.id,
        "offered_at": offer.created_at,
        "wait_hours": offer.wait_hours or 0,
        "device": offer.device,
        "note": list(offer.note_found),
    }


def _keep(ctx: Context, act: dict[str, Any], note: str, form_key: str) -> OfferedGift:
    """Keep the offer of this act. Raises Conflict when somebody, or this form, was quicker."""
    account, offer, now = act["from"], act["offer"], act["offered_at"]
    secret = link_secret(ctx, account, form_key)
    try:
        with ctx.database.begin() as session:
            count(ctx, session, "gift_offer", account, DAY_MS, OFFERS_A_DAY)
            session.add(
                GiftOffer(
                    id=offer,
                    series=act["series"],
                    edition=act["edition"],
                    from_account=account,
                    link_hash=link_hash(secret),
                    device=act["device"],
                    **sealed_note(ctx, offer, note),
                    note_found=act["note"],
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
        raise gift_open() from error
    return OfferedGift(offer, secret, now + OFFER_MS)


def _expected(
    ctx: Context, giver: str, series: str, edition: int, device: str | None, found: list[str]
) -> dict[str, Any]:
    """The gift that would follow if it were offered and accepted now."""
    offer = GiftOffer(
        id="expected",
        series=series,
        edition=edition,
        from_account=giver,
        device=device,
        note_found=found,
        created_at=ctx.clock.now_ms(),
        wait_hours=wait_hours(ctx, "gift"),
    )
    return gift_act(offer, None)


def _gifts(ctx: Context, wanted: Any) -> list[GiftOffer]:
    with ctx.database.begin() as session:
        rows = select(GiftOffer).where(wanted).order_by(GiftOffer.created_at.desc())
        return list(session.scalars(rows.limit(100)))


def _is_open(ctx: Context, offer: str) -> bool:
    with ctx.database.begin() as session:
        return session.get_one(GiftOffer, offer).state == "offered"


def _of_form(ctx: Context, account: str, form_key: str) -> OfferedGift | None:
    """What this form did before. Raises Conflict when that is over: a form is good for one."""
    with ctx.database.begin() as session:
        same = session.scalar(
            select(GiftOffer).where(
                GiftOffer.form_key == form_key, GiftOffer.from_account == account
            )
        )
    if same is None:
        return None
    if same.state != "offered" or same.expires_at <= ctx.clock.now_ms():
        raise over()
    return OfferedGift(same.id, link_secret(ctx, account, form_key), same.expires_at)
