"""The regulator's desk: decisions, trails, freezes by two officers, reports, cases."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request
from sqlalchemy import func, select

from collectibles.domain.calendar import DAY_MS, parse_period, start_of_day
from collectibles.errors import CollectiblesError
from collectibles.services.cases import cases_of
from collectibles.services.complain import complaints
from collectibles.services.decisions import PAGE, Filters, find_decisions, get_decision
from collectibles.services.freeze import (
    Restraint,
    ask_restraint,
    confirm_restraint,
    decline_restraint,
    requests_of,
)
from collectibles.services.report import as_csv, make_report
from collectibles.services.trail import standing, trail_of
from collectibles.store.tables.oversight import DecisionRow
from collectibles.web.fields import Choice, Day, Moment, Whole, Words
from collectibles.web.forms import Form, FormSchema
from collectibles.web.pages import Answer, ctx, go, page
from collectibles.web.sessions import current, needs_staff
from compliance.rendering import receipt
from compliance.rule import KINDS

blueprint = Blueprint("regulator", __name__)

KIND_WORDS = {
    "series": ("发布系列", "Series"),
    "mint": ("铸造", "Mint"),
    "sale": ("发售", "Sale"),
    "gift": ("赠送", "Gift"),
    "resale": ("转让", "Resale"),
    "refund": ("退款", "Refund"),
    "return": ("退货", "Return"),
}


class FilterForm(FormSchema):
    """What decisions to look for."""

    kind = Choice("种类", "Kind", [(k, *KIND_WORDS[k]) for k in KINDS], needed=False)
    outcome = Choice(
        "结果",
        "Outcome",
        [
            ("permitted", "准许", "Permitted"),
            ("held", "待复核", "Held"),
            ("refused", "拒绝", "Refused"),
        ],
        needed=False,
    )
    code = Words("规则代码", "Rule code", max=64, needed=False)
    account = Words("账户", "Account", max=64, needed=False)
    series = Words("系列", "Series", max=64, needed=False)
    edition = Whole("编号", "Edition", min=1, max=1_000_000, needed=False)
    since = Day("从", "From", needed=False)
    until = Day("到", "To", needed=False)
    before = Whole("早于记录", "Before entry", min=1, max=2**53 - 1, needed=False)


class RestraintForm(FormSchema):
    """A freeze or a release, as an officer asks for it."""

    action = Choice(
        "措施",
        "Measure",
        [("freeze", "冻结", "Freeze"), ("release", "解除冻结", "Release")],
        radios=True,
    )
    scope = Choice(
        "对象种类",
        "Of what",
        [
            ("collectible", "一件藏品", "A collectible"),
            ("series", "一个系列", "A series"),
            ("account", "一个账户", "An account"),
        ],
        radios=True,
    )
    subject = Words(
        "对象编号",
        "Identifier",
        max=80,
        hint=("如 s-1a2b3c4d5e6f/7", "such as s-1a2b3c4d5e6f/7"),
    )
    document = Words("文书号", "Document number", max=80)
    authority = Words("机关", "Authority", max=80)
    basis = Words("依据", "Legal basis", max=200)
    until = Moment(
        "冻结至", "Until", needed=False, hint=("不填表示另行通知", "Empty: until further notice")
    )


class PeriodForm(FormSchema):
    """Which period to report on."""

    period = Words(
        "期间", "Period", max=7, hint=("如 2026-01 或 2026-Q1", "such as 2026-01 or 2026-Q1")
    )


@blueprint.get("/regulator")
@needs_staff("regulator")
def home() -> Answer:
    """What waits, and the last refusals."""
    with ctx().database.begin() as session:
        counted = select(DecisionRow.outcome, func.count()).group_by(DecisionRow.outcome)
        outcomes = {row[0]: row[1] for row in session.execute(counted)}
    waiting = [r for r in requests_of(ctx(), _office()) if r.state == "asked"]
    return page(
        "regulator/home.html",
        outcomes=outcomes,
        size=ctx().ledger.read.size(),
        waiting=waiting,
        refused=find_decisions(ctx(), Filters(outcome="refused"), 10),
        cases=[each for each in cases_of(ctx()) if each.state == "open"],
        complaints=[each for each in complaints(ctx()) if each.state == "open"],
    )


@blueprint.get("/regulator/decisions")
@needs_staff("regulator")
def decisions() -> Answer:
    """Every decision on the ledger, by filters, newest first."""
    form = Form(FilterForm)
    form.accept(request.args, keyed=False)
    rows: list[DecisionRow] = []
    if not form.errors:
        rows = find_decisions(ctx(), _filters(form), PAGE + 1)
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    older = None
    if more:
        older = {**request.args.to_dict(), "before": str(rows[-1].entry)}
    return page("regulator/decisions.html", form=form, rows=rows, older=older)


@blueprint.get("/regulator/decisions/<int:index>")
@needs_staff("regulator")
def decision(index: int) -> Answer:
    """One decision: every rule's answer with what it read, and the entry as it stands."""
    found = get_decision(ctx(), index)
    book = ctx().ledger.rulebook_of(found.entry["rb"])
    return page(
        "regulator/decision.html",
        found=found,
        lines=receipt(found.entry["dec"], book, found.entry["at"]),
        proof=ctx().ledger.read.inclusion(index),
        entry=json.dumps(found.entry, ensure_ascii=False, indent=1, sort_keys=True),
    )


@blueprint.get("/regulator/trail/<series>/<int:edition>")
@needs_staff("regulator")
def trail(series: str, edition: int) -> Answer:
    """A collectible's whole trail, refusals included."""
    return page(
        "regulator/trail.html",
        now=standing(ctx(), series, edition),
        steps=trail_of(ctx(), series, edition),
    )


@blueprint.route("/regulator/restraints", methods=["GET", "POST"])
@needs_staff("regulator")
def restraints() -> Answer:
    """Freezes and releases: ask for one; see and decide those of others."""
    given = {"action": "freeze", "scope": "collectible", **_prefilled()}
    form = Form(RestraintForm, given=given)
    if request.method == "POST" and form.accept():
        try:
            ask_restraint(ctx(), _office(), current().id, Restraint(**form.values), form.key)
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            said = ("已提出，等待另一位执法人员确认。", "Asked; a second officer has to confirm.")
            return go("regulator.restraints", said=said)
    rows = requests_of(ctx(), _office())
    return page("regulator/restraints.html", form=form, rows=rows, me=current().id)


@blueprint.post("/regulator/restraints/<identifier>/confirm")
@needs_staff("regulator")
def confirm(identifier: str) -> Answer:
    """The second officer confirms."""
    confirm_restraint(ctx(), _office(), current().id, identifier)
    return go("regulator.restraints", said=("已生效并上链。", "In force, and on the ledger."))


@blueprint.post("/regulator/restraints/<identifier>/decline")
@needs_staff("regulator")
def decline(identifier: str) -> Answer:
    """Either officer drops the request."""
    decline_restraint(ctx(), _office(), current().id, identifier)
    return go("regulator.restraints", said=("已撤销申请。", "The request is dropped."))


@blueprint.get("/regulator/report")
@needs_staff("regulator")
def report() -> Answer:
    """The compliance report of a period, on the page."""
    form = Form(PeriodForm)
    made = None
    if "period" in request.args and form.accept(request.args, keyed=False):
        try:
            period = form.values["period"]
            made = make_report(ctx(), period, parse_period(period))
        except CollectiblesError as problem:
            form.refuse(problem)
    return page("regulator/report.html", form=form, report=made)


@blueprint.get("/regulator/report/<period>.<any(csv, json):form>")
@needs_staff("regulator")
def report_file(period: str, form: str) -> Response:
    """The same report for programs."""
    made = make_report(ctx(), period, parse_period(period))
    if form == "csv":
        body, kind = as_csv(made), "text/csv; charset=utf-8"
    else:
        body = json.dumps(made.plain(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        kind = "application/json"
    name = f'attachment; filename="diancang-{period}.{form}"'
    return Response(body, content_type=kind, headers={"Content-Disposition": name})


def _office() -> str:
    institution = current().institution
    assert institution is not None
    return institution


def _prefilled() -> dict[str, str]:
    """What a link from a decision or a trail has filled in already."""
    wanted = {name: request.args.get(name, "") for name in ("action", "scope", "subject")}
    return {name: value[:80] for name, value in wanted.items() if value}


def _filters(form: Form) -> Filters:
    values = dict(form.values)
    since, until = values.pop("since"), values.pop("until")
    return Filters(
        kind=values["kind"] or "",
        outcome=values["outcome"] or "",
        code=values["code"] or "",
        account=values["account"] or "",
        series=values["series"] or "",
        edition=values["edition"],
        before=values["before"],
        since=None if since is None else start_of_day(since),
        until=None if until is None else start_of_day(until) + DAY_MS,
    )
