"""The purchase page says what the rules will say, held ones too, before anything is agreed to."""

from __future__ import annotations

import secrets

from flask import Flask

from collectibles.services.place_order import place_order
from collectibles.web.devices import _name
from tests.service import Service
from tests.services.buying import RISK, make_buyer, make_series, order_row, pay, rounds
from tests.web.shop_client import Browser
from tests.web.staff_client import account_browser

TOKEN = "A" * 43


def shopper(desk: Service, app: Flask, number: int) -> Browser:
    """A verified buyer at the one device of this test."""
    browser = account_browser(app, make_buyer(desk.ctx, number))
    with app.test_request_context():
        browser.client.set_cookie(_name(), TOKEN)
    return browser


def test_a_purchase_that_a_person_will_look_at(desk: Service, desk_app: Flask) -> None:
    make_series(desk, size=20)
    ctx = desk.ctx
    tag = ctx.vault.tag("device", TOKEN)
    most = ctx.ledger.rulebook().value("pattern.straw_others", desk.clock.now_ms())
    for number in range(1, most + 1):
        buyer = make_buyer(ctx, number)
        key = secrets.token_urlsafe(16)
        placed = place_order(ctx, buyer, "s-plain", key, RISK, None, tag)
        pay(desk, placed.order_id)
        rounds(desk)
    browser = shopper(desk, desk_app, most + 1)
    browser.get("/series/s-plain")
    assert "需要人工复核" in browser.page
    assert f"已有{most}人用同一个" in browser.page
    assert "本服务自定规则" in browser.page
    assert "/rules/straw_buyers" in browser.page
    browser.get("/series/s-plain?lang=en")
    assert "A person will look at it first" in browser.page
    assert "The rules do not let you buy this now" not in browser.page
    browser.send({"risk": "yes"}, which='name="risk_version"')
    assert browser.status == 200
    placed_order = browser.path.rsplit("/", 1)[-1]
    pay(desk, placed_order)
    rounds(desk)
    assert order_row(ctx, placed_order).state == "held"
    entry = ctx.ledger.read.entry(ctx.ledger.read.size() - 1)
    assert entry["kind"] == "hold"
    assert "straw_buyers" in {finding[0] for finding in entry["dec"]["f"]}


def test_a_purchase_that_is_permitted_says_so(desk: Service, desk_app: Flask) -> None:
    make_series(desk, "s-fine", size=2, picture="0" * 64)
    browser = account_browser(desk_app, make_buyer(desk.ctx, 99))
    browser.get("/series/s-fine")
    assert "可以购买" in browser.page
    assert "需要人工复核" not in browser.page
