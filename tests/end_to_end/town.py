"""The people of the story, each with a browser of their own; everything they do is a page or form.

Nothing but HTTP reaches the service here, save the clock, which is put forward by hand, and the
worker, which goes round when time has passed. The provider's notices come over HTTP too.
"""

from __future__ import annotations

import html
import itertools
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from collectibles.services.publish_series import CHECKS
from collectibles.services.work import work
from tests.service import PASSWORD, Service
from tests.services.buying import DAY, HOUR, payment_of
from tests.web.shop_client import Browser, sign_in, verify

TOKEN = 'action="/sign-out"'
SERIES = {
    "title_zh": "溪山新绘",
    "title_en": "Streams and Hills, Drawn Anew",
    "derivation": "creative_rework",
    "adaptor": "馆内设计组",
    "creative_statement": "以原作的构图为本，重新勾线、重新设色，删去人物，只留山与水。",
    "ai": "none",
    "underlying": "creative_work",
    "price_statement": "按设计与制作成本定价",
    "right_holder": "甲博物馆",
    "licence_reference": "授权-2026-1",
    "licence_rights": ["reproduction", "network_transmission", "adaptation"],
    "licence_starts_at": "2026-01-01T00:00",
    "offered_terms": "all_rights_reserved",
    "grants": ["display", "personal_study"],
    "edition_size": "4",
    "price": "199.00",
    "opens_at": "2026-03-02T12:00",
    "closes_at": "2026-03-22T12:00",
}


@dataclass
class Town:
    """The service, and a browser for everybody who has come."""

    service: Service
    app: Flask
    people: dict[str, Browser] = field(default_factory=dict)
    addresses: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        provider = self.app.test_client()

        def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
            answer = provider.post(url, headers=headers, data=body)
            return answer.status_code, answer.get_data()

        self.service.gateway.post = post

    # People

    def browser(self) -> Browser:
        """A browser that nobody has used, at an address of its own (codes are limited by it)."""
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{next(self.addresses)}"
        return Browser(client)

    def staff(self, login: str) -> Browser:
        """A member of staff who signs in, with a password, where nobody is signed in."""
        browser = self.people[login] = self.browser()
        browser.get("/staff/sign-in")
        browser.send({"login": login, "password": PASSWORD}, which='name="login"')
        assert browser.status == 200, words(browser.page)
        assert "/sign-in" not in browser.path
        return browser

    def person(self, number: int) -> Browser:
        """Somebody who is signed in by phone, and verified by real name: now, if not yet."""
        known = self.people.get(str(number))
        if known is not None and "/sign-out" in known.get("/account"):
            return known
        browser = self.people[str(number)] = self.browser()
        sign_in(browser, number)
        browser.get("/account/verify")
        if browser.path == "/account/verify":
            verify(browser)
        return browser

    # Time

    def wait(self, days: float = 0, hours: float = 0) -> None:
        """Time passes; what is due is delivered and done."""
        self.service.clock.advance_ms(int(days * DAY + hours * HOUR))
        for _ in range(3):
            self.service.clock.advance_ms(30_000)
            self.service.pump()
            work(self.service.ctx)

    # The museum

    def upload(self, browser: Browser, path: str, name: str, data: bytes, **typed: str) -> str:
        """Send the form of that page with a file in it."""
        browser.get(path)
        sent: dict[str, Any] = browser.fill(typed, which='type="file"')
        boundary, body = encode_multipart({**sent, name: FileStorage(BytesIO(data), "file")})
        kind = f"multipart/form-data; boundary={boundary}"
        answer = browser.client.post(path, data=body, content_type=kind, follow_redirects=True)
        return browser._keep(answer)

    def draft(self, curator: Browser, number: str, picture: int = 0, **other: Any) -> str:
        """A new series of the object with this number; its identifier."""
        curator.get("/museum/series/new")
        pictures = re.findall(r'name="picture"[^>]*value="([0-9a-f]{64})"', curator.page)
        assert pictures, words(curator.page)
        sent = {**SERIES, "number": number, "picture": pictures[picture], **other}
        curator.post(curator.path, {**curator.fill(sent, which='name="title_zh"')})
        found = re.fullmatch(r"/museum/series/(s-[0-9a-z]+)", curator.path)
        assert found, (curator.path, words(curator.page))
        return found[1]

    def review(self, curator: Browser, reviewer: Browser, series: str) -> None:
        """The curator hands in; a second person passes it."""
        curator.get(f"/museum/series/{series}")
        curator.send(which="/submit")
        reviewer.get(f"/museum/series/{series}")
        reviewer.send({"checks": list(CHECKS)}, which="/approve")
        assert reviewer.status == 200, words(reviewer.page)

    def publish(self, reviewer: Browser, series: str) -> Browser:
        """Publish; the page that comes says what became of it."""
        reviewer.get(f"/museum/series/{series}")
        reviewer.send(which="/publish")
        return reviewer

    # Buyers

    def order(self, browser: Browser, series: str) -> str:
        """Send the form to buy; the identifier of the order."""
        browser.get(f"/series/{series}")
        browser.send({"risk": "yes"}, which='name="risk_version"')
        found = re.fullmatch(r"/orders/(o-[0-9a-f]+)", browser.path)
        assert found, (browser.path, words(browser.page))
        return found[1]

    def pay(self, browser: Browser, order: str, **how: Any) -> str:
        """The payer pays at the provider, who tells the service; the page of the order then."""
        payment = payment_of(self.service.ctx, order)
        self.service.gateway.pay(payment.merchant, payment.id, **how)
        self.service.pump()
        return browser.get(f"/orders/{order}")

    def buy(self, browser: Browser, series: str) -> str:
        """Order and pay; fails unless the collectible is theirs then."""
        order = self.order(browser, series)
        assert "藏品已入藏" in self.pay(browser, order)
        return order

    def post_to(self, browser: Browser, path: str, **typed: Any) -> str:
        """Send what a form of that page would send, though the page shows none."""
        browser.get(path)
        key = {"form_key": secrets.token_urlsafe(16)}
        return browser.post(path, browser.fill({**key, **typed}, which=TOKEN))


def in_both(browser: Browser, path: str) -> tuple[str, str]:
    """The same page in Chinese and in English; the visitor goes on in Chinese."""
    mark = "&" if "?" in path else "?"
    english = browser.get(f"{path}{mark}lang=en")
    return browser.get(f"{path}{mark}lang=zh"), english


def words(page: str) -> str:
    """What a page says in its main part, without its marks."""
    main = re.search(r"<main.*?</main>", page, re.S)
    text = re.sub(r"<[^>]+>", " ", main[0] if main else page)
    return re.sub(r"\s+", " ", html.unescape(text)).strip()
