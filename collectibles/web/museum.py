"""The museum's desk: catalogue, pictures, and series from draft to minted editions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from collectibles.errors import BadInput, CollectiblesError, Conflict, Refused
from collectibles.services.add_picture import add_picture, pictures_of
from collectibles.services.decisions import Filters, find_decisions
from collectibles.services.draft_series import (
    Draft,
    change_draft,
    draft_series,
    drafts_of,
    get_draft,
    mark,
    submit_draft,
)
from collectibles.services.find_objects import (
    count_holdings,
    find_objects,
    get_object,
    object_id_of,
)
from collectibles.services.import_catalogue import Imported, import_catalogue
from collectibles.services.publish_series import foresee, mint, publish_series, reviewable
from collectibles.services.review_series import approve, send_back
from collectibles.store.tables.catalogue import MuseumObject, SeriesDraft
from collectibles.web.forms import Form
from collectibles.web.museum_forms import (
    WORDS,
    CatalogueForm,
    MintForm,
    PictureForm,
    RemarkForm,
    ReviewForm,
    SearchForm,
    SeriesForm,
)
from collectibles.web.pages import Answer, ctx, go, page, takes_files
from collectibles.web.sessions import current, needs_staff, require_staff

blueprint = Blueprint("museum", __name__)

PAGE = 50
PICTURES = 48
#: Objects that the browser may offer while a number is typed.
OFFERED = 500
_OPTIONAL = ("adaptor", "creative_statement", "right_holder", "licence_reference")


@blueprint.get("/museum")
@needs_staff("museum")
def home() -> Answer:
    """The desk: what waits for whom."""
    museum = _museum()
    objects, pictures = count_holdings(ctx(), museum)
    return page(
        "museum/home.html", series=drafts_of(ctx(), museum), objects=objects, pictures=pictures
    )


@blueprint.get("/museum/series")
@needs_staff("museum")
def series_list() -> Answer:
    """The museum's series."""
    return page("museum/series_list.html", series=drafts_of(ctx(), _museum()))


@blueprint.route("/museum/objects", methods=["GET", "POST"])
@needs_staff("museum")
@takes_files
def objects() -> Answer:
    """The catalogue, and a form to import one."""
    form, problems = Form(CatalogueForm), []
    if request.method == "POST":
        require_staff("museum", "curator")
        if form.accept():
            done = import_catalogue(ctx(), _museum(), form.values["catalogue"].data)
            if not done.problems:
                return go("museum.objects", said=_imported(done))
            problems = done.problems
            form.wrong(
                "catalogue",
                "文件有误，没有导入任何记录；问题列在下面。",
                "Nothing was imported; what is wrong is listed below.",
            )
    search = Form(SearchForm)
    search.accept(request.args, keyed=False)
    words, at = search.values.get("q") or "", search.values.get("page") or 1
    rows = find_objects(ctx(), _museum(), words, (at - 1) * PAGE, PAGE + 1)
    return page(
        "museum/objects.html",
        form=form,
        problems=problems,
        search=search,
        words=WORDS,
        q=words,
        rows=rows[:PAGE],
        at=at,
        more=len(rows) > PAGE,
    )


@blueprint.route("/museum/pictures", methods=["GET", "POST"])
@needs_staff("museum")
@takes_files
def pictures() -> Answer:
    """The museum's pictures, and a form to add one."""
    form = Form(PictureForm, given={"number": request.args.get("number", "")[:80]})
    if request.method == "POST":
        require_staff("museum", "curator")
        if form.accept():
            try:
                thing = (
                    object_id_of(ctx(), _museum(), form.values["number"])
                    if form.values["number"]
                    else None
                )
                data = form.values["picture"].data
                add_picture(ctx(), _museum(), current().id, data, thing)
            except CollectiblesError as problem:
                form.refuse(problem)
            else:
                return go("museum.pictures", said=("图片已保存。", "The picture is kept."))
    search = Form(SearchForm)
    search.accept(request.args, keyed=False)
    at = search.values.get("page") or 1
    shown = pictures_of(ctx(), _museum(), PICTURES + 1, (at - 1) * PICTURES)
    return page(
        "museum/pictures.html",
        form=form,
        shown=shown[:PICTURES],
        more=len(shown) > PICTURES,
        at=at,
        offered=_offered(),
    )


@blueprint.route("/museum/series/new", methods=["GET", "POST"])
@needs_staff("museum", role="curator")
def new_series() -> Answer:
    """A new draft; `?number=` names the object it is about."""
    number = request.args.get("number", "")[:80]
    given = {"number": number, "offered_terms": "all_rights_reserved"}
    form = Form(SeriesForm, given=given, options=_picture_options())
    if request.method == "POST" and form.accept():
        try:
            made = draft_series(ctx(), _museum(), current().id, _draft(form), form.key)
        except CollectiblesError as problem:
            _refuse(form, problem)
        else:
            return go("museum.series", series=made, said=("草稿已保存。", "The draft is kept."))
    return page("museum/edit_series.html", form=form, series=None, offered=_offered())


@blueprint.route("/museum/series/<series>/edit", methods=["GET", "POST"])
@needs_staff("museum", role="curator")
def edit_series(series: str) -> Answer:
    """Change a draft, or one that was sent back."""
    draft = get_draft(ctx(), _museum(), series)
    if draft.state not in ("draft", "returned"):
        raise Conflict(
            "not_a_draft",
            "该系列已送审或已发布，不能再修改。需要修改时，请审核人退回。",
            "This series is under review or published and cannot be changed now; to change it, ask"
            " its reviewer to send it back.",
        )
    form = Form(SeriesForm, given=_given(draft), options=_picture_options(draft.picture))
    if request.method == "POST" and form.accept():
        try:
            seen = form.values["seen"] or ""
            change_draft(ctx(), _museum(), series, current().id, _draft(form), seen)
        except CollectiblesError as problem:
            _refuse(form, problem)
        else:
            return go("museum.series", series=series, said=("草稿已保存。", "The draft is kept."))
    return page("museum/edit_series.html", form=form, series=draft, offered=_offered())


@blueprint.get("/museum/series/<series>")
@needs_staff("museum")
def series(series: str) -> Answer:
    """One series: what it says, what the rulebook would say, and the next step."""
    return _series_page(series)


@blueprint.post("/museum/series/<series>/submit")
@needs_staff("museum", role="curator")
def submit(series: str) -> Answer:
    """Hand in for review."""
    submit_draft(ctx(), _museum(), series)
    return go("museum.series", series=series, said=("已送审。", "Handed in for review."))


@blueprint.post("/museum/series/<series>/approve")
@needs_staff("museum", role="reviewer")
def approve_series(series: str) -> Answer:
    """The second person finds it fit."""
    form = Form(ReviewForm)
    if not form.accept():
        return _series_page(series, 422, review=form)
    given = form.values
    approve(ctx(), _museum(), series, current().id, given["checks"] or (), given["seen"])
    return go("museum.series", series=series, said=("审核通过。", "The review is passed."))


@blueprint.post("/museum/series/<series>/send-back")
@needs_staff("museum", role="reviewer")
def return_series(series: str) -> Answer:
    """Back to the curator, with a remark."""
    form = Form(RemarkForm)
    if not form.accept():
        return _series_page(series, 422, remark=form)
    send_back(ctx(), _museum(), series, form.values["remark"])
    return go("museum.series", series=series, said=("已退回。", "Sent back."))


@blueprint.post("/museum/series/<series>/publish")
@needs_staff("museum", role="reviewer")
def publish(series: str) -> Answer:
    """Onto the ledger, or the reasons why not."""
    try:
        publish_series(ctx(), _museum(), series)
    except Refused as refused:
        return _series_page(series, 422, refused=refused)
    return go("museum.series", series=series, said=("已发布上链。", "Published on the ledger."))


@blueprint.post("/museum/series/<series>/mint")
@needs_staff("museum", role="reviewer")
def mint_series(series: str) -> Answer:
    """Mint the next editions."""
    form = Form(MintForm)
    if not form.accept():
        return _series_page(series, 422, minting=form)
    count, first = form.values["count"], form.values["first"]
    try:
        mint(ctx(), _museum(), series, count, first)
    except Refused as refused:
        return _series_page(series, 422, refused=refused)
    except CollectiblesError as problem:
        form.refuse(problem)
        return _series_page(series, 422, minting=form)
    said = (f"已铸造{count}份，从第{first}号起。", f"Minted {count} editions from number {first}.")
    return go("museum.series", series=series, said=said)


def _series_page(series: str, status: int = 200, **shown: Any) -> Answer:
    draft = get_draft(ctx(), _museum(), series)
    thing = get_object(ctx(), _museum(), draft.object_id)
    reasons, problem, content = [], None, ""
    if draft.state != "published":
        try:
            reasons = foresee(ctx(), _museum(), series)
            with ctx().database.begin() as session:
                content, _ = reviewable(ctx(), session, draft)
        except CollectiblesError as found:
            problem = found
    left = draft.edition_size - draft.minted
    minting = shown.pop("minting", None) or Form(
        MintForm, given={"count": max(left, 1), "first": draft.minted + 1}
    )
    shown.setdefault("remark", Form(RemarkForm))
    shown.setdefault("review", Form(ReviewForm))
    shown.setdefault("refused", None)
    return page(
        "museum/series.html",
        status,
        series=draft,
        thing=thing,
        reasons=reasons,
        problem=problem,
        content=content,
        minting=minting,
        left=left,
        words=WORDS,
        decisions=find_decisions(ctx(), Filters(series=series, edition=0), 10),
        **shown,
    )


def _museum() -> str:
    institution = current().institution
    assert institution is not None
    return institution


def _imported(done: Imported) -> tuple[str, str]:
    if not done.new and not done.changed:
        return (
            f"文件中的{done.unchanged}件藏品都已在目录中，没有变化。",
            f"All {done.unchanged} objects of the file are in the catalogue; nothing changed.",
        )
    return (
        f"已导入：新增{done.new}件，更新{done.changed}件，未变{done.unchanged}件。",
        f"Imported: {done.new} new, {done.changed} updated, {done.unchanged} unchanged.",
    )


def _offered() -> list[MuseumObject]:
    return find_objects(ctx(), _museum(), most=OFFERED)


def _picture_options(chosen: str | None = None) -> dict[str, list[tuple[str, str, str]]]:
    """The newest pictures, and always the one that is chosen already."""
    options = []
    for picture, thing in pictures_of(ctx(), _museum(), OFFERED):
        size = f"{picture.width}×{picture.height}"
        zh = f"{thing.number} {thing.title_zh}" if thing else "未指明藏品"
        en = f"{thing.number} {thing.title_en}" if thing else "No object named"
        options.append((picture.digest, f"{zh}（{size}）", f"{en} ({size})"))
    if chosen and chosen not in {option[0] for option in options}:
        options.append((chosen, "现在的图片", "The present picture"))
    options.sort(key=lambda option: option[0] != chosen)
    return {"picture": options}


def _refuse(form: Form, problem: CollectiblesError) -> None:
    """Show a service's error; what it says of the object belongs to the number typed for it."""
    if isinstance(problem, BadInput) and problem.field == "object_id":
        form.wrong("number", problem.zh, problem.en)
    else:
        form.refuse(problem)


def _draft(form: Form) -> Draft:
    values: dict[str, Any] = {k: v for k, v in form.values.items() if k != "seen"}
    values["object_id"] = object_id_of(ctx(), _museum(), values.pop("number"))
    for name in ("licence_rights", "grants", "arrangements"):
        values[name] = tuple(values[name] or ())
    for name in _OPTIONAL:
        values[name] = values[name] or ""
    return Draft(**values)


def _given(draft: SeriesDraft) -> dict[str, object]:
    number = get_object(ctx(), _museum(), draft.object_id).number
    details = dict(draft.details)
    names = ("picture", "title_zh", "title_en", "edition_size", "price", "opens_at", "closes_at")
    fields = {name: getattr(draft, name) for name in names}
    return {"number": number, "seen": mark(draft), **fields, **details}
