"""The museum's desk: catalogue, pictures, and series from draft to minted editions."""

from __future__ import annotations

from flask import Blueprint, request
from marshmallow import ValidationError, validates_schema
from sqlalchemy import func, select

from collectibles.errors import BadInput, CollectiblesError
from collectibles.services.add_picture import add_picture, pictures_of
from collectibles.services.draft_series import (
    Draft,
    change_draft,
    draft_series,
    drafts_of,
    get_draft,
    submit_draft,
)
from collectibles.services.import_catalogue import import_catalogue
from collectibles.services.publish_series import foresee, mint, publish_series
from collectibles.services.review_series import approve, send_back
from collectibles.store.tables.catalogue import MuseumObject, SeriesDraft
from collectibles.web.fields import Choice, Choices, File, Moment, Tick, Whole, Words, Yuan
from collectibles.web.forms import Form, FormSchema
from collectibles.web.pages import Answer, ctx, go, page, takes_files
from collectibles.web.sessions import current, needs_staff
from compliance.rule import Text

blueprint = Blueprint("museum", __name__)

PAGE = 50
MIB = 1024 * 1024

DERIVATIONS = [
    ("creative_rework", "创意改编：以原作为本重新创作", "Creative rework of the object"),
    ("new_work", "全新创作：受原作启发", "New work inspired by the object"),
    ("raw_photo", "文物照片原图", "Plain photograph of the object"),
    ("raw_scan", "文物扫描原始数据", "Raw scan of the object"),
    ("replica_3d", "三维复制", "Three-dimensional replica"),
]
LICENCE_RIGHTS = [
    ("reproduction", "复制权", "Reproduction"),
    ("network_transmission", "信息网络传播权", "Transmission over networks"),
    ("adaptation", "改编权", "Adaptation"),
]
GRANTS = [
    ("display", "展示", "To display it"),
    ("personal_study", "个人学习、欣赏", "Personal study and enjoyment"),
    ("personal_noncommercial_use", "个人非商业使用", "Personal, non-commercial use"),
    ("venue_benefit", "馆内权益（如参观优惠）", "A benefit at the museum"),
]
OFFERED = [
    ("all_rights_reserved", "保留所有权利", "All rights reserved"),
    ("cc_by", "CC BY（署名）", "CC BY"),
    ("cc_by_sa", "CC BY-SA（署名、相同方式共享）", "CC BY-SA"),
    ("cc0", "CC0（不保留权利）", "CC0"),
]


class CatalogueForm(FormSchema):
    """A catalogue file."""

    catalogue = File("目录文件（CSV）", "Catalogue (CSV)", accept=".csv,text/csv", max=10 * MIB)


class PictureForm(FormSchema):
    """A picture, of one of the museum's objects or of none in particular."""

    picture = File("图片", "Picture", accept="image/png,image/jpeg,image/webp", max=20 * MIB)
    object_id = Choice("属于哪件藏品", "Of which object", needed=False)


class SeriesForm(FormSchema):
    """Everything a curator says of a series."""

    object_id = Choice("所依据的藏品", "The object it is about")
    picture = Choice("图片", "Picture")
    title_zh = Words("中文名称", "Chinese title", max=120)
    title_en = Words("英文名称", "English title", max=120)
    derivation = Choice("图片的来源", "Where the picture comes from", DERIVATIONS, radios=True)
    adaptor = Words("改编者", "Adaptor", max=80, needed=False)
    creative_statement = Words("创作说明", "Creative statement", max=600, lines=True, needed=False)
    right_holder = Words("权利人", "Right holder", max=120, needed=False)
    licence_reference = Words("授权文件编号", "Licence reference", max=80, needed=False)
    licence_rights = Choices("授权的权利", "Rights licensed", LICENCE_RIGHTS, needed=False)
    licence_starts_at = Moment("授权开始", "Licence begins", needed=False)
    licence_ends_at = Moment("授权结束", "Licence ends", needed=False)
    offered_terms = Choice("以何种条款提供", "Offered under which terms", OFFERED)
    grants = Choices("持有人得到的权利", "What holders get", GRANTS, needed=False)
    edition_size = Whole("发行量", "Edition size", min=1, max=1_000_000)
    price = Yuan("单价（元）", "Price (yuan)", min=1)
    opens_at = Moment("开始发售", "Sale opens")
    closes_at = Moment("结束发售", "Sale closes")
    ai_used = Choice(
        "是否使用生成式人工智能",
        "Was generative AI used",
        [("no", "未使用", "No"), ("yes", "使用了", "Yes")],
        needed=False,
        radios=True,
    )

    @validates_schema
    def _window(self, data: dict[str, object], **_: object) -> None:
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if isinstance(opens, int) and isinstance(closes, int) and closes <= opens:
            text = Text("结束时间应晚于开始时间。", "The sale must end after it begins.")
            raise ValidationError([text], "closes_at")


class RemarkForm(FormSchema):
    """Why a series goes back to its curator."""

    remark = Words("退回的原因", "Why it is sent back", max=1000, lines=True)


class MintForm(FormSchema):
    """How many editions to mint next."""

    count = Whole("铸造数量", "How many to mint", min=1, max=1_000_000)
    sure = Tick("我知道铸造后不能撤销", "I know that minting cannot be undone", must=True)


@blueprint.get("/museum")
@needs_staff("museum")
def home() -> Answer:
    """The desk: what waits for whom."""
    museum = _museum()
    series = drafts_of(ctx(), museum)
    with ctx().database.begin() as session:
        objects = session.scalar(select(func.count()).where(MuseumObject.institution_id == museum))
    return page(
        "museum/home.html", series=series, objects=objects, pictures=len(pictures_of(ctx(), museum))
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
    form = Form(CatalogueForm)
    problems = []
    if request.method == "POST" and form.accept():
        _only("curator")
        done = import_catalogue(ctx(), _museum(), form.values["catalogue"].data)
        if not done.problems:
            said = (
                f"已导入：新增{done.new}件，更新{done.changed}件。",
                f"Imported: {done.new} new, {done.changed} updated.",
            )
            return go("museum.objects", said=said)
        problems = done.problems
        form.wrong(
            "catalogue", "文件有误，未导入任何记录。", "The file was not imported; see below."
        )
    number = request.args.get("page", "1")
    at = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
    rows, more = _objects(max(at, 1))
    return page(
        "museum/objects.html", form=form, problems=problems, rows=rows, at=max(at, 1), more=more
    )


@blueprint.route("/museum/pictures", methods=["GET", "POST"])
@needs_staff("museum")
@takes_files
def pictures() -> Answer:
    """The museum's pictures, and a form to add one."""
    form = Form(PictureForm, options={"object_id": _object_options()})
    if request.method == "POST" and form.accept():
        _only("curator")
        try:
            data, thing = form.values["picture"].data, form.values["object_id"]
            add_picture(ctx(), _museum(), current().id, data, thing)
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("museum.pictures", said=("图片已保存。", "The picture is kept."))
    return page("museum/pictures.html", form=form, pictures=pictures_of(ctx(), _museum()))


@blueprint.route("/museum/series/new", methods=["GET", "POST"])
@needs_staff("museum", role="curator")
def new_series() -> Answer:
    """A new draft."""
    form = Form(SeriesForm, options=_options())
    if request.method == "POST" and form.accept():
        try:
            made = draft_series(ctx(), _museum(), current().id, _draft(form), form.key)
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("museum.series", series=made, said=("草稿已保存。", "The draft is kept."))
    return page("museum/edit_series.html", form=form, series=None)


@blueprint.route("/museum/series/<series>/edit", methods=["GET", "POST"])
@needs_staff("museum", role="curator")
def edit_series(series: str) -> Answer:
    """Change a draft, or one that was sent back."""
    draft = get_draft(ctx(), _museum(), series)
    form = Form(SeriesForm, given=_given(draft), options=_options())
    if request.method == "POST" and form.accept():
        try:
            change_draft(ctx(), _museum(), series, current().id, _draft(form))
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return go("museum.series", series=series, said=("草稿已保存。", "The draft is kept."))
    return page("museum/edit_series.html", form=form, series=draft)


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
    approve(ctx(), _museum(), series, current().id)
    return go("museum.series", series=series, said=("审核通过。", "The review is passed."))


@blueprint.post("/museum/series/<series>/send-back")
@needs_staff("museum", role="reviewer")
def return_series(series: str) -> Answer:
    """Back to the curator, with a remark."""
    form = Form(RemarkForm)
    if not form.accept():
        return _series_page(series, remark=form)
    send_back(ctx(), _museum(), series, form.values["remark"])
    return go("museum.series", series=series, said=("已退回。", "Sent back."))


@blueprint.post("/museum/series/<series>/publish")
@needs_staff("museum", role="reviewer")
def publish(series: str) -> Answer:
    """Onto the ledger, or the reasons why not."""
    publish_series(ctx(), _museum(), series)
    return go("museum.series", series=series, said=("已发布上链。", "Published on the ledger."))


@blueprint.post("/museum/series/<series>/mint")
@needs_staff("museum", role="reviewer")
def mint_series(series: str) -> Answer:
    """Mint the next editions."""
    form = Form(MintForm)
    if not form.accept():
        return _series_page(series, minting=form)
    try:
        mint(ctx(), _museum(), series, form.values["count"])
    except CollectiblesError as problem:
        form.refuse(problem)
        return _series_page(series, minting=form)
    said = (f"已铸造{form.values['count']}份。", f"Minted {form.values['count']} editions.")
    return go("museum.series", series=series, said=said)


def _series_page(series: str, remark: Form | None = None, minting: Form | None = None) -> Answer:
    draft = get_draft(ctx(), _museum(), series)
    with ctx().database.begin() as session:
        thing = session.get_one(MuseumObject, draft.object_id)
    left = draft.edition_size - draft.minted
    return page(
        "museum/series.html",
        series=draft,
        thing=thing,
        reasons=foresee(ctx(), _museum(), series),
        remark=remark or Form(RemarkForm),
        minting=minting or Form(MintForm, given={"count": left}),
        left=left,
        words={
            name: Text(zh, en)
            for name, zh, en in [*DERIVATIONS, *LICENCE_RIGHTS, *GRANTS, *OFFERED]
        },
    )


def _museum() -> str:
    institution = current().institution
    assert institution is not None
    return institution


def _only(role: str) -> None:
    from collectibles.web.sessions import require_staff

    require_staff("museum", role)


def _objects(at: int) -> tuple[list[MuseumObject], bool]:
    wanted = select(MuseumObject).where(MuseumObject.institution_id == _museum())
    wanted = wanted.order_by(MuseumObject.number).offset((at - 1) * PAGE).limit(PAGE + 1)
    with ctx().database.begin() as session:
        rows = list(session.scalars(wanted))
    return rows[:PAGE], len(rows) > PAGE


def _object_options() -> list[tuple[str, str, str]]:
    wanted = select(MuseumObject).where(MuseumObject.institution_id == _museum())
    with ctx().database.begin() as session:
        found = session.scalars(wanted.order_by(MuseumObject.number))
        return [(o.id, f"{o.number} {o.title_zh}", f"{o.number} {o.title_en}") for o in found]


def _options() -> dict[str, list[tuple[str, str, str]]]:
    titles = {value: (zh, en) for value, zh, en in _object_options()}
    shown = []
    for picture in pictures_of(ctx(), _museum()):
        zh, en = titles.get(picture.object_id or "", ("未指明藏品", "no object named"))
        size = f"{picture.width}×{picture.height}"
        mark = picture.digest[:8]
        shown.append((picture.digest, f"{zh}（{size}，{mark}）", f"{en} ({size}, {mark})"))
    return {"object_id": _object_options(), "picture": shown}


def _draft(form: Form) -> Draft:
    values = dict(form.values)
    ai = {"yes": True, "no": False, None: None}[values.pop("ai_used")]
    lists = {name: tuple(values.pop(name) or ()) for name in ("licence_rights", "grants")}
    optional = ("adaptor", "creative_statement", "right_holder", "licence_reference")
    texts = {name: values.pop(name) or "" for name in optional}
    if texts["licence_reference"] and values["licence_starts_at"] is None:
        raise BadInput(
            "licence_starts_at",
            "licence_starts_at",
            "请填写授权从何时开始。",
            "Say when the licence begins.",
        )
    return Draft(**values, **lists, **texts, ai_used=ai)


def _given(draft: SeriesDraft) -> dict[str, object]:
    details = dict(draft.details)
    details["ai_used"] = {True: "yes", False: "no", None: None}[details["ai_used"]]
    names = ("object_id", "picture", "title_zh", "title_en", "edition_size", "price")
    fields = {name: getattr(draft, name) for name in (*names, "opens_at", "closes_at")}
    return {**fields, **details}
