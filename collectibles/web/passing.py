"""Giving and passing on: what it is, what the rules say beforehand, and where it stands.

The address of a gift's link holds its secret. So pages of this module are kept by nobody, and no
address of theirs travels on in a Referer.
"""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from collectibles.errors import CollectiblesError
from collectibles.services.accept_gift import (
    accept_gift,
    foresee_acceptance,
    is_usable,
    open_gift,
    refuse_gift,
)
from collectibles.services.accept_resale import accept_resale, foresee_taking_over
from collectibles.services.collection import held
from collectibles.services.gift_note import NOTE_CHARS, note_of
from collectibles.services.offer_gift import (
    foresee_gift,
    offer_gift,
    open_gift_of,
    withdraw_gift,
)
from collectibles.services.offer_resale import (
    foresee_resale,
    offer_resale,
    open_resale_of,
    withdraw_resale,
)
from collectibles.services.show_passing import foresee, passing_of, piece, show_resale
from collectibles.services.terms import current as current_terms
from collectibles.web.devices import device
from collectibles.web.fields import Phone, Tick, Words, Yuan
from collectibles.web.forms import Form, FormSchema, sent_key
from collectibles.web.pages import Answer, ctx, go, page
from collectibles.web.sessions import current, needs_account, require_account

blueprint = Blueprint("passing", __name__)


class GiveForm(FormSchema):
    """The donor's words and declaration."""

    note = Words(
        "赠言（选填）",
        "A note (if you like)",
        max=NOTE_CHARS,
        needed=False,
        hint=(
            "只有对方能看到。请不要写价格、联系方式或交易内容：这样的赠送会转人工复核。",
            "Only the recipient reads it. No prices, contacts or deals, please: such a gift is held"
            " for a person to look at.",
        ),
    )
    gratuitous = Tick(
        "我声明：这次赠送没有、以后也不会有任何形式的回报",
        "I declare that nothing is or will be given in return for this, in any form",
        must=True,
    )


class AcceptForm(FormSchema):
    """The recipient's declaration."""

    gratuitous = Tick(
        "我接受这份赠送，并声明没有、以后也不会给予任何形式的回报",
        "I accept this gift and declare that I give nothing in return for it, now or later",
        must=True,
    )


class PassOnForm(FormSchema):
    """To whom, for how much, and that this is all."""

    phone = Phone(
        "对方的手机号",
        "The other person's phone number",
        hint=(
            "只用于认出对方，加密保存；只有用这个号码登录的人能看到这份转让",
            "Only to recognise that person, and kept sealed; nobody but whoever signs in with this"
            " number sees the offer",
        ),
    )
    consideration = Yuan("转让金额", "Amount", min=1)
    whole = Tick(
        "我声明：这就是全部对价，此外没有其他任何款项或回报",
        "I declare that this is all: no other money and nothing else is given for it",
        must=True,
    )


class TakeOverForm(FormSchema):
    """What the new holder acknowledges. The version is of the text that was shown."""

    risk = Tick(
        "我已阅读并理解上述风险提示", "I have read and understand this risk notice", must=True
    )
    risk_version = Words("风险提示版本", "Version of the risk notice", max=32)


@blueprint.after_request
def keep_addresses_secret(response: Response) -> Response:
    """Nobody keeps these pages, and what they load or lead to learns no more than the site's name
    (not even that would be too little: the check of forms asks for it over HTTPS)."""
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/passing")
@needs_account
def home() -> Answer:
    """One's gifts and resales, in both directions."""
    return page("passing/home.html", mine=passing_of(ctx(), current().id), now=_now())


@blueprint.route("/give/<series>/<int:edition>", methods=["GET", "POST"])
@needs_account
def give(series: str, edition: int) -> Answer:
    """Give it away by a one-time link, which the answer to the form shows."""
    account = current().id
    one = held(ctx(), account, series, edition)
    form = Form(GiveForm)
    if request.method == "POST" and form.accept():
        try:
            offered = offer_gift(
                ctx(), account, series, edition, form.key, form.values["note"] or "", device()
            )
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            address = url_for("passing.gift", secret=offered.secret)
            link = f"{ctx().settings.base_url}{address}"
            return page("passing/link.html", one=one, offered=offered, link=link)
    return page(
        "passing/give.html",
        one=one,
        form=form,
        open_gift=open_gift_of(ctx(), account, series, edition),
        open_resale=open_resale_of(ctx(), account, series, edition),
        asked=foresee(lambda: foresee_gift(ctx(), account, series, edition, device())),
        regift_hours=ctx().ledger.rulebook().value("gift.regift_hours", _now()),
    )


@blueprint.post("/gifts/<offer>/withdraw")
@needs_account
def withdraw(offer: str) -> Answer:
    """Take a gift back that nobody has accepted yet."""
    sent_key()
    withdraw_gift(ctx(), current().id, offer)
    return go("passing.home", said=("赠送已撤回，链接已失效。", "Withdrawn; the link is dead now."))


@blueprint.route("/gift/<secret>", methods=["GET", "POST"])
def gift(secret: str) -> Answer:
    """What the link shows: the collectible, before anybody signs in; and accepting it."""
    offer = open_gift(ctx(), secret)
    form = Form(AcceptForm)
    if request.method == "POST":
        account = require_account().id
        if form.accept():
            try:
                accept_gift(ctx(), account, secret)
            except CollectiblesError as problem:
                form.refuse(problem)
            else:
                said = ("已接受，藏品已入藏。", "Accepted: it is in your collection now.")
                return go("shop.collectible", series=offer.series, edition=offer.edition, said=said)
        offer = open_gift(ctx(), secret)
    who = current()
    asked = None
    if who.verified and who.id != offer.from_account and is_usable(ctx(), offer):
        asked = foresee(lambda: foresee_acceptance(ctx(), who.id, offer))
    return page(
        "passing/gift.html",
        offer=offer,
        usable=is_usable(ctx(), offer),
        piece=piece(ctx(), offer.series, offer.edition),
        note=note_of(ctx(), offer),
        address=url_for("passing.gift", secret=secret),
        refuse_address=url_for("passing.refuse", secret=secret),
        form=form,
        asked=asked,
        regift_hours=ctx().ledger.rulebook().value("gift.regift_hours", _now()),
    )


@blueprint.post("/gift/<secret>/refuse")
def refuse(secret: str) -> Answer:
    """Whoever has the link does not want it: it is dead, and the donor is told."""
    sent_key()
    refuse_gift(ctx(), secret)
    return page("passing/refused.html")


@blueprint.route("/pass-on/<series>/<int:edition>", methods=["GET", "POST"])
@needs_account
def pass_on(series: str, edition: int) -> Answer:
    """Pass it on at cost to one named person."""
    account = current().id
    one = held(ctx(), account, series, edition)
    cost = (one.paid or 0) - one.refunded
    form = Form(PassOnForm, given={"consideration": cost} if cost > 0 else {})
    if request.method == "POST" and form.accept():
        given = form.values
        try:
            offer = offer_resale(
                ctx(),
                account,
                series,
                edition,
                given["phone"],
                given["consideration"],
                form.key,
            )
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("passing.resale", offer=offer)
    return page(
        "passing/pass_on.html",
        one=one,
        cost=cost,
        form=form,
        open_gift=open_gift_of(ctx(), account, series, edition),
        open_resale=open_resale_of(ctx(), account, series, edition),
        asked=foresee(lambda: foresee_resale(ctx(), account, series, edition)),
        trading_days=ctx().ledger.rulebook().value("resale.trading_days", _now()),
    )


@blueprint.route("/resale/<offer>", methods=["GET", "POST"])
@needs_account
def resale(offer: str) -> Answer:
    """A resale for its two sides; the named person accepts it here."""
    account = current().id
    shown = show_resale(ctx(), account, offer)
    form = Form(TakeOverForm)
    if request.method == "POST" and form.accept():
        version = form.values["risk_version"] if form.values["risk"] else None
        try:
            placed = accept_resale(ctx(), account, offer, form.key, version, device())
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("shop.order", order=placed.order_id)
        shown = show_resale(ctx(), account, offer)
    asked = None
    if current().verified and not shown.is_holder and shown.offer.state == "offered":
        asked = foresee(lambda: foresee_taking_over(ctx(), account, shown.offer))
    return page(
        "passing/resale.html",
        shown=shown,
        now=_now(),
        form=form,
        asked=asked,
        risk=current_terms("risk"),
    )


@blueprint.post("/resale/<offer>/withdraw")
@needs_account
def withdraw_offer(offer: str) -> Answer:
    """The holder takes it back, or the named person declines."""
    sent_key()
    withdraw_resale(ctx(), current().id, offer)
    return go("passing.resale", offer=offer)


def _now() -> int:
    return ctx().clock.now_ms()
