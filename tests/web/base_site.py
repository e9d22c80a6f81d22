"""A small site on the web base: every kind of page once, to see what the base does for them all.

The database is real; of the service's parts the base knows only settings, clock and database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from flask import Blueprint, Flask, request
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy.orm import Session as Unit

from collectibles.clock import SetClock
from collectibles.config import load
from collectibles.errors import Conflict, Refused, SignInNeeded, TooMany
from collectibles.services.context import Context, Settings
from collectibles.store.database import Database
from collectibles.store.tables.institutions import Institution, Staff
from collectibles.store.tables.people import Account
from collectibles.web.factory import create_app
from collectibles.web.fields import Choice, File, Moment, Tick, Whole, Words, Yuan
from collectibles.web.forms import Form, FormSchema
from collectibles.web.pages import Answer, go, go_to, page, takes_files
from collectibles.web.sessions import (
    current,
    end_all_sessions,
    end_session,
    needs_account,
    needs_staff,
    safe_next,
    start_session,
)
from compliance.rendering import Citation, Explained
from compliance.rule import Text
from tests.web.base_browser import Browser

START = 1_790_000_000_000
TYPED = "13800001234"  # what must never be logged
FORM_PAGE = """{% extends "base.html" %}{% import "macros.html" as ui %}
{% block title %}{{ t('表单', 'Form') }}{% endblock %}
{% block main %}<p>{{ who | default('') }}</p>
{% call ui.form(form) %}{{ ui.fields(form) }}{{ ui.submit('提交', 'Send') }}{% endcall %}
{% endblock %}"""
NOTHING: dict[str, Any] = {"now": [], "soon": [], "past": []}


class Order(FormSchema):
    """A form with one field of each kind."""

    title = Words("标题", "Title", max=12)
    price = Yuan("单价", "Price", min=1, max=1_000_000)
    size = Whole("发行量", "Edition size", min=1, max=100_000)
    opens_at = Moment("开售时间", "Sale opens", needed=False)
    work = Choice("作品", "Work", [("a", "春山", "Spring"), ("b", "秋山", "Autumn")], needed=False)
    remark = Words("备注", "Remark", lines=True, max=200, needed=False)
    agree = Tick("同意条款", "I agree", must=True)


class Upload(FormSchema):
    """A form that brings a file."""

    picture = File("图片", "Picture", accept="image/png", max=3 * 1024 * 1024)


@dataclass
class Parts:
    """The parts of the service that the base itself uses."""

    settings: Settings
    clock: SetClock
    database: Database


class Site:
    """The application, its clock, and what was accepted by its forms."""

    def __init__(self, database_url: str, folder: Path, *, production: bool = False) -> None:
        settings = load(
            {
                "DATABASE_URL": database_url,
                "VAR_DIR": str(folder),
                "SANDBOX_URL": "http://127.0.0.1:8090",
            }
        )
        settings = replace(settings, production=production, demonstration=not production)
        self.parts = Parts(settings, SetClock(START), Database(database_url))
        self.done: list[dict[str, Any]] = []
        blueprints = (self._public(), self._account(), self._desk(), self._notices())
        self.app: Flask = create_app(
            cast(Context, self.parts), [_module(one) for one in blueprints]
        )
        pages = self.app.jinja_loader
        assert pages is not None
        self.app.jinja_loader = ChoiceLoader([DictLoader({"form_page.html": FORM_PAGE}), pages])

    @property
    def clock(self) -> SetClock:
        return self.parts.clock

    def client(self, language: str = "zh") -> Browser:
        return Browser(self.app.test_client(), language, self.parts.settings.production)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        with self.parts.database.begin() as unit:
            yield unit

    def close(self) -> None:
        self.parts.database.close()

    def add_account(self, account_id: str, *, person_id: str | None = None) -> None:
        with self.unit() as unit:
            unit.add(
                Account(
                    id=account_id,
                    phone_index=account_id.encode(),
                    person_id=person_id,
                    language="zh",
                    open=True,
                    created_at=START,
                )
            )

    def add_staff(self, staff_id: str, institution: str, kind: str, role: str) -> None:
        with self.unit() as unit:
            if unit.get(Institution, institution) is None:
                unit.add(
                    Institution(id=institution, role=kind, name_zh="甲博物馆", name_en="Museum One")
                )
                unit.flush()
            unit.add(
                Staff(
                    id=staff_id,
                    institution_id=institution,
                    login=staff_id,
                    password="unused",
                    role=role,
                    open=True,
                    created_at=START,
                )
            )

    def _public(self) -> Blueprint:
        public = Blueprint("public", __name__)

        @public.get("/")
        def home() -> Answer:
            figures = {"museums": 1, "series": 0, "held": 0, "entries": 12345}
            return page("home.html", figures=figures, checkpoint=None, **NOTHING)

        @public.route("/order", methods=["GET", "POST"])
        def order() -> Answer:
            form = Form(Order, {"price": 19900, "opens_at": START})
            if request.method == "POST" and form.accept():
                if form.values["title"] == "taken":
                    form.refuse(Conflict("taken", "标题已被使用。", "The title is taken."))
                    return page("form_page.html", form=form)
                self.done.append(form.values)
                return go("public.home", said=("已保存。", "Saved."))
            return page("form_page.html", form=form)

        @public.route("/upload", methods=["GET", "POST"])
        @takes_files
        def upload() -> Answer:
            form = Form(Upload)
            if request.method == "POST" and form.accept():
                self.done.append({"bytes": len(form.values["picture"].data)})
                return go("public.home")
            return page("form_page.html", form=form)

        public.add_url_rule("/gone/<what>", "gone", _fails)
        return public

    def _account(self) -> Blueprint:
        account = Blueprint("account", __name__)

        @account.route("/sign-in", methods=["GET", "POST"])
        def sign_in() -> Answer:
            if request.method == "POST":
                onward = go_to(safe_next(request.args.get("next")))
                return start_session(onward, account_id=request.form["as"])
            return page("form_page.html", form=Form(Upload))

        @account.route("/staff/sign-in", methods=["GET", "POST"])
        def staff_sign_in() -> Answer:
            onward = go_to(safe_next(request.args.get("next")))
            return start_session(onward, staff_id=request.form["as"])

        @account.post("/sign-out")
        def sign_out() -> Answer:
            return end_session(go("public.home"))

        @account.post("/sign-out-everywhere")
        def sign_out_everywhere() -> Answer:
            return end_all_sessions(go("public.home"))

        @account.get("/account")
        @needs_account
        def home() -> Answer:
            actor = current()
            return page("form_page.html", form=Form(Upload), who=f"{actor.id} {actor.verified}")

        return account

    def _desk(self) -> Blueprint:
        desk = Blueprint("museum", __name__)

        @desk.get("/museum")
        @needs_staff("museum")
        def home() -> Answer:
            return page("form_page.html", form=Form(Upload), who=current().institution)

        @desk.get("/museum/review")
        @needs_staff("museum", role=("reviewer",))
        def review() -> Answer:
            return page("form_page.html", form=Form(Upload))

        return desk

    def _notices(self) -> Blueprint:
        notices = Blueprint("notices", __name__)

        @notices.post("/api/v1/notices")
        def receive() -> Answer:
            self.done.append({"notice": len(request.get_data())})
            return self.app.response_class(status=204)

        notices.add_url_rule("/api/v1/gone/<what>", "gone", _fails)
        return notices


GOOD = {"title": "春山", "price": "199.00", "size": "1000", "agree": "yes"}


def refusal(outcome: str = "refused") -> Refused:
    """A legal refusal with everything one can have."""
    cite = Citation(
        instrument="statute-1",
        title=Text("某项规定", "Some Rules"),
        number="第3号",
        article="第十一条",
        source="statute",
        confidence="A",
    )
    explained = Explained(
        code="no_profit_resale",
        title=Text("不得加价转让", "No resale for profit"),
        answer=outcome,
        sentence=Text("总对价高于成本。", "The consideration is above the cost."),
        mend=Text("请按成本转让。", "Please pass it on at cost."),
        source="industry",
        source_name=Text("行业自律文件", "industry text"),
        citations=(cite,),
        changes_at=START + 1,
    )
    return Refused(outcome, [explained], 7)


def _fails(what: str) -> Answer:
    if what == "defect":
        raise RuntimeError(TYPED)
    if what == "sql":
        from sqlalchemy import text

        from collectibles.web.pages import ctx

        with ctx().database.begin() as unit:
            unit.execute(text("SELECT nothing FROM nowhere WHERE phone = :phone"), {"phone": TYPED})
    if what == "conflict":
        raise Conflict("sold_out", "已售罄。", "Sold out.", left=0)
    if what == "many":
        raise TooMany("too_many", "请稍候。", "Please wait.", retry_after=90)
    if what == "person":
        raise SignInNeeded("sign_in_needed", "请先登录。", "Please sign in.")
    raise refusal(what)


def _module(blueprint: Blueprint) -> ModuleType:
    module = ModuleType(blueprint.name)
    module.blueprint = blueprint  # type: ignore[attr-defined]
    return module
