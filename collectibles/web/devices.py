"""Which device a person acts from: a random cookie, known to the ledger by a tag only.

The cookie comes with the first sign-in and says nothing of the device; the ledger's tag is a keyed
hash of it. Rules against straw buyers and accounts that change hands compare tags.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from flask import request
from werkzeug.wrappers import Response

from collectibles.web.pages import ctx
from collectibles.web.sessions import cookie_attributes, cookie_prefix

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_LASTS_S: Final = 2 * 366 * 86_400


def device() -> str | None:
    """The tag of the device that makes this request, or None: it has none yet, or keeps none."""
    token = _token()
    return ctx().vault.tag("device", token) if token else None


def remember_device(response: Response) -> Response:
    """Give a device that signs in its cookie, if it has none."""
    if _token() is None:
        token = secrets.token_urlsafe(32)
        response.set_cookie(_name(), token, max_age=_LASTS_S, **cookie_attributes())
    return response


def _token() -> str | None:
    token = request.cookies.get(_name(), "")
    return token if _TOKEN.fullmatch(token) else None


def _name() -> str:
    return f"{cookie_prefix()}device"
