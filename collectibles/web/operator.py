"""The operator's desk: numbered cases and complaints."""

from __future__ import annotations

from flask import Blueprint, request

from collectibles.errors import CollectiblesError, NotFound
from collectibles.services.admit_institution import check_institution, institutions
from collectibles.services.affiliation import declare_affiliation
from collectibles.services.cases import settle_case
from collectibles.services.complain import answer, complaints, get_complaint
from collectibles.services.oversee_cases import all_cases, get_case
from collectibles.services.show_holds import open_appeals, open_holds
from collectibles.web.fields import Choice, Phone, Tick, Words
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


class AffiliationForm(FormSchema):
    """Who is close to which institution."""

    phone = Phone("本人手机号", "The person's phone")
    institution = Choice("机构", "Institution")
    ends = Tick("关系已结束", "They are so no more")


class CheckForm(FormSchema):
    """What a museum's licence says."""

    uscc = Words("统一社会信用代码", "Unified social credit code", max=18)
    sure = Tick(
        "我刚刚核对了营业执照或事业单位法人证书",
        "I have just compared it with the institution's licence",
        must=True,
    )


@blueprint.get("/operator")
@needs_staff("operator")
def home() -> Answer:
    """What waits."""
    return page(
        "operator/home.html",
        cases=all_cases(ctx(), "open"),
        complaints=complaints(ctx(), "open"),
        museums=[one for one in institutions(ctx()) if one.role == "museum"],
        holds=len(open_holds(ctx())) + len(open_appeals(ctx())),
        now=ctx().clock.now_ms(),
    )


@blueprint.route("/operator/affiliations", methods=["GET", "POST"])
@needs_staff("operator")
def affiliations() -> Answer:
    """Say who is close to an institution."""
    offered = [(one.id, one.name_zh, one.name_en) for one in institutions(ctx())]
    form = Form(AffiliationForm, options={"institution": offered})
    if request.method == "POST" and form.accept():
        given = form.values
        try:
            declare_affiliation(
                ctx(), given["phone"], given["institution"], ends=bool(given["ends"])
            )
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("operator.home", said=("已登记。", "Recorded."))
    return page("operator/affiliations.html", form=form)


@blueprint.route("/operator/museums/<museum>", methods=["GET", "POST"])
@needs_staff("operator")
def museum(museum: str) -> Answer:
    """A museum's licence has been looked at again."""
    found = next((one for one in institutions(ctx()) if one.id == museum), None)
    if found is None or found.role != "museum":
        raise NotFound("no_museum", "没有这家博物馆。", "There is no such museum.")
    form = Form(CheckForm, given={"uscc": found.uscc})
    if request.method == "POST" and form.accept():
        try:
            check_institution(ctx(), museum, form.values["uscc"])
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("operator.home", said=("核验已登记。", "The check is recorded."))
    return page("operator/museum.html", form=form, museum=found)


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
