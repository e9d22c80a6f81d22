"""What anybody may see: the front page, certificates, texts, complaints, pictures."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, request, send_file, url_for

from collectibles.errors import CollectiblesError, NotFound
from collectibles.ledger import state
from collectibles.ledger.checkpoint import Checkpoint
from collectibles.ledger.note import Note
from collectibles.media.worker import WIDTHS
from collectibles.services.certificate import as_document, certify
from collectibles.services.complain import SUBJECTS, complain, look_up
from collectibles.services.shelf import Figures, OnShow, on_show
from collectibles.services.terms import current as current_terms
from collectibles.web.fields import Choice, Whole, Words
from collectibles.web.forms import Form, FormSchema
from collectibles.web.pages import Answer, SeriesCard, ctx, go_to, is_there, page

blueprint = Blueprint("public", __name__)

_NAME = re.compile(r"\s*([a-z0-9_.:-]{1,64})\s*/\s*([0-9]{1,7})\s*", re.ASCII)


class VerifyForm(FormSchema):
    """Which collectible to look at."""

    collectible = Words(
        "藏品编号",
        "Collectible",
        max=80,
        hint=("如 s-1a2b3c4d5e6f/7", "such as s-1a2b3c4d5e6f/7"),
    )


class ComplaintForm(FormSchema):
    """A complaint or report."""

    subject = Choice(
        "事由", "What it is about", [(name, each.zh, each.en) for name, each in SUBJECTS.items()]
    )
    words = Words(
        "经过",
        "What happened",
        max=4000,
        lines=True,
        hint=(
            "涉及藏品或订单的，请写明编号；加密保存",
            "Name the collectible or order, if there is one; kept sealed",
        ),
    )
    contact = Words(
        "联系方式",
        "How to reach you",
        max=120,
        hint=("仅用于答复，加密保存", "Only for the answer; kept sealed"),
    )


class LookUpForm(FormSchema):
    """A complaint's number and word."""

    number = Whole("编号", "Number", min=1, max=2**31)
    secret = Words("查询码", "Word", max=32, autocomplete="off")


@blueprint.get("/")
def home() -> Answer:
    """The front page: what is on sale, what comes, what was."""
    shown = on_show(ctx())
    cards = {state: [card(each) for each in shown if each.state == state] for state in _STATES}
    return page(
        "home.html",
        now=cards["now"],
        soon=cards["soon"],
        past=cards["gone"] + cards["past"],
        figures=_figures(),
        checkpoint=_checkpoint(),
    )


def _figures() -> dict[str, int]:
    kept: Figures = current_app.extensions.setdefault("figures", Figures())
    return kept.of(ctx())


@blueprint.get("/pictures/<digest>/<int:width>.webp")
def picture(digest: str, width: int) -> Response:
    """A safe copy of a picture; it never changes, for its name is its content's."""
    if width not in WIDTHS:
        raise NotFound("no_picture", "没有这张图片。", "There is no such picture.")
    path = ctx().media.path_of(digest, width)
    if not path.exists():
        raise NotFound("no_picture", "没有这张图片。", "There is no such picture.")
    answer = send_file(path, mimetype="image/webp", max_age=31536000)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@blueprint.get("/certificate/<series>/<int:edition>")
def certificate(series: str, edition: int) -> Answer:
    """A collectible's certificate with its proof, to be printed and checked by anybody."""
    made = certify(ctx(), series, edition)
    base = ctx().settings.base_url
    return page(
        "public/certificate.html",
        certificate=made,
        root=Checkpoint.parse(Note.parse(made.proof.note.encode()).text).root.hex(),
        hashes=[each.hex() for each in made.proof.hashes],
        vkey=ctx().vkey,
        address=f"{base}{url_for('public.certificate', series=series, edition=edition)}",
        museum=_member(made.series["issuer"]),
        now=ctx().clock.now_ms(),
    )


@blueprint.get("/certificate/<series>/<int:edition>.json")
def certificate_file(series: str, edition: int) -> dict[str, object]:
    """The certificate for programs."""
    return as_document(certify(ctx(), series, edition), ctx().vkey)


@blueprint.get("/verify")
def verify() -> Answer:
    """Find a certificate by its number, and how to check one without this service."""
    form = Form(VerifyForm)
    if "collectible" in request.args and form.accept(request.args, keyed=False):
        named = _NAME.fullmatch(form.values["collectible"])
        if named is not None:
            series, edition = named[1], int(named[2])
            try:
                certify(ctx(), series, edition)
            except NotFound as problem:
                form.wrong("collectible", problem.zh, problem.en)
            else:
                return go_to(url_for("public.certificate", series=series, edition=edition))
        else:
            form.wrong(
                "collectible",
                "请按证书上的样子填写：系列编号/序号。",
                "Write it as on the certificate: series/number.",
            )
    return page("public/verify.html", form=form, vkey=ctx().vkey)


@blueprint.get("/about")
def about() -> Answer:
    """What this is, and what a collectible is and is not."""
    return page("public/about.html", vkey=ctx().vkey, size=ctx().ledger.read.size())


@blueprint.get("/terms")
def terms() -> Answer:
    """The terms of use."""
    return page("public/terms.html", text=current_terms("terms"))


@blueprint.get("/privacy")
def privacy() -> Answer:
    """The privacy notice."""
    return page("public/privacy.html", text=current_terms("privacy"))


@blueprint.route("/complaints", methods=["GET", "POST"])
def complaint() -> Answer:
    """Make a complaint; it gets a number."""
    form = Form(ComplaintForm)
    if request.method == "POST" and form.accept():
        try:
            address = request.remote_addr or ""
            made = complain(ctx(), form_key=form.key, address=address, **form.values)
        except CollectiblesError as problem:
            form.refuse(problem)
        else:
            return page("public/complaint_made.html", made=made)
    return page("public/complaint.html", form=form, search=Form(LookUpForm))


@blueprint.post("/complaints/state")
def complaint_state() -> Answer:
    """Where a complaint stands, for whoever made it."""
    search = Form(LookUpForm)
    shown = None
    if search.accept():
        try:
            shown = look_up(ctx(), search.values["number"], search.values["secret"])
        except CollectiblesError as problem:
            search.wrong("secret", problem.zh, problem.en)
    if shown is None:
        return page("public/complaint.html", 422, form=Form(ComplaintForm), search=search)
    return page("public/complaint_state.html", shown=shown, now=ctx().clock.now_ms())


def card(shown: OnShow) -> SeriesCard:
    """A published series as a card."""
    series, museum = shown.series, shown.museum
    there = is_there("shop.series")
    return SeriesCard(
        url=url_for("shop.series", series=series.id) if there else url_for("public.home"),
        title_zh=series.title_zh,
        title_en=series.title_en,
        museum_zh=museum.name_zh,
        museum_en=museum.name_en,
        picture=series.picture,
        price=series.price,
        edition_size=series.edition_size,
        left=shown.left,
        state=shown.state,
        opens_at=series.opens_at,
        closes_at=series.closes_at,
    )


_STATES = ("now", "soon", "gone", "past")


def _checkpoint() -> dict[str, object] | None:
    if ctx().ledger.read.size() == 0:
        return None
    note = Note.parse(ctx().ledger.read.note().encode())
    found = Checkpoint.parse(note.text)
    last = ctx().ledger.read.entry(found.size - 1)
    return {"size": found.size, "root": found.root.hex(), "at": last["at"]}


def _member(identifier: str) -> dict[str, str]:
    found = ctx().ledger.read.value(state.member(identifier))
    name: dict[str, str] = found["name"]
    return name
