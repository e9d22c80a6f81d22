"""The regulator's desk: decisions, trails, freezes by two officers, reports, cases, complaints."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

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
from collectibles.web.fields import Choice, Day, Moment, Whole, Words
from collectibles.web.forms import Form, FormSchema
from collectibles.web.pages import Answer, ctx, go, page
from collectibles.web.sessions import current, needs_staff
from compliance.rendering import receipt
from compliance.rule import KINDS, Text

blueprint = Blueprint("regulator", __name__)

#: Every kind of entry in words.
KIND_WORDS = {
    "series": Text("发布系列", "Series published"),
    "mint": Text("铸造", "Mint"),
    "sale": Text("发售", "Sale"),
    "gift": Text("赠送", "Gift"),
    "resale": Text("转让", "Passing on"),
    "refund": Text("退款", "Refund"),
    "return": Text("退货", "Return"),
    "restraint": Text("冻结或解冻", "Freeze or release"),
    "takedown": Text("下架或恢复", "Takedown or restoration"),
    "burn": Text("销毁", "Burning"),
    "forced": Text("依法转移", "Transfer by law"),
    "account": Text("账户状态", "Account"),
    "member": Text("成员", "Member"),
    "rulebook": Text("规则库", "Rulebook"),
    "genesis": Text("账本创建", "Ledger created"),
    "correction": Text("更正", "Correction"),
    "refusal": Text("拒绝", "Refusal"),
    "hold": Text("暂缓", "Hold"),
    "ruling": Text("裁定", "Ruling"),
}
#: Items of the report that are not kinds of entries.
ITEM_WORDS = {
    "resale_post": Text("转让价款（新持有人支付）", "Passing on: paid by the new holder"),
    "refund_pending": Text("退款发起", "Refunds begun"),
    "refund_done": Text("退款完成", "Refunds done"),
    "refund_failed": Text("退款未成", "Refunds failed"),
    "opened": Text("新建", "opened"),
    "closed": Text("办结", "closed"),
    "made": Text("收到", "received"),
    "answered": Text("答复", "answered"),
    "answered_late": Text("逾期答复", "answered late"),
}
MONTHS_OFFERED = 6
QUARTERS_OFFERED = 4


@blueprint.app_template_global("kind_words")
def kind_words(kind: str) -> Text:
    """A kind of entry, or an item of a report, in words."""
    return KIND_WORDS.get(kind) or ITEM_WORDS.get(kind) or Text(kind, kind)


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
    code = Choice("未通过的规则", "Rule not passed", needed=False)
    account = Words("账户编号", "Account", max=64, needed=False)
    series = Words("系列编号", "Series", max=64, needed=False)
    edition = Whole("藏品序号", "Edition", min=1, max=1_000_000, needed=False)
    since = Day("自", "From", needed=False)
    until = Day("至", "To", needed=False)
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
        hint=(
            "藏品如 s-1a2b3c4d5e6f/7，系列如 s-1a2b3c4d5e6f，账户如 a-1a2b3c4d5e6f",
            "s-1a2b3c4d5e6f/7 for a collectible, s-… for a series, a-… for an account",
        ),
    )
    document = Words("文书号", "Document number", max=80)
    authority = Words("机关", "Authority", max=80)
    basis = Words("依据", "Legal basis", max=200)
    until = Moment(
        "冻结至",
        "Until",
        needed=False,
        hint=(
            "北京时间；不填表示未定期限；解冻不需填写",
            "Beijing time; empty: no term; not for a release",
        ),
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
