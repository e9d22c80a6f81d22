"""The operator's desk: numbered cases and complaints."""

from __future__ import annotations

from flask import Blueprint, request

from collectibles.errors import CollectiblesError
from collectibles.services.cases import settle_case
from collectibles.services.complain import answer, complaints, get_complaint
from collectibles.services.oversee_cases import all_cases, get_case
from collectibles.web.fields import Words
from collectibles.web.forms import Form, FormSchema
from collectibles.web.pages import Answer, ctx, go, page
from collectibles.web.sessions import current, needs_staff

blueprint = Blueprint("operator", __name__)


class OutcomeForm(FormSchema):
    """What came of a case."""

    words = Words(
        "处理结果",
        "What was done",
        max=1000,
        lines=True,
        hint=("当事人会收到这段文字", "The person concerned is sent this"),
    )


class AnswerForm(FormSchema):
    """The answer to a complaint."""

    words = Words(
        "答复",
        "Answer",
        max=1000,
        lines=True,
        hint=(
            "投诉人凭编号和查询码看到；请勿写个人信息",
            "The person reads it by number and word; write no personal data",
        ),
    )


@blueprint.get("/operator")
@needs_staff("operator")
def home() -> Answer:
    """What waits."""
    return page(
        "operator/home.html",
        cases=all_cases(ctx(), "open"),
        complaints=complaints(ctx(), "open"),
        now=ctx().clock.now_ms(),
    )


@blueprint.get("/operator/cases")
@needs_staff("operator")
def cases() -> Answer:
    """All cases: open ones first, the one due first at the top."""
    return page("operator/cases.html", cases=all_cases(ctx()), now=ctx().clock.now_ms())


@blueprint.route("/operator/cases/<int:number>", methods=["GET", "POST"])
@needs_staff("operator")
def case(number: int) -> Answer:
    """One case, and how it is closed."""
    form, found = Form(OutcomeForm), get_case(ctx(), number)
    if request.method == "POST" and form.accept():
        if found.state == "closed" and found.outcome == form.values["words"]:
            return go("operator.cases", said=("已办结。", "Closed."))
        try:
            settle_case(ctx(), number, current().id, form.values["words"])
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("operator.cases", said=("已办结。", "Closed."))
    return page("operator/case.html", form=form, case=found, now=ctx().clock.now_ms())


@blueprint.get("/operator/complaints", endpoint="complaints")
@needs_staff("operator")
def complaint_list() -> Answer:
    """Complaints, open ones first."""
    rows, now = complaints(ctx()), ctx().clock.now_ms()
    return page("operator/complaints.html", complaints=rows, now=now)


@blueprint.route("/operator/complaints/<int:number>", methods=["GET", "POST"])
@needs_staff("operator")
def complaint(number: int) -> Answer:
    """One complaint, and its answer."""
    form, found = Form(AnswerForm), get_complaint(ctx(), number)
    if request.method == "POST" and form.accept():
        try:
            answer(ctx(), number, form.values["words"], current().id)
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("operator.complaints", said=("已答复。", "Answered."))
    return page("operator/complaint.html", form=form, complaint=found)
