"""What every view uses: the context, a page from a template, the next page, the way around.

@blueprint.get("/series/<series>")
def series(series: str) -> Answer:
    return page("shop/series.html", found=shop_series(ctx(), series))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from flask import Flask, Response, current_app, flash, make_response, redirect, render_template
from flask import url_for as flask_url_for
from werkzeug.wrappers import Response as AnyResponse

from collectibles.errors import NotFound
from collectibles.web.sessions import Actor, current

if TYPE_CHECKING:
    from collectibles.services.context import Context

Answer = Response | AnyResponse
View = TypeVar("View", bound=Callable[..., Any])

#: What a request may weigh where the view does not say otherwise, and with files.
USUAL_BYTES = 256 * 1024
FILE_BYTES = 25 * 1024 * 1024


class Way(NamedTuple):
    """An item of the navigation: where it leads and what it is called."""

    endpoint: str
    zh: str
    en: str


class SeriesCard(NamedTuple):
    """A series as a card shows it. `state` is now, soon, gone (sold out) or past.

    `picture` is a digest of the media store; `price` is fen; `left` is how many can be bought now.
    """

    url: str
    title_zh: str
    title_en: str
    museum_zh: str
    museum_en: str
    picture: str | None
    price: int
    edition_size: int
    left: int
    state: str
    opens_at: int
    closes_at: int


#: The navigation for each kind of visitor. Only what is registered is shown.
WAYS: dict[str, tuple[Way, ...]] = {
    "nobody": (
        Way("shop.catalogue", "数字藏品", "Collectibles"),
        Way("public.verify", "验证证书", "Verify"),
        Way("rulebook.index", "规则", "Rules"),
        Way("public.about", "关于", "About"),
    ),
    "account": (
        Way("shop.catalogue", "数字藏品", "Collectibles"),
        Way("shop.collection", "我的收藏", "Collection"),
        Way("shop.orders", "我的订单", "Orders"),
        Way("passing.home", "赠送与转让", "Passing on"),
        Way("account.home", "我的账户", "Account"),
    ),
    "museum": (
        Way("museum.home", "工作台", "Desk"),
        Way("museum.objects", "馆藏", "Objects"),
        Way("museum.series_list", "系列", "Series"),
        Way("refunds.refunds", "退款", "Refunds"),
    ),
    "regulator": (
        Way("regulator.home", "工作台", "Desk"),
        Way("regulator.decisions", "决定", "Decisions"),
        Way("regulator.restraints", "冻结与解冻", "Freezes"),
        Way("holds.overseen", "复核", "Holds"),
        Way("regulator.report", "报告", "Report"),
        Way("what_if.ask", "推演", "What if"),
        Way("regulator.cases", "事项", "Cases"),
    ),
    "operator": (
        Way("operator.home", "工作台", "Desk"),
        Way("holds.queue", "复核", "Holds"),
        Way("operator.cases", "待办事项", "Cases"),
        Way("operator.complaints", "投诉", "Complaints"),
    ),
}

#: The texts and forms that every page's foot leads to.
FOOT: tuple[Way, ...] = (
    Way("public.terms", "用户协议", "Terms"),
    Way("public.privacy", "隐私政策", "Privacy notice"),
    Way("public.complaint", "投诉与举报", "Complaints"),
    Way("rulebook.index", "平台规则", "Rules"),
    Way("public.verify", "验证证书", "Verify a certificate"),
    Way("account.staff_sign_in", "机构登录", "For institutions"),
)


def ctx() -> Context:
    """The context that services work with: settings, clock, database, ledger, rails, media."""
    return cast("Context", current_app.extensions["diancang"])


def page(template: str, status: int | None = None, **shown: Any) -> Response:
    """The page that `template` makes of `shown`.

    With `form=` a form in which something is wrong, the status is 422 unless it is given.
    """
    form = shown.get("form")
    if status is None:
        status = 422 if form is not None and getattr(form, "errors", None) else 200
    return make_response(render_template(template, **shown), status)


def go(endpoint: str, said: tuple[str, str] | None = None, **values: Any) -> AnyResponse:
    """On to another page after a form was done (303); `said` (zh, en) is shown there once.

    `said` travels in a cookie: nothing personal in it.
    """
    return go_to(flask_url_for(endpoint, **values), said)


def go_to(address: str, said: tuple[str, str] | None = None) -> AnyResponse:
    """Like `go`, to an address (of this site, or the payment provider's)."""
    if said is not None:
        flash(said, "done")  # type: ignore[arg-type]  # a pair travels as well as a sentence
    return redirect(address, 303)


def found(thing: Any, zh: str = "没有找到您要的内容。", en: str = "There is no such thing.") -> Any:
    """`thing`, or NotFound if it is None: the same whether it is missing or another person's."""
    if thing is None:
        raise NotFound("not_found", zh, en)
    return thing


def takes_files(view: View) -> View:
    """Mark a view whose form brings files: its request may weigh 25 MiB instead of 256 KiB.

    Goes under the route decorator, in any order with the others.
    """
    view.takes_bytes = FILE_BYTES  # type: ignore[attr-defined]
    return view


def bytes_allowed(endpoint: str | None) -> int:
    """How many bytes a request to this endpoint may weigh."""
    view = current_app.view_functions.get(endpoint or "")
    return int(getattr(view, "takes_bytes", USUAL_BYTES))


def is_there(endpoint: str) -> bool:
    """Is this endpoint registered?"""
    return endpoint in current_app.view_functions


def ways(actor: Actor) -> list[Way]:
    """The navigation for this visitor."""
    kind = "nobody"
    if actor.kind == "account":
        kind = "account"
    elif actor.kind == "staff":
        kind = actor.institution_role
    return [way for way in WAYS[kind] if is_there(way.endpoint)]


def picture_url(digest: str, width: int = 800) -> str:
    """The address of a picture's derivative, `width` being 320, 800 or 1600."""
    return flask_url_for("public.picture", digest=digest, width=width)


def install(app: Flask) -> None:
    """Make known to templates who is there and what leads where."""
    app.jinja_env.globals.update(
        actor=current,
        ways=lambda: ways(current()),
        foot_ways=lambda: [way for way in FOOT if is_there(way.endpoint)],
        is_there=is_there,
        picture_url=picture_url,
        settings=lambda: ctx().settings,
    )
