"""What gifts and resales have in common.

The holder's side is asked of the rules before the other person is known; the other person is not
shown reasons that are the holder's own affair.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from sqlalchemy import select

from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError, Conflict, NotFound, Refused
from collectibles.followers.messages import tell
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.deciding import ask, question_op
from collectibles.store.tables.passing import GiftOffer, ResaleOffer
from compliance.decision import HELD
from compliance.rule import Text

#: How long an offer waits for the other person: 72 hours.
OFFER_MS: Final = 72 * 3_600_000
#: A claim this old was left by a crash, or by a ledger that did not answer: it is asked again.
STALE_MS: Final = 60_000
#: Offers one account may make in a day, of each kind.
OFFERS_A_DAY: Final = 30

#: The states in which an offer stands in the way of another one of the same collectible.
OPEN_RESALE: Final = ("offered", "held", "reserved", "settling", "voiding")


def check_holder(ctx: Context, account: str, series: str, edition: int) -> dict[str, Any]:
    """The collectible's state on the ledger. Raises NotFound unless this account holds it."""
    value: dict[str, Any] | None = ctx.ledger.read.value(state.collectible(series, edition))
    if value is None or value["holder"] != account:
        raise NotFound(
            "not_held",
            "您的收藏中没有这件藏品。",
            "This collectible is not in your collection.",
        )
    return value


def question(ctx: Context, kind: str, act: dict[str, Any], form_key: str = "") -> Movement:
    """An act as a question about the holder's side alone: whoever the other person would be."""
    op_id = question_op(ctx, form_key)
    return Movement(kind, op_id, ctx.settings.operator_id, {**act, "to": None}, asks=True)


def nothing_open(ctx: Context, series: str, edition: int) -> None:
    """Raise Conflict if this collectible is being given or passed on already."""
    with ctx.database.begin() as session:
        given = session.scalar(
            select(GiftOffer.id).where(
                GiftOffer.series == series,
                GiftOffer.edition == edition,
                GiftOffer.state.in_(("offered", "held")),
            )
        )
        passed = session.scalar(
            select(ResaleOffer.id).where(
                ResaleOffer.series == series,
                ResaleOffer.edition == edition,
                ResaleOffer.state.in_(OPEN_RESALE),
            )
        )
    if given is not None:
        raise gift_open()
    if passed is not None:
        raise resale_open()


def gift_open() -> Conflict:
    """This collectible is being given already."""
    return Conflict(
        "gift_open",
        "这件藏品已有一份未完成的赠送。请先撤回，或等待对方领取。",
        "A gift of this collectible is open already. Withdraw it, or wait for it to be taken.",
    )


def resale_open() -> Conflict:
    """This collectible is being passed on already."""
    return Conflict(
        "resale_open",
        "这件藏品已有一份未完成的转让。请先撤回，或等待对方答复。",
        "Passing this on is under way already. Withdraw it, or wait for the answer.",
    )


def over() -> Conflict:
    """The offer cannot be acted on any more."""
    return Conflict(
        "offer_over",
        "这份邀约已被领取、撤回或过期，或这件藏品已不在原持有人手中。",
        "This offer has been taken, withdrawn, or has lapsed, or its holder has changed.",
    )


def in_review(hold: int) -> Conflict:
    """It is held, and waits for an officer's ruling. `hold` is the entry's index."""
    return Conflict(
        "held_for_review",
        f"这项变动需要人工复核，现已暂缓（复核编号 {hold}），没有发生任何变动。"
        "进展和期限见“我的复核事项”，您可以随时撤回。",
        f"A person has to look at this first: it is held (hold {hold}) and nothing has moved."
        " “My holds” shows until when, and you may withdraw it at any time.",
        hold=hold,
    )


def busy() -> Conflict:
    """Somebody's acceptance is being decided at this moment."""
    return Conflict(
        "offer_busy",
        "对这份邀约的领取正在审查中，请稍等一分钟再试。",
        "An acceptance of this offer is being decided just now; please try again in a minute.",
    )


def link_secret(ctx: Context, account: str, form_key: str) -> str:
    """The secret of a one-time link: the same for the same form, and known to nobody without the
    vault's key. 43 characters."""
    mixed = ctx.vault.blind_index("gift_offer.link", f"{account} {form_key}")
    return base64.urlsafe_b64encode(mixed).rstrip(b"=").decode("ascii")


def link_hash(secret: str) -> bytes:
    """What is kept of a one-time link."""
    return hashlib.sha256(secret.encode()).digest()


def for_recipient(ctx: Context, refused: Refused, kind: str, act: dict[str, Any]) -> Exception:
    """A refusal as the other person is told of it: without what concerns the holder only.

    The holder is told those reasons instead. `act` names both sides. What is held waits for an
    officer, and both are told so (followers/holds.py).
    """
    if refused.outcome == HELD and refused.index is not None:
        return in_review(refused.index)
    try:
        ask(ctx, question(ctx, kind, act))
    except Refused as theirs:
        holders = {one.code for one in theirs.explained}
    except CollectiblesError:
        return over()
    else:
        return refused
    own = [one for one in refused.explained if one.code not in holders]
    what = Text(
        f"对方想接受您的邀约，但规则现在不准许：{refused.zh}",
        f"Your offer was to be accepted, but the rules do not permit it now: {refused.en}",
    )
    if not own:
        key = hashlib.sha256(f"{act} {refused.en}".encode()).hexdigest()[:24]
        with ctx.database.begin() as session:
            tell(session, act["from"], f"refused-{key}", what, ctx.clock.now_ms())
        return Conflict(
            "holder_cannot",
            "对方现在还不能转出这件藏品，原因已告知对方本人。您无须做什么，也没有发生任何变动。",
            "The holder cannot part with this collectible just now and has been told why. There is"
            " nothing for you to do, and nothing has moved.",
        )
    return Refused(refused.outcome, own, refused.index)
