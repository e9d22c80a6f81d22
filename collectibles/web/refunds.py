"""A seller gives part of the price back: the museum's own page for goodwill refunds."""

from __future__ import annotations

from flask import Blueprint, request

from collectibles.errors import CollectiblesError
from collectibles.services.refund_in_part import refund_in_part, refunds_by_seller
from collectibles.web.fields import Words, Yuan
from collectibles.web.forms import Form, FormSchema
from collectibles.web.pages import Answer, ctx, go, page
from collectibles.web.sessions import current, needs_staff

blueprint = Blueprint("refunds", __name__)


class RefundForm(FormSchema):
    """Which order, how much, and what the buyer is told."""

    order = Words("订单号", "Order number", max=64, hint=("由买方提供", "as the buyer gives it"))
    amount = Yuan("退款金额", "Amount", min=1)
    remark = Words("给买方的说明", "What the buyer is told", max=200)


@blueprint.route("/museum/refunds", methods=["GET", "POST"])
@needs_staff("museum", role=("curator", "reviewer"))
def refunds() -> Answer:
    """Refund part of an order; the ledger is asked before money moves."""
    form = Form(RefundForm)
    if request.method == "POST" and form.accept():
        given = form.values
        try:
            refund_in_part(
                ctx(), current().id, given["order"], given["amount"], given["remark"], form.key
            )
        except CollectiblesError as problem:
            if problem.status == 404:
                form.wrong("order", problem.zh, problem.en)
            else:
                form.refuse(problem)
        else:
            return go("refunds.refunds", said=("退款已发起。", "The refund is on its way."))
    return page("refunds/refunds.html", form=form, made=refunds_by_seller(ctx(), current().id))
