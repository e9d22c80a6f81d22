"""The operator's desk: numbered cases and complaints."""

from __future__ import annotations

from flask import Blueprint, request

from collectibles.errors import CollectiblesError
from collectibles.services.cases import cases_of, settle_case
from collectibles.services.complain import answer, complaints
from collectibles.web.fields import Words
from collectibles.web.forms import Form, FormSchema
from collectibles.web.pages import Answer, ctx, go, page
from collectibles.web.sessions import current, needs_staff

blueprint = Blueprint("operator", __name__)


class OutcomeForm(FormSchema):
    """What came of a case, or the answer to a complaint."""

    words = Words("处理结果", "What was done", max=1000, lines=True)


@blueprint.get("/operator")
@needs_staff("operator")
def home() -> Answer:
    """What waits."""
    waiting = [each for each in complaints(ctx()) if each.state == "open"]
    return page("operator/home.html", cases=cases_of(ctx()), complaints=waiting)


@blueprint.get("/operator/cases")
@needs_staff("operator")
def cases() -> Answer:
    """Open cases, the one due first at the top."""
    return page("operator/cases.html", cases=cases_of(ctx()))


@blueprint.route("/operator/cases/<int:number>", methods=["GET", "POST"])
@needs_staff("operator")
def case(number: int) -> Answer:
    """One case, and how it is closed."""
    form = Form(OutcomeForm)
    if request.method == "POST" and form.accept():
        try:
            settle_case(ctx(), number, current().id, form.values["words"])
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("operator.cases", said=("已办结。", "Closed."))
    found = next((each for each in cases_of(ctx()) if each.number == number), None)
    return page("operator/case.html", form=form, case=found, number=number)


@blueprint.get("/operator/complaints", endpoint="complaints")
@needs_staff("operator")
def complaint_list() -> Answer:
    """Complaints, open ones first."""
    return page("operator/complaints.html", complaints=complaints(ctx()))


@blueprint.route("/operator/complaints/<int:number>", methods=["GET", "POST"])
@needs_staff("operator")
def complaint(number: int) -> Answer:
    """One complaint, and its answer."""
    form = Form(OutcomeForm)
    if request.method == "POST" and form.accept():
        try:
            answer(ctx(), number, form.values["words"])
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("operator.complaints", said=("已答复。", "Answered."))
    found = next((each for each in complaints(ctx()) if each.number == number), None)
    return page("operator/complaint.html", form=form, complaint=found, number=number)
