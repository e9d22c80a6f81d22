"""A browser-like client for tests of the shop: follows redirects, sends the forms it finds."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_FORM = re.compile(r"<form\b(.*?)>(.*?)</form>", re.S)
_INPUT = re.compile(r"<input\b([^>]*)>", re.S)
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


class Browser:
    """Holds cookies and the page it is on."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.path = ""
        self.page = ""
        self.status = 0
        self.headers: dict[str, str] = {}

    def get(self, path: str) -> str:
        return self._keep(self.client.get(path, follow_redirects=True))

    def fill(self, typed: dict[str, str] | None = None, *, which: str = "") -> dict[str, str]:
        """What sending the form that contains `which` would send: its hidden fields and these."""
        attributes, sent = self._form(which)
        assert attributes.get("method") == "post"
        return sent | (typed or {})

    def send(self, typed: dict[str, str] | None = None, *, which: str = "") -> str:
        """Send the form that contains `which` (default: the first with a `novalidate`)."""
        attributes, _ = self._form(which)
        action = attributes.get("action") or self.path
        answer = self.client.post(action, data=self.fill(typed, which=which), follow_redirects=True)
        return self._keep(answer)

    def post(self, path: str, sent: dict[str, Any]) -> str:
        return self._keep(self.client.post(path, data=sent, follow_redirects=True))

    def _form(self, which: str) -> tuple[dict[str, str], dict[str, str]]:
        for found in _FORM.finditer(self.page):
            if which in found[0] and (which or "novalidate" in found[1]):
                sent = {}
                for inside in _INPUT.finditer(found[2]):
                    one = dict(_ATTRIBUTE.findall(inside[1]))
                    if one.get("type") == "hidden":
                        sent[one["name"]] = unescape(one["value"])
                attributes = dict(_ATTRIBUTE.findall(found[1]))
                return {k: unescape(v) for k, v in attributes.items()}, sent
        raise AssertionError(f"no form with {which!r} on {self.path}")

    def _keep(self, answer: TestResponse) -> str:
        self.status = answer.status_code
        self.page = answer.get_data(as_text=True)
        request = answer.request
        self.path = request.path + (
            f"?{request.query_string.decode()}" if request.query_string else ""
        )
        self.headers = dict(answer.headers)
        return self.page


def sign_in(browser: Browser, number: int, onward: str = "") -> None:
    """Sign in as the holder of phone 1380000nnnn, by the code the demonstration shows."""
    browser.get(f"/sign-in?next={onward}" if onward else "/sign-in")
    browser.send({"phone": f"1380000{number:04d}", "agree": "yes"})
    shown = re.search(r"<strong class=\"num\">([0-9]{6})</strong>", browser.page)
    assert shown, browser.page
    browser.send({"code": shown[1]}, which='name="code"')


def verify(browser: Browser, onward: str = "") -> None:
    """Verify the real name with the number that the demonstration offers."""
    browser.get(f"/account/verify?next={onward}" if onward else "/account/verify")
    offered = re.search(r"<strong class=\"num\">([0-9X]{18})</strong>", browser.page)
    assert offered, browser.page
    sent = {"name": "测试甲", "document_number": offered[1], "consent": "yes"}
    browser.send(sent, which='name="document_number"')
