"""Which of the two languages a page speaks, and how it says things in it.

The choice is `?lang=zh|en` (remembered in a cookie), else the cookie, else what the browser
prefers, else Chinese. In templates: `t('中文', 'English')`, `say(thing)`, `lang`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, has_request_context, request
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

LANGUAGES = ("zh", "en")
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 60 * 60


def language() -> str:
    """`zh` or `en`: the language of this request's answer."""
    if not has_request_context():
        return LANGUAGES[0]
    if "language" not in g:
        g.language = _chosen()
    return str(g.language)


def t(zh: str, en: str) -> str:
    """The one of the two sentences that this request is answered in."""
    return en if language() == "en" else zh


def say(thing: Any, field: str = "") -> str:
    """What `thing` says in the language of the answer.

    `thing` has `.zh` and `.en` (an error, a `Text`), or is a pair (zh, en), or plain text. With
    `field`, the two are its `{field}_zh` and `{field}_en`, as attributes or keys; where one
    language is empty the other speaks.
    """
    if thing is None or isinstance(thing, str):
        return thing or ""
    if field:
        zh, en = _either(thing, f"{field}_zh"), _either(thing, f"{field}_en")
    elif isinstance(thing, Mapping) or hasattr(thing, "zh"):
        zh, en = _either(thing, "zh"), _either(thing, "en")
    else:
        zh, en = thing
    return str((en or zh) if language() == "en" else (zh or en))


def other_language_url() -> str:
    """This page in the other language. A page that only answers a form leads to the home page."""
    other = "zh" if language() == "en" else "en"
    if request.method not in ("GET", "HEAD") and not _can_be_read():
        return f"/?lang={other}"
    asked = [(name, text) for name, text in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode([*asked, ('lang', other)])}"


def install(app: Flask) -> None:
    """Give templates the language, and remember a choice made by `?lang=`."""
    app.jinja_env.globals.update(
        t=t, say=say, lang=LocalProxy(language), other_language_url=other_language_url
    )
    app.after_request(_remember)


def _chosen() -> str:
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        g.language_asked = True
        return asked
    remembered = request.cookies.get(COOKIE, "")
    if remembered in LANGUAGES:
        return remembered
    for wanted, quality in request.accept_languages:  # most wanted first
        primary = wanted.partition("-")[0].lower()
        if quality > 0 and primary in LANGUAGES:
            return primary
    return LANGUAGES[0]


def _remember(response: Response) -> Response:
    if request.endpoint == "static":
        return response
    spoken = language()
    response.headers.setdefault("Content-Language", "en" if spoken == "en" else "zh-CN")
    response.vary.update(("Accept-Language", "Cookie"))
    if g.get("language_asked"):
        response.set_cookie(
            COOKIE,
            spoken,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
    return response


def _can_be_read() -> bool:
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None, "inside a request there is an address to match"
    try:
        adapter.match(request.path, method="GET")
    except HTTPException:
        return False
    return True


def _either(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name)
