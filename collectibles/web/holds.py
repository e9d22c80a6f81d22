"""Holds: the officers' queue and rulings, the regulator's view, and those concerned with theirs."""

from __future__ import annotations

from flask import Blueprint, request

from collectibles.errors import CollectiblesError
from collectibles.services.appeal_ruling import appeal_ruling
from collectibles.services.cancel_held import cancel_held, cancel_held_order
from collectibles.services.rule_on_hold import (
    Ruling,
    ask_ruling,
    confirm_ruling,
    decline_ruling,
    get_ruling,
)
from collectibles.services.show_holds import (
    HoldShown,
    appeal_dues,
    holds_of,
    my_hold,
    open_appeals,
    open_holds,
    ruled_holds,
    show_hold,
)
from collectibles.web.forms import Form
from collectibles.web.holds_forms import AppealForm, OutcomeForm, RulingForm
from collectibles.web.pages import Answer, ctx, go, page
from collectibles.web.sessions import current, needs_account, needs_staff

blueprint = Blueprint("holds", __name__)


@blueprint.get("/operator/holds")
@needs_staff("operator")
def queue() -> Answer:
    """What waits for a ruling, soonest due first."""
    return _queue("holds.hold")


@blueprint.get("/regulator/holds")
@needs_staff("regulator")
def overseen() -> Answer:
    """The same for the regulator."""
    return _queue("holds.overseen_hold")


def _queue(link: str) -> Answer:
    appeals = open_appeals(ctx())
    return page(
        "holds/queue.html",
        waiting=open_holds(ctx()),
        appeals=appeals,
        dues=appeal_dues(ctx(), appeals),
        ruled=ruled_holds(ctx()),
        link=link,
        now=ctx().clock.now_ms(),
    )


@blueprint.route("/operator/holds/<int:index>", methods=["GET", "POST"])
@needs_staff("operator")
def hold(index: int) -> Answer:
    """One hold with everything found, and the ruling; compliance officers rule."""
    shown = show_hold(ctx(), index)
    may_rule = "compliance" in current().roles
    return _rule(shown, "holds.hold", may_rule=may_rule)


@blueprint.route("/regulator/holds/<int:index>", methods=["GET", "POST"])
@needs_staff("regulator")
def overseen_hold(index: int) -> Answer:
    """The same for the regulator, who may rule on appeals."""
    shown = show_hold(ctx(), index)
    return _rule(shown, "holds.overseen_hold", may_rule=_appealed(shown))


@blueprint.post("/operator/rulings/<identifier>/confirm")
@needs_staff("operator", role="compliance")
def confirm(identifier: str) -> Answer:
    """The second officer confirms."""
    return _confirm(identifier, "holds.hold")


@blueprint.post("/regulator/rulings/<identifier>/confirm")
@needs_staff("regulator")
def overseen_confirm(identifier: str) -> Answer:
    """The regulator's second officer confirms."""
    return _confirm(identifier, "holds.overseen_hold")


@blueprint.post("/operator/rulings/<identifier>/decline")
@needs_staff("operator", role="compliance")
def decline(identifier: str) -> Answer:
    """Either officer drops the request."""
    return _decline(identifier, "holds.hold")


@blueprint.post("/regulator/rulings/<identifier>/decline")
@needs_staff("regulator")
def overseen_decline(identifier: str) -> Answer:
    """Either of the regulator's officers drops the request."""
    return _decline(identifier, "holds.overseen_hold")


@blueprint.get("/account/holds")
@needs_account
def mine() -> Answer:
    """What is, or was, held of this account."""
    rows = holds_of(ctx(), current().id)
    return page("holds/mine.html", rows=rows, now=ctx().clock.now_ms())


@blueprint.route("/account/holds/<int:index>", methods=["GET", "POST"])
@needs_account
def my(index: int) -> Answer:
    """One of them: why, until when, and what can be done about it."""
    form, shown = Form(AppealForm), my_hold(ctx(), current().id, index)
    if request.method == "POST" and form.accept():
        try:
            appeal_ruling(ctx(), current().id, index, form.values["words"], form.key)
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            said = ("申诉已收到并登记。", "Your appeal has been received and recorded.")
            return go("holds.my", index=index, said=said)
    now = ctx().clock.now_ms()
    concerned = current().id == shown.row.account_id
    return page("holds/my_hold.html", form=form, shown=shown, now=now, concerned=concerned)


@blueprint.post("/account/holds/<int:index>/cancel")
@needs_account
def cancel(index: int) -> Answer:
    """Withdraw it; anything paid goes back."""
    cancel_held(ctx(), current().id, index)
    said = ("已撤回；已付款项全额退回。", "Withdrawn; anything you paid goes back in full.")
    return go("holds.my", index=index, said=said)


@blueprint.post("/orders/<order>/cancel")
@needs_account
def cancel_order(order: str) -> Answer:
    """Cancel a held order, and have everything back."""
    cancel_held_order(ctx(), current().id, order)
    said = ("已取消，款项全额退回。", "Cancelled; all you paid goes back.")
    return go("shop.order", order=order, said=said)


def _appealed(shown: HoldShown) -> bool:
    return shown.row.appeal_entry is not None and shown.row.appeal_ruling is None


def _rule(shown: HoldShown, link: str, *, may_rule: bool) -> Answer:
    """The page of a hold for officers; a form sent is a ruling, or the outcome of the appeal."""
    on_appeal = _appealed(shown)
    form = Form(OutcomeForm if on_appeal else RulingForm)
    index, now = shown.row.entry, ctx().clock.now_ms()
    waits = on_appeal or (shown.row.state == "open" and now < shown.row.until)
    if request.method == "POST" and may_rule and form.accept():
        try:
            made = ask_ruling(
                ctx(),
                str(current().institution),
                current().id,
                Ruling(
                    index,
                    form.values["ruling"],
                    form.values["reasons"],
                    form.values.get("strike", False),
                    on_appeal,
                ),
                form.key,
            )
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            said = ("已裁定并上链。", "Ruled, and on the ledger.")
            if made.state == "asked":
                said = ("已提出，等待另一位合规人员确认。", "Asked; a second officer confirms it.")
            return go(link, index=index, said=said)
    return page(
        "holds/hold.html",
        shown=shown,
        form=form,
        may_rule=may_rule and waits and all(one.state != "asked" for one in shown.requests),
        on_appeal=on_appeal,
        link=link,
        me=current().id,
        office=current().institution,
        now=now,
    )


def _confirm(identifier: str, link: str) -> Answer:
    found = get_ruling(ctx(), str(current().institution), identifier)
    confirm_ruling(ctx(), str(current().institution), current().id, identifier)
    return go(link, index=found.hold, said=("已裁定并上链。", "Ruled, and on the ledger."))


def _decline(identifier: str, link: str) -> Answer:
    found = get_ruling(ctx(), str(current().institution), identifier)
    decline_ruling(ctx(), str(current().institution), current().id, identifier)
    return go(link, index=found.hold, said=("已撤销。", "The request is dropped."))
