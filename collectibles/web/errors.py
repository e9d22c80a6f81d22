"""What a person or a program is told when something cannot be done.

An error of the `CollectiblesError` tree becomes a page with its sentence, or problem+json
(RFC 9457) for programs. A legal refusal lists every reason with its source and its date. Anything
else is a defect: the answer has a number, the log has the number and the place, neither has
what was typed.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Flask, Response, g, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response as AnyResponse

from collectibles.errors import (
    BadInput,
    CollectiblesError,
    Refused,
    SignInNeeded,
    TooMany,
    Unavailable,
)
from collectibles.web.language import say
from collectibles.web.pages import is_there
from collectibles.web.sessions import NOBODY
from compliance.rendering import Explained
from compliance.rule import Text

log = logging.getLogger(__name__)
RETRY_SECONDS = 30
MAX_FRAMES = 12


class Told(NamedTuple):
    """The page of an error: its heading, its sentence."""

    status: int
    code: str
    heading: Text
    sentence: Text


HEADINGS: dict[int, Text] = {
    400: Text("这样不行", "That does not fit"),
    401: Text("请先登录", "Please sign in"),
    403: Text("您不能这样做", "This is not yours to do"),
    404: Text("没有这一页", "There is no such page"),
    405: Text("这一页不能这样打开", "This page cannot be opened that way"),
    409: Text("情况已经变化", "Things have changed"),
    413: Text("内容太大", "That is too large"),
    422: Text("未获准许", "Not permitted"),
    429: Text("请稍后再试", "Please wait a little"),
    500: Text("我们这里出了错", "Something went wrong here"),
    502: Text("支付服务没有回应", "The payment service did not answer"),
    503: Text("服务暂时不可用", "The service is not available just now"),
}

HELD = Text("需要人工复核", "A person has to look at this")

_HTTP: dict[int, tuple[str, Text]] = {
    404: (
        "not_found",
        Text(
            "这个地址下没有内容。它可能已经移动，或者链接不完整。",
            "There is nothing at this address. It may have moved, or the link is incomplete.",
        ),
    ),
    405: (
        "method_not_allowed",
        Text(
            "这个地址只接受表单提交（或只供阅读）。请回到上一页，用页面上的按钮操作。",
            "This address only takes a form (or is only for reading). Please go back and use the"
            " buttons on the page.",
        ),
    ),
    413: (
        "too_large",
        Text(
            "发送的内容超过了这一页的上限，没有保存任何东西。请缩小文件或缩短文字后再试。",
            "What was sent is more than this page takes; nothing was kept. Please make the file"
            " smaller or the text shorter and try again.",
        ),
    ),
    415: (
        "unsupported_type",
        Text("不支持这种内容格式。", "This kind of content is not supported."),
    ),
    429: (
        "too_many",
        Text("请求太频繁，请稍后再试。", "Too many requests; please wait a little."),
    ),
}
_BAD_REQUEST = Text(
    "无法读懂这次请求。请回到上一页，刷新后再试一次。",
    "The request could not be read. Please go back, reload the page, and try again.",
)
_CSRF = Text(
    "这张表单已失效：可能打开太久，或者在别处登录、退出过。没有保存任何东西。"
    "请回到上一页，刷新后重新提交；浏览器须允许本站的 Cookie。",
    "This form is no longer valid: it may have been open too long, or you signed in or out"
    " elsewhere. Nothing was saved. Please go back, reload the page, and send it again; the"
    " browser has to allow this site's cookies.",
)
_DEFECT = Text(
    "这是我们的错误，不是您的。您的操作可能没有完成；请先查看订单或页面再重试。"
    "如需帮助，请告诉我们编号 {number}。",
    "This is our mistake, not yours. What you did may not have been done; please check before"
    " trying again. If you need help, tell us the number {number}.",
)
_DATABASE = Unavailable(
    "database_unavailable",
    "服务暂时繁忙，刚才的操作可能没有完成。请半分钟后刷新，先查看结果再重试。",
    "The service is busy just now, and what you did may not have been done. Please reload in half"
    " a minute and look before trying again.",
)


def install(app: Flask) -> None:
    """Answer every error in the person's language or the program's format."""
    app.register_error_handler(CollectiblesError, _known)
    app.register_error_handler(CSRFError, _form_not_valid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _defect)


def wants_json() -> bool:
    """Is it a program that asks: under /api/, or one that would rather have JSON than a page?"""
    if request.path.startswith("/api/"):
        return True
    kinds = ("text/html", "application/json", "application/problem+json")
    best = request.accept_mimetypes.best_match(kinds, default="text/html")
    return best != "text/html"


def _known(problem: CollectiblesError) -> AnyResponse:
    if isinstance(problem, SignInNeeded) and not wants_json():
        return _to_sign_in(problem)
    sentence = Text(problem.zh, problem.en)
    told = Told(problem.status, problem.code, _heading(problem), sentence)
    response = _answer(told, problem)
    if isinstance(problem, (TooMany, Unavailable)):
        response.headers.setdefault(
            "Retry-After", str(problem.figures.get("retry_after", RETRY_SECONDS))
        )
    return response


def _heading(problem: CollectiblesError) -> Text:
    if isinstance(problem, Refused):
        return HELD if problem.outcome == "held" else HEADINGS[422]
    if isinstance(problem, BadInput):
        return HEADINGS[400]
    return HEADINGS.get(problem.status, HEADINGS[400])


def _to_sign_in(problem: SignInNeeded) -> AnyResponse:
    endpoint = "account.staff_sign_in" if problem.figures.get("as_staff") else "account.sign_in"
    # A form cannot be sent again after signing in; its page can be read again.
    onward = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
    return redirect(url_for(endpoint, next=onward), 303)


def _form_not_valid(_: CSRFError) -> AnyResponse:
    return _answer(Told(400, "form_not_valid", HEADINGS[400], _CSRF))


def _http(problem: HTTPException) -> AnyResponse:
    if problem.response is not None or (problem.code or 500) < 400:
        return problem.get_response()  # redirects of the router
    status = problem.code or 500
    code, sentence = _HTTP.get(status, (f"http_{status}", _BAD_REQUEST))
    response = _answer(Told(status, code, HEADINGS.get(status, HEADINGS[400]), sentence))
    for name, value in problem.get_headers():
        if name in ("Allow", "Retry-After", "Content-Range"):
            response.headers[name] = value
    return response


def _database(problem: Exception) -> AnyResponse:
    _log(problem, secrets.token_hex(4))
    _nobody_if_unknown()
    return _known(_DATABASE)


def _defect(problem: Exception) -> AnyResponse:
    number = secrets.token_hex(4)
    _log(problem, number)
    _nobody_if_unknown()
    sentence = Text(_DEFECT.zh.format(number=number), _DEFECT.en.format(number=number))
    return _answer(Told(500, "defect", HEADINGS[500], sentence))


def _nobody_if_unknown() -> None:
    """The page of an error must not ask the broken database who is there."""
    if "actor" not in g:
        g.actor = NOBODY


def _log(problem: Exception, number: str) -> None:
    """Where it happened and what kind it was. Messages of exceptions may quote what was typed
    (SQL parameters, parsed values), and so do addresses: neither is written."""
    kinds, cause = [], problem.__cause__ or problem.__context__
    kinds.append(type(problem).__name__)
    while cause is not None and len(kinds) < 4:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(problem.__traceback__)[-MAX_FRAMES:]
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[::-1])
    log.error(
        "defect %s: %s in %s %s at %s",
        number,
        " from ".join(kinds),
        request.method,
        request.endpoint or "no endpoint",
        places,
    )


def _answer(told: Told, problem: CollectiblesError | None = None) -> Response:
    explained: Sequence[Explained] = problem.explained if isinstance(problem, Refused) else ()
    if wants_json():
        return _problem_json(told, problem, explained)
    body = render_template("error.html", told=told, explained=explained, ways_out=_ways_out(told))
    return Response(body, told.status, mimetype="text/html")


def _ways_out(told: Told) -> list[tuple[str, Text]]:
    ways = [("public.home", Text("回到首页", "To the home page"))]
    if told.status == 422:
        ways.append(("shop.collection", Text("我的收藏", "My collection")))
        ways.append(("rulebook.index", Text("查看规则全文", "Read the rules")))
    if told.status in (403, 422, 500, 502, 503):
        ways.append(("public.complaint", Text("投诉与求助", "Complain or ask for help")))
    return [(endpoint, words) for endpoint, words in ways if is_there(endpoint)]


def _problem_json(
    told: Told, problem: CollectiblesError | None, explained: Sequence[Explained]
) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:diancang:problem:{told.code}",
        "title": HTTP_STATUS_CODES.get(told.status, "Error"),
        "status": told.status,
        "detail": say(told.sentence),
        "code": told.code,
        "sentences": {"zh": told.sentence.zh, "en": told.sentence.en},
    }
    if problem is not None:
        plain = {k: v for k, v in problem.figures.items() if isinstance(v, (int, str))}
        if plain:
            body["figures"] = plain
        errors = getattr(problem, "errors", None)
        if errors:
            body["errors"] = {name: {"zh": e.zh, "en": e.en} for name, e in errors.items()}
    if explained:
        body["findings"] = [finding_json(one) for one in explained]
    response = jsonify(body)
    response.status_code = told.status
    response.mimetype = "application/problem+json"
    return response


def finding_json(one: Explained) -> dict[str, Any]:
    """A finding for programs: both languages, the class of its source, what it rests on."""
    return {
        "code": one.code,
        "answer": one.answer,
        "title": {"zh": one.title.zh, "en": one.title.en},
        "sentence": {"zh": one.sentence.zh, "en": one.sentence.en},
        "mend": {"zh": one.mend.zh, "en": one.mend.en},
        "source": one.source,
        "citations": [
            {
                "title": {"zh": cite.title.zh, "en": cite.title.en},
                "number": cite.number,
                "article": cite.article,
            }
            for cite in one.citations
        ],
        "changes_at": one.changes_at,
    }
