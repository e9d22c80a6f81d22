"""The shop: what is on sale, an order at every moment, what one holds."""

from __future__ import annotations

from flask import Blueprint, request, url_for

from collectibles.errors import CollectiblesError
from collectibles.services.check_order import check_order
from collectibles.services.collection import collection as collection_of
from collectibles.services.collection import held
from collectibles.services.pay import pay_again
from collectibles.services.place_order import place_order
from collectibles.services.request_return import request_return
from collectibles.services.shelf import on_show
from collectibles.services.show_order import orders_of, show_order
from collectibles.services.show_series import ask_ahead, show_series
from collectibles.services.terms import current as current_terms
from collectibles.web.devices import device
from collectibles.web.fields import Tick, Words
from collectibles.web.forms import Form, FormSchema, sent_key
from collectibles.web.language import language
from collectibles.web.pages import Answer, ctx, go, go_to, page
from collectibles.web.public import card
from collectibles.web.sessions import current, needs_account, require_account
from compliance.words import show_word

blueprint = Blueprint("shop", __name__)


class BuyForm(FormSchema):
    """What a buyer acknowledges for one order. The versions are of the texts that were shown."""

    risk = Tick(
        "我已阅读并理解上述风险提示", "I have read and understand this risk notice", must=True
    )
    risk_version = Words("风险提示版本", "Version of the risk notice", max=32)
    no_return = Tick(
        "我选择立即完整交付，并放弃本订单的七日退货",
        "Deliver at once and completely; I give up the seven-day return for this order",
    )
    no_return_version = Words("退货说明版本", "Version of the return terms", max=32)


class ReturnForm(FormSchema):
    """That the collectible shall really go back."""

    sure = Tick(
        "我要退回这件藏品，并收回实付款项",
        "I want to return this collectible and have my money back",
        must=True,
    )


@blueprint.app_template_global("word")
def word(code: str) -> str:
    """A word of the rulebook's vocabulary in the language of the answer."""
    return show_word(code, language())


@blueprint.get("/series")
def catalogue() -> Answer:
    """Every published series: on sale, to come, sold out, over."""
    shown = on_show(ctx(), 200)
    groups = {state: [card(each) for each in shown if each.state == state] for state in _STATES}
    return page("shop/catalogue.html", groups=groups)


@blueprint.route("/series/<series>", methods=["GET", "POST"])
def series(series: str) -> Answer:
    """What is sold, what is not, and the form; the rules are asked about a verified buyer first."""
    form = Form(BuyForm)
    if request.method == "POST":
        actor = require_account()
        if form.accept():
            given = form.values
            try:
                placed = place_order(
                    ctx(),
                    actor.id,
                    series,
                    form.key,
                    given["risk_version"] if given["risk"] else None,
                    given["no_return_version"] if given["no_return"] else None,
                    device(),
                )
            except CollectiblesError as problem:
                form.refuse(problem)
            else:
                return go("shop.order", order=placed.order_id)
    shown = show_series(ctx(), series)
    asked = ask_ahead(ctx(), current().id, shown, device()) if current().verified else None
    return page(
        "shop/series.html",
        shown=shown,
        form=form,
        asked=asked,
        risk=current_terms("risk"),
        seven_days=current_terms("seven_days"),
        no_return=current_terms("no_return"),
    )


@blueprint.get("/orders")
@needs_account
def orders() -> Answer:
    """One's own orders."""
    return page("shop/orders.html", orders=orders_of(ctx(), current().id))


@blueprint.get("/orders/<order>")
@needs_account
def order(order: str) -> Answer:
    """One order, in plain words; while something is to happen the page looks again by itself."""
    shown = show_order(ctx(), current().id, order)
    if shown.waits and check_order(ctx(), shown.order, shown.payments):
        shown = show_order(ctx(), current().id, order)
    return page("shop/order.html", shown=shown, now=ctx().clock.now_ms())


@blueprint.post("/orders/<order>/pay")
@needs_account
def pay(order: str) -> Answer:
    """Another attempt to pay: straight on to the cashier."""
    sent_key()
    url = pay_again(ctx(), current().id, order)
    if url is not None:
        return go_to(url)
    said = ("支付机构暂时没有回应，请稍后再试。", "The payment provider does not answer just now.")
    return go("shop.order", order=order, said=said)


@blueprint.get("/collection")
@needs_account
def collection() -> Answer:
    """What one holds."""
    return page("shop/collection.html", held=collection_of(ctx(), current().id))


@blueprint.get("/collection/<series>/<int:edition>")
@needs_account
def collectible(series: str, edition: int) -> Answer:
    """One collectible of one's own: what was paid, until when it may go back, what may be done."""
    return page("shop/collectible.html", one=held(ctx(), current().id, series, edition))


@blueprint.route("/collection/<series>/<int:edition>/return", methods=["GET", "POST"])
@needs_account
def give_back(series: str, edition: int) -> Answer:
    """Return it within the right of return."""
    form = Form(ReturnForm)
    if request.method == "POST" and form.accept():
        try:
            order_id = request_return(ctx(), current().id, series, edition, form.key)
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go_to(url_for("shop.order", order=order_id))
    return page("shop/return.html", form=form, one=held(ctx(), current().id, series, edition))


_STATES = ("now", "soon", "gone", "past")
