"""The regulator's desk: decisions, trails, freezes by two officers, reports, cases, complaints."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, g, request

from collectibles.domain.calendar import (
    DAY_MS,
    first_of_month,
    parse_period,
    shanghai_date,
    start_of_day,
)
from collectibles.errors import BadInput, CollectiblesError, NotFound
from collectibles.services.complain import complaints, get_complaint
from collectibles.services.decisions import PAGE, Filters, find_decisions, get_entry, outcomes
from collectibles.services.freeze import (
    Restraint,
    ask_restraint,
    confirm_restraint,
    decline_restraint,
    requests_of,
)
from collectibles.services.oversee_cases import all_cases, get_case
from collectibles.services.report import as_csv, as_json, make_report
from collectibles.services.trail import standing, trail_of
from collectibles.store.tables.oversight import DecisionRow
from collectibles.web.forms import Form
from collectibles.web.pages import Answer, ctx, go, page
from collectibles.web.regulator_forms import (
    ITEM_WORDS,
    KIND_WORDS,
    FilterForm,
    PeriodForm,
    RestraintForm,
)
from collectibles.web.sessions import current, needs_staff
from compliance.rendering import receipt
from compliance.rule import Text

blueprint = Blueprint("regulator", __name__)

MONTHS_OFFERED = 6
QUARTERS_OFFERED = 4


@blueprint.app_template_global("kind_words")
def kind_words(kind: str) -> Text:
    """A kind of entry, or an item of a report, in words."""
    return KIND_WORDS.get(kind) or ITEM_WORDS.get(kind) or Text(kind, kind)


@blueprint.app_template_global("rule_title")
def rule_title(code: str) -> Text:
    """The title of a rule of the rulebook in force; a rule that is no longer in it, as its code."""
    if "rule_titles" not in g:
        g.rule_titles = {rule.code: rule.title for rule in ctx().ledger.rulebook().rules}
    return g.rule_titles.get(code) or Text(code, code)


@blueprint.get("/regulator")
@needs_staff("regulator")
def home() -> Answer:
    """What waits, and the last refusals."""
    return page(
        "regulator/home.html",
        outcomes=outcomes(ctx()),
        size=ctx().ledger.read.size(),
        waiting=[r for r in requests_of(ctx(), _office()) if r.state == "asked"],
        refused=find_decisions(ctx(), Filters(outcome="refused"), 10),
        cases=all_cases(ctx(), "open"),
        complaints=complaints(ctx(), "open"),
        now=ctx().clock.now_ms(),
    )


@blueprint.get("/regulator/decisions")
@needs_staff("regulator")
def decisions() -> Answer:
    """Every decision on the ledger, by filters, newest first."""
    form = Form(FilterForm, options={"code": _rule_options()})
    form.accept(request.args, keyed=False)
    rows: list[DecisionRow] = []
    if not form.errors:
        rows = find_decisions(ctx(), _filters(form), PAGE + 1)
    asked = {k: v for k, v in request.args.to_dict().items() if v and k != "lang"}
    older = newest = None
    if len(rows) > PAGE:
        rows = rows[:PAGE]
        older = {**asked, "before": str(rows[-1].entry)}
    if asked.pop("before", None):
        newest = asked
    return page("regulator/decisions.html", form=form, rows=rows, older=older, newest=newest)


@blueprint.get("/regulator/decisions/<int:index>")
@needs_staff("regulator")
def decision(index: int) -> Answer:
    """One entry: every rule's answer with what it read, and the entry as it stands."""
    if index >= 2**63:
        raise NotFound("no_entry", "没有这条记录。", "There is no such entry.")
    found = get_entry(ctx(), index)
    lines: Any = ()
    if found.decided:
        book = ctx().ledger.rulebook_of(found.entry["rb"])
        lines = receipt(found.entry["dec"], book, found.entry["at"])
    return page(
        "regulator/decision.html",
        found=found,
        lines=lines,
        proof=ctx().ledger.read.inclusion(index),
        entry=json.dumps(found.entry, ensure_ascii=False, indent=1, sort_keys=True),
    )


@blueprint.get("/regulator/trail")
@needs_staff("regulator")
def find_trail() -> Answer:
    """From a collectible's identifier to its trail."""
    series, _, edition = request.args.get("collectible", "").strip().partition("/")
    if not (edition.isascii() and edition.isdecimal() and len(edition) <= 7 and len(series) <= 64):
        raise BadInput(
            "collectible",
            "collectible_form",
            "请按“系列编号/序号”填写，如 s-1a2b3c4d5e6f/7。",
            "Write it as series/number, such as s-1a2b3c4d5e6f/7.",
        )
    standing(ctx(), series, int(edition))
    return go("regulator.trail", series=series, edition=int(edition))


@blueprint.get("/regulator/trail/<series>/<int:edition>")
@needs_staff("regulator")
def trail(series: str, edition: int) -> Answer:
    """A collectible's whole trail, refusals included."""
    return page(
        "regulator/trail.html",
        now=standing(ctx(), series, edition),
        steps=trail_of(ctx(), series, edition),
        at=ctx().clock.now_ms(),
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
    now = ctx().clock.now_ms()
    return page("regulator/report.html", form=form, report=made, offered=_periods(now), now=now)


@blueprint.get("/regulator/report/<period>.<any(csv, json):form>")
@needs_staff("regulator")
def report_file(period: str, form: str) -> Response:
    """The same report for programs."""
    made = make_report(ctx(), period, parse_period(period))
    if form == "csv":
        body, kind = as_csv(made), "text/csv; charset=utf-8"
    else:
        body, kind = as_json(made), "application/json"
    name = f'attachment; filename="diancang-{period}.{form}"'
    return Response(body, content_type=kind, headers={"Content-Disposition": name})


@blueprint.get("/regulator/cases/<int:number>")
@needs_staff("regulator")
def case(number: int) -> Answer:
    """One case, to read."""
    return page("regulator/case.html", case=get_case(ctx(), number), now=ctx().clock.now_ms())


@blueprint.get("/regulator/complaints/<int:number>")
@needs_staff("regulator")
def complaint(number: int) -> Answer:
    """One complaint, to read."""
    return page("regulator/complaint.html", complaint=get_complaint(ctx(), number))


@blueprint.get("/regulator/cases")
@needs_staff("regulator")
def cases() -> Answer:
    """All cases and complaints, open ones first."""
    return page(
        "regulator/cases.html",
        cases=all_cases(ctx()),
        complaints=complaints(ctx()),
        now=ctx().clock.now_ms(),
    )


def _office() -> str:
    institution = current().institution
    assert institution is not None
    return institution


def _prefilled() -> dict[str, str]:
    """What a link from a decision or a trail has filled in already."""
    wanted = {name: request.args.get(name, "") for name in ("action", "scope", "subject")}
    return {name: value[:80] for name, value in wanted.items() if value}


def _rule_options() -> list[tuple[str, str, str]]:
    book = ctx().ledger.rulebook()
    return sorted({(rule.code, rule.title.zh, rule.title.en) for rule in book.rules})


def _periods(now: int) -> list[str]:
    """The last months and quarters, the present ones first."""
    today = shanghai_date(now)
    months = [first_of_month(today, -n).isoformat()[:7] for n in range(MONTHS_OFFERED)]
    quarters = []
    for n in range(QUARTERS_OFFERED):
        day = first_of_month(today, -3 * n)
        quarters.append(f"{day.year}-Q{(day.month + 2) // 3}")
    return months + quarters


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
