"""Giving and passing on through HTTP, as both sides use it, in both languages, without a script."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from collectibles.services.work import work
from collectibles.web.factory import create_app
from tests.service import Service, make_merchants, make_service
from tests.services.buying import DAY, make_series, pay
from tests.services.passing import A_WHILE, HOLD_DAYS, buy, go_round, holder_of
from tests.web.shop_client import Browser, sign_in, verify

DECLARE = {"gratuitous": "yes"}


@pytest.fixture(scope="module")
def service(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Persons 1 to 6 hold one each since long; person 1 has another one since today."""
    keys = make_merchants(tmp_path_factory.mktemp("merchants"))
    made = make_service(database_url, tmp_path_factory.mktemp("var"), keys)
    make_series(made, "s-plain", 20)
    for number in range(1, 7):
        assert buy(made, number)[1] == number
    made.clock.advance_ms((HOLD_DAYS + A_WHILE) * DAY)
    work(made.ctx)
    make_series(made, "s-new", 20)
    buy(made, 1, "s-new")
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(service: Service) -> Flask:
    made = create_app(service.ctx)
    made.testing = False
    return made


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def guest(app: Flask) -> Browser:
    """Another person's browser."""
    return Browser(app.test_client())


def come(service: Service, browser: Browser, number: int, onward: str = "") -> None:
    """Sign in, with time since the last code to this phone."""
    service.clock.advance_ms(61_000)
    sign_in(browser, number, onward)


def link_on(browser: Browser) -> str:
    found = re.search(
        r'class="link-once"[^>]*>https?://[^/]+(/gift/[A-Za-z0-9_-]{43})<', browser.page
    )
    assert found, browser.page
    return found[1]


def test_a_gift_from_hand_to_hand(service: Service, app: Flask, browser: Browser) -> None:
    come(service, browser, 1)
    browser.get("/collection/s-plain/1")
    assert "/give/s-plain/1" in browser.page
    browser.get("/give/s-plain/1")
    assert "您可以赠送" in browser.page
    assert "730 天" in browser.page
    assert not re.search(r'name="gratuitous"[^>]*checked', browser.page)
    browser.send({}, which='name="gratuitous"')
    assert browser.status == 422
    sent = browser.fill(DECLARE, which='name="gratuitous"')
    browser.post("/give/s-plain/1", sent)
    link = link_on(browser)
    browser.post("/give/s-plain/1", sent)  # the page reloaded: the same offer, the same link
    assert link_on(browser) == link
    browser.get("/give/s-plain/1")
    assert "正在赠送中" in browser.page
    assert link not in browser.page
    browser.get(link)
    assert "您自己送出" in browser.page
    friend = guest(app)
    friend.get(link)  # not signed in: sees what it is, not from whom, and no price
    assert "有人赠送给您" in friend.page
    assert "青花缠枝莲纹瓶" in friend.page
    assert "甲博物馆" in friend.page
    assert "¥" not in friend.page.split("<footer")[0]
    assert "测试甲" not in friend.page
    assert 'name="gratuitous"' not in friend.page
    assert f"/sign-in?next={link}" in friend.page
    come(service, friend, 20, link)
    assert friend.path == link
    assert "去核验实名" in friend.page
    verify(friend, link)
    assert friend.path == link
    assert "您可以接受" in friend.page
    friend.send({}, which='name="gratuitous"')
    assert friend.status == 422
    assert "请先阅读并勾选" in friend.page
    friend.send(DECLARE, which='name="gratuitous"')
    assert friend.path == "/collection/s-plain/1"
    assert "已接受" in friend.page
    friend.get(link)
    assert "这件藏品已归您" in friend.page
    friend.get("/passing?lang=en")
    assert "Given to me" in friend.page
    browser.get("/passing")
    assert "已赠出" in browser.page
    stranger = guest(app)
    stranger.get(link)
    assert "已被领取" in stranger.page
    assert "青花" not in stranger.page


def test_what_the_rules_refuse_is_said_before_anything_is_agreed(
    service: Service, browser: Browser
) -> None:
    come(service, browser, 1)
    for path in ("/give/s-new/1", "/pass-on/s-new/1"):
        browser.get(path)
        assert browser.status == 200
        assert "何时改变" in browser.page
        assert "依据类别" in browser.page
        assert "novalidate" not in browser.page
        browser.get(f"{path}?lang=en")
        assert "When this changes" in browser.page
        browser.get(f"{path}?lang=zh")
    # Sent all the same: the page of a refusal, with the same reasons.
    browser.get("/give/s-plain/1")
    key = {"form_key": "B" * 22, "csrf_token": browser.fill(which="退出")["csrf_token"]}
    browser.post("/give/s-new/1", {**key, **DECLARE})
    assert browser.status == 422
    assert "未获准许" in browser.page
    assert "何时改变" in browser.page


def test_a_link_is_kept_by_nobody_and_written_nowhere(
    service: Service, app: Flask, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    come(service, browser, 2)
    browser.get("/give/s-plain/2")
    browser.send(DECLARE, which='name="gratuitous"')
    link = link_on(browser)
    secret = link.rsplit("/", 1)[1]
    friend = guest(app)
    for path in (link, f"{link}x", "/gift/short"):
        friend.get(path)
        assert friend.headers["Referrer-Policy"] == "strict-origin"
        assert "no-store" in friend.headers["Cache-Control"]
        assert "noindex" in friend.headers["X-Robots-Tag"]
    assert friend.status == 404
    friend.get(link)
    friend.send({}, which=f"{link}/refuse")
    assert "已婉拒" in friend.page
    friend.get(link)
    assert "已被婉拒" in friend.page
    assert secret not in caplog.text
    browser.get("/account/messages")
    assert "对方婉拒了您的赠送" in browser.page
    assert secret not in browser.page


def test_withdrawn_before_anybody_took_it(service: Service, app: Flask, browser: Browser) -> None:
    come(service, browser, 2)
    browser.get("/give/s-plain/2")
    browser.send(DECLARE, which='name="gratuitous"')
    link = link_on(browser)
    browser.send({}, which="/withdraw")
    assert browser.path == "/passing"
    assert "链接已失效" in browser.page
    friend = guest(app)
    friend.get(link)
    assert "已撤回" in friend.page
    assert "接受" not in friend.page.split("<footer")[0].split("<h1")[1].split("</h1>")[0]


def test_passed_on_at_cost_from_hand_to_hand(
    service: Service, app: Flask, browser: Browser
) -> None:
    come(service, browser, 3)
    browser.get("/collection/s-plain/3")
    assert "/pass-on/s-plain/3" in browser.page
    browser.get("/pass-on/s-plain/3")
    assert 'value="199.00"' in browser.page
    assert "最晚至" in browser.page
    assert "第 5 个交易日" in browser.page
    asked = {"phone": "13800000021", "consideration": "199.01", "whole": "yes"}
    browser.send(asked, which='name="phone"')
    assert browser.status == 422
    assert "转让不得获利" in browser.page
    assert "¥199.01" in browser.page
    for wrong in (
        {"phone": "123"},
        {"consideration": "0.001"},
        {"consideration": "-1"},
        {"whole": ""},
    ):
        browser.get("/pass-on/s-plain/3")
        browser.send({**asked, "consideration": "199.00", **wrong}, which='name="phone"')
        assert browser.status == 422, wrong
        assert "field-wrong" in browser.page, wrong
    browser.get("/pass-on/s-plain/3")
    sent = browser.fill({**asked, "consideration": "199.00"}, which='name="phone"')
    browser.post("/pass-on/s-plain/3", sent)
    offer = browser.path
    assert re.fullmatch(r"/resale/t-[0-9a-f]{20}", offer)
    assert "等待对方接受" in browser.page
    assert "13800000021" not in browser.page
    browser.post("/pass-on/s-plain/3", sent)
    assert browser.path == offer
    stranger = guest(app)
    come(service, stranger, 4)
    stranger.get(offer)
    assert stranger.status == 404
    stranger.get("/passing")
    assert offer not in stranger.page
    taken_over(service, browser, guest(app), offer)


def taken_over(service: Service, browser: Browser, friend: Browser, offer: str) -> None:
    """The named person accepts the offer and pays; both sides see how it stands."""
    come(service, friend, 21, offer)
    assert friend.path == offer
    assert "去核验实名" in friend.page
    verify(friend, offer)
    assert "接受并付款" in friend.page
    friend.send({}, which='name="risk_version"')
    assert friend.status == 422
    friend.send({"risk": "yes"}, which='name="risk_version"')
    order = re.fullmatch(r"/orders/(o-[0-9a-f]+)", friend.path)
    assert order, friend.path
    assert "去付款 ¥199.00" in friend.page
    browser.get(offer)
    assert "已接受，等待付款" in browser.page
    assert order[1] not in browser.page
    assert 'http-equiv="refresh"' in browser.page
    browser.get("/give/s-plain/3")
    assert "正在转让中" in browser.page
    pay(service, order[1])
    go_round(service)
    browser.get(offer)
    assert "¥199.00 已退回您原来的付款方式" in browser.page
    friend.get(offer)
    assert "/collection/s-plain/3" in friend.page
    friend.get("/collection/s-plain/3?lang=en")
    assert "Taken over at cost" in friend.page
    friend.get(f"{offer}?lang=en")
    assert "It has been passed on" in friend.page
    browser.get("/collection/s-plain/3")
    assert browser.status == 404


def test_declined_withdrawn_and_not_paid(service: Service, app: Flask, browser: Browser) -> None:
    come(service, browser, 4)
    asked = {"phone": "13800000022", "consideration": "199.00", "whole": "yes"}
    friend = guest(app)
    come(service, friend, 22)
    verify(friend)
    browser.get("/pass-on/s-plain/4")
    browser.send(asked, which='name="phone"')
    friend.get(browser.path)
    friend.send({}, which="/withdraw")
    assert "您已谢绝" in friend.page
    browser.get(browser.path)
    assert "对方谢绝了" in browser.page
    browser.get("/pass-on/s-plain/4")
    browser.send(asked, which='name="phone"')
    browser.send({}, which="/withdraw")
    assert "您已撤回" in browser.page
    browser.get("/pass-on/s-plain/4")
    browser.send(asked, which='name="phone"')
    offer = browser.path
    friend.get("/account/messages")
    assert "按成本价向您转让" in friend.page
    friend.get(offer)
    friend.send({"risk": "yes"}, which='name="risk_version"')
    service.clock.advance_ms(16 * 60_000)
    go_round(service)
    for one, said in ((browser, "藏品仍归您"), (friend, "没有产生任何费用")):
        one.get(offer)
        assert "转让没有完成" in one.page
        assert said in one.page
    browser.get("/pass-on/s-plain/4")
    assert 'name="phone"' in browser.page  # and may be offered again
    assert holder_of(service.ctx, 4) is not None


def test_not_ones_own_and_not_signed_in(service: Service, app: Flask, browser: Browser) -> None:
    nobody = guest(app)
    for path in ("/passing", "/give/s-plain/5", "/pass-on/s-plain/5", "/resale/t-1"):
        nobody.get(path)
        assert nobody.path.startswith("/sign-in?next=")
    come(service, browser, 6)
    for path in ("/give/s-plain/5", "/pass-on/s-plain/5", "/give/s-none/1", "/resale/t-1"):
        browser.get(path)
        assert browser.status == 404, path
    browser.get("/passing")
    assert browser.status == 200
    assert "还没有任何赠送或转让" in browser.page
