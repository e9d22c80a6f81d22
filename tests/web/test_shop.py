"""The shop through HTTP, as a buyer uses it: every page, in both languages, without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from collectibles.services.watch_payments import watch
from collectibles.web.factory import create_app
from tests.service import Service, make_merchants, make_service
from tests.services.buying import HOUR, make_series, order_row, pay
from tests.web.shop_client import Browser, sign_in, verify


@pytest.fixture(scope="module")
def service(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    keys = make_merchants(tmp_path_factory.mktemp("merchants"))
    made = make_service(database_url, tmp_path_factory.mktemp("var"), keys)
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


def order_on(browser: Browser) -> str:
    found = re.fullmatch(r"/orders/(o-[0-9a-f]+)", browser.path)
    assert found, browser.path
    return found[1]


def test_a_whole_purchase_and_its_return(service: Service, app: Flask, browser: Browser) -> None:
    make_series(service, "s-whole")
    browser.get("/series")
    assert "/series/s-whole" in browser.page
    browser.get("/series/s-whole")
    assert "不是文物或实物" in browser.page
    assert "180 天" in browser.page
    assert "提交订单" not in browser.page
    sign_in(browser, 1, "/series/s-whole")
    assert browser.path == "/series/s-whole"
    assert "去核验实名" in browser.page
    verify(browser, "/series/s-whole")
    assert browser.path == "/series/s-whole"
    assert "可以购买" in browser.page
    browser.send({"risk": "yes"}, which='name="risk_version"')
    order = order_on(browser)
    assert "去付款 ¥199.00" in browser.page
    assert 'http-equiv="refresh"' in browser.page
    assert re.search(r'href="http://127.0.0.1:8090/cashier/[^"]+"', browser.page)
    pay(service, order)
    service.pump()
    browser.get(f"/orders/{order}")
    assert "藏品已入藏" in browser.page
    assert 'http-equiv="refresh"' not in browser.page
    browser.get("/collection")
    assert "/collection/s-whole/1" in browser.page
    browser.get("/collection/s-whole/1")
    assert "¥199.00" in browser.page
    assert "退货" in browser.page
    other = Browser(app.test_client())
    sign_in(other, 2)
    other.get("/collection/s-whole/1")
    assert other.status == 404
    other.get(f"/orders/{order}")
    assert other.status == 404
    browser.get("/collection/s-whole/1/return")
    browser.send({}, which='name="sure"')
    assert browser.status == 422
    browser.send({"sure": "yes"}, which='name="sure"')
    assert browser.path == f"/orders/{order}"
    assert order_row(service.ctx, order).state == "returned"
    assert "已退货" in browser.page
    browser.get("/collection")
    assert "/collection/s-whole/1" not in browser.page


def test_the_buyer_of_a_refused_payment_reads_why_in_both_languages(
    service: Service, browser: Browser
) -> None:
    make_series(service, "s-refused")
    sign_in(browser, 3)
    verify(browser, "/series/s-refused")
    browser.send({"risk": "yes"}, which='name="risk_version"')
    order = order_on(browser)
    pay(service, order, currency="USD")
    service.pump()
    service.clock.advance_ms(30_000)
    watch(service.ctx, service.clock.now_ms())
    browser.get(f"/orders/{order}")
    assert "款项已原路退回" in browser.page
    assert "依据类别" in browser.page
    assert "法律法规" in browser.page
    assert "USD 199.00" in browser.page
    browser.get(f"/orders/{order}?lang=en")
    assert "Your money has gone back" in browser.page
    assert "statute" in browser.page


def test_what_the_rules_refuse_is_said_before_anything_is_agreed(
    service: Service, browser: Browser
) -> None:
    now = service.clock.now_ms()
    make_series(service, "s-soon", opens_at=now + HOUR, closes_at=now + 48 * HOUR)
    sign_in(browser, 4)
    verify(browser, "/series/s-soon")
    assert "规则不准许您现在购买" in browser.page
    assert "何时改变" in browser.page
    assert "提交订单" not in browser.page


def test_the_same_form_twice_is_one_order_and_nothing_ticked_is_no_order(
    service: Service, browser: Browser
) -> None:
    make_series(service, "s-twice")
    sign_in(browser, 5)
    verify(browser, "/series/s-twice")
    assert not re.search(r'name="(risk|no_return)"[^>]*checked', browser.page)
    browser.send({}, which='name="risk_version"')
    assert browser.status == 422
    sent = browser.fill({"risk": "yes"}, which='name="risk_version"')
    browser.post("/series/s-twice", sent)
    first = order_on(browser)
    browser.post("/series/s-twice", sent)
    assert order_on(browser) == first
    browser.get("/series/s-twice")
    browser.post("/series/s-twice", {**sent, "form_key": "A" * 22})
    assert browser.status == 422
    assert "进行中的订单" in browser.page


def test_a_wrong_code_says_how_often_one_may_try(service: Service, browser: Browser) -> None:
    browser.get("/sign-in")
    browser.send({"phone": "13800000006"})
    assert browser.status == 422
    assert "用户协议" in browser.page
    browser.send({"phone": "13800000006", "agree": "yes"})
    shown = re.search(r"<strong class=\"num\">([0-9]{6})</strong>", browser.page)
    assert shown
    wrong = f"{(int(shown[1]) + 1) % 10**6:06d}"
    for left in (4, 3, 2, 1):
        browser.send({"code": wrong}, which='name="code"')
        assert f"还可以再试 {left} 次" in browser.page
    browser.send({"code": wrong}, which='name="code"')
    browser.send({"code": shown[1]}, which='name="code"')
    assert "请重新获取" in browser.page


def test_a_real_document_is_not_taken_and_consent_is_needed(browser: Browser) -> None:
    sign_in(browser, 7)
    browser.get("/account/verify")
    assert 'name="consent"' in browser.page
    assert not re.search(r'name="consent"[^>]*checked', browser.page)
    offered = re.search(r"<strong class=\"num\">([0-9X]{18})</strong>", browser.page)
    assert offered
    sent = {"name": "测试甲", "document_number": offered[1]}
    browser.send(sent, which='name="document_number"')
    assert browser.status == 422
    bad = {**sent, "consent": "yes", "document_number": "110105194912310021"}
    browser.send(bad, which='name="document_number"')
    assert browser.status == 422
    assert "校验码不符" in browser.page


def test_staff_sign_in_and_refund_part_of_an_order(
    service: Service, app: Flask, browser: Browser
) -> None:
    make_series(service, "s-goodwill")
    sign_in(browser, 8)
    verify(browser, "/series/s-goodwill")
    browser.send({"risk": "yes"}, which='name="risk_version"')
    order = order_on(browser)
    pay(service, order)
    service.pump()
    staff = Browser(app.test_client())
    staff.get("/museum/refunds")
    assert staff.path.startswith("/staff/sign-in")
    staff.send({"login": "curator-2", "password": "demonstration"}, which='name="login"')
    sent = {"order": order, "amount": "50", "remark": "展览延期，谨致歉意"}
    staff.get("/museum/refunds")
    staff.send(sent, which='name="remark"')
    assert staff.status == 422  # another museum's order is no order
    own = Browser(app.test_client())
    own.get("/staff/sign-in?next=/museum/refunds")
    own.send({"login": "curator", "password": "demonstration"}, which='name="login"')
    own.send({**sent, "amount": "500"}, which='name="remark"')
    assert own.status == 422
    own.send(sent, which='name="remark"')
    assert own.status == 200
    service.clock.advance_ms(30_000)
    watch(service.ctx, service.clock.now_ms())
    browser.get(f"/orders/{order}")
    assert "¥50.00" in browser.page
    assert "展览延期" in browser.page
    browser.get("/collection/s-goodwill/1")
    assert "¥50.00" in browser.page


def test_messages_consents_and_closing(service: Service, browser: Browser) -> None:
    sign_in(browser, 9)
    verify(browser)
    browser.get("/account/consents")
    assert browser.page.count("文本版本 ") == 3
    browser.get("/account/messages")
    assert browser.status == 200
    browser.get("/account")
    assert "138****0009" in browser.page
    browser.get("/account/close")
    browser.send({"sure": "yes"}, which='name="sure"')
    assert "账户已注销" in browser.page
    browser.get("/account")
    assert browser.path.startswith("/sign-in")


def test_a_forged_notice_is_refused(app: Flask) -> None:
    client = app.test_client()
    answer = client.post("/payments/sandbox/notice", data=b"{}")
    assert answer.status_code == 500
    assert client.post("/payments/none/notice", data=b"{}").status_code == 404
    assert client.post("/payments/sandbox/notice", data=b"x" * 70_000).status_code in (413, 500)
