"""Browsers of a museum's, a regulator's and the operator's people, signed in as they sign in."""

from __future__ import annotations

import io
import re
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from collectibles.store.tables.institutions import Staff
from collectibles.web.sessions import start_session
from tests.web.shop_client import Browser


def staff_browser(app: Flask, login: str) -> Browser:
    """A browser in which `login` is signed in."""
    with app.extensions["diancang"].database.begin() as session:
        staff = session.scalars(select(Staff.id).where(Staff.login == login)).one()
    return _signed_in(app, staff_id=staff)


def account_browser(app: Flask, account: str) -> Browser:
    """A browser in which the holder of `account` is signed in."""
    return _signed_in(app, account_id=account)


def _signed_in(app: Flask, **who: str) -> Browser:
    """With a session of its own, made as the sign-in pages make it."""
    with app.test_request_context():
        answer = start_session(app.make_response(""), **who)
        cookie = answer.headers["Set-Cookie"].split(";")[0]
    browser = Browser(app.test_client())
    name, _, token = cookie.partition("=")
    browser.client.set_cookie(name, token)
    return browser


def send_file(browser: Browser, field: str, data: bytes, name: str, **typed: str) -> str:
    """Send the form that asks for a file in `field`, with the token and key it carries."""
    attributes, sent = browser._form(f'name="{field}"')
    parts: dict[str, Any] = {**sent, **typed, field: FileStorage(io.BytesIO(data), name)}
    boundary, body = encode_multipart(parts)
    answer: TestResponse = browser.client.post(
        attributes.get("action") or browser.path,
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        follow_redirects=True,
    )
    return browser._keep(answer)


def press(browser: Browser, address: str) -> str:
    """Press the one-button form that leads to `address`."""
    return browser.send(which=f'action="{address}"')


def error_of(browser: Browser, field: str) -> str:
    """What the page says is wrong with a field, or ''."""
    found = re.search(rf'<p class="error" id="f-{field}-error">(.*?)</p>', browser.page)
    return found[1] if found else ""


def value_of(browser: Browser, field: str) -> str:
    """What a one-line field of the page is filled with."""
    found = re.search(rf'<input [^>]*value="([^"]*)"[^>]*name="{field}"', browser.page)
    assert found, f"no field {field}"
    return found[1]
