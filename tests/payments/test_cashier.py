"""The cashier page: what a person sees and can press, and where the browser goes afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from collectibles.payments.provider import Charge, Instrument, PayerMatch, PaymentStatus
from tests.payments.sandboxes import MINUTE, SELLER, Apart, Beside

CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Cashier:
    """A payer's browser without script or style: opens the page and presses buttons."""

    def __init__(self, place: Beside, **other: Any) -> None:
        self.place = place
        self.charge: Charge = place.charge(**other)
        self.path = "/" + place.rail.create(self.charge).url.split("/", 3)[3]
        self.client = place.transport.app.test_client()

    def look(self, **how: Any) -> Any:
        return self.client.get(self.path, **how)

    def press(self, action: str, **more: str) -> Any:
        return self.client.post(self.path, data={"action": action} | more)

    def state(self) -> Any:
        return self.place.rail.query(SELLER, self.charge.charge_no)


def test_the_page_says_who_is_paid_how_much_and_for_what(beside: Beside) -> None:
    cashier = Cashier(beside)
    answer = cashier.look()
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for said in ("¥199.00", "甲博物馆", "演示藏品 第 1 号", cashier.charge.charge_no, "演示"):
        assert said in page
    assert 'lang="zh-CN"' in page
    assert "2026年1月1日 08:15" in page
    assert "<script" not in page


def test_the_page_speaks_english_to_those_who_ask(beside: Beside) -> None:
    cashier = Cashier(beside, description="Demonstration piece")
    for asked in (
        cashier.look(query_string={"lang": "en"}),
        cashier.look(headers={"Accept-Language": "en-GB,en;q=0.9"}),
    ):
        page = asked.get_data(as_text=True)
        assert "Museum One" in page
        assert "no real money moves" in page
        assert set(CHINESE.findall(page)) == set("中文"), "only the way back to Chinese"
    chinese = cashier.look(query_string={"lang": "zh"}, headers={"Accept-Language": "en"})
    assert "收银台" in chinese.get_data(as_text=True)


@pytest.mark.parametrize("way", ["balance", "debit_card", "credit_card"])
def test_paying_sends_the_browser_back_and_the_notice_out(beside: Beside, way: str) -> None:
    cashier = Cashier(beside)
    answer = cashier.press(way)
    assert (answer.status_code, answer.location) == (303, cashier.charge.return_url)
    state = cashier.state()
    assert (state.status, state.instrument) == (PaymentStatus.PAID, Instrument(way))
    assert state.payer is PayerMatch.CONFIRMED
    ((headers, body),) = beside.notices(1)
    assert beside.rail.read_notice(headers, body, beside.clock.now_ms()).result == state


@pytest.mark.parametrize("told", list(PayerMatch))
def test_the_payer_chooses_who_they_are(beside: Beside, told: PayerMatch) -> None:
    cashier = Cashier(beside)
    cashier.press("balance", payer=str(told))
    assert cashier.state().payer is told


def test_no_identity_is_asked_when_the_merchant_did_not(beside: Beside) -> None:
    cashier = Cashier(beside, payer=None)
    assert "fieldset" not in cashier.look().get_data(as_text=True).split("</style>")[1]
    cashier.press("balance", payer="confirmed")
    assert cashier.state().payer is PayerMatch.CANNOT_TELL


def test_too_little_money_takes_nothing_and_says_so(beside: Beside) -> None:
    cashier = Cashier(beside)
    answer = cashier.press("short")
    assert answer.status_code == 200
    assert "余额不足，没有扣款" in answer.get_data(as_text=True)
    assert cashier.state().status is PaymentStatus.OPEN
    assert cashier.press("debit_card").status_code == 303


def test_giving_up_goes_back_unpaid(beside: Beside) -> None:
    cashier = Cashier(beside)
    answer = cashier.press("cancel")
    assert (answer.status_code, answer.location) == (303, cashier.charge.return_url)
    assert cashier.state().status is PaymentStatus.OPEN
    assert beside.notices() == []


def test_a_second_press_pays_nothing_more(beside: Beside) -> None:
    cashier = Cashier(beside)
    cashier.press("balance")
    first = cashier.state()
    answer = cashier.press("credit_card")
    assert (answer.status_code, answer.location) == (303, cashier.charge.return_url)
    assert cashier.state() == first
    assert len(beside.notices()) == 1
    page = cashier.look().get_data(as_text=True)
    assert "已付款" in page
    assert "<form" not in page


def test_a_closed_or_lapsed_charge_cannot_be_paid(beside: Beside) -> None:
    closed, lapsed = Cashier(beside), Cashier(beside)
    beside.rail.close(SELLER, closed.charge.charge_no)
    beside.clock.advance_ms(15 * MINUTE)
    for cashier in (closed, lapsed):
        answer = cashier.press("balance")
        assert answer.status_code == 409
        assert "已关闭" in answer.get_data(as_text=True)
        assert "<form" not in cashier.look().get_data(as_text=True)
        assert cashier.state().status is PaymentStatus.CLOSED


@pytest.mark.parametrize("form", [{}, {"action": "gold"}, {"action": "balance", "payer": "me"}])
def test_a_form_that_says_nothing_usable_changes_nothing(
    beside: Beside, form: dict[str, str]
) -> None:
    cashier = Cashier(beside)
    answer = cashier.client.post(cashier.path, data=form)
    assert answer.status_code == 400
    assert "请选择一种付款方式" in answer.get_data(as_text=True)
    assert cashier.state().status is PaymentStatus.OPEN


def test_an_unknown_address_is_said_plainly(beside: Beside) -> None:
    client = beside.transport.app.test_client()
    for answer in (client.get("/cashier/nobody"), client.post("/cashier/nobody")):
        assert answer.status_code == 404
        assert "没有这笔付款" in answer.get_data(as_text=True)


def test_without_a_way_back_the_page_itself_says_how_it_ended(beside: Beside) -> None:
    cashier = Cashier(beside, return_url=None)
    assert "已取消" in cashier.press("cancel").get_data(as_text=True)
    answer = cashier.press("balance")
    assert answer.status_code == 303
    assert "已付款" in cashier.client.get(answer.location).get_data(as_text=True)


def test_what_a_merchant_writes_stays_text(beside: Beside) -> None:
    cashier = Cashier(
        beside,
        description="<script>alert(1)</script>",
        return_url='http://127.0.0.1:5000;script-src/x"><b>',
    )
    answer = cashier.look()
    page = answer.get_data(as_text=True)
    assert "<script" not in page
    assert "<b>" not in page
    policy = answer.headers["Content-Security-Policy"]
    assert [part.split()[0] for part in policy.split(";")] == [
        "default-src",
        "style-src",
        "base-uri",
        "frame-ancestors",
        "form-action",
    ]


def test_the_page_is_not_kept_and_not_told_on(beside: Beside) -> None:
    headers = Cashier(beside).look().headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:5000" in headers["Content-Security-Policy"]


# A real browser: a phone, without JavaScript


def test_a_phone_without_javascript_pays(apart: Apart, chromium_path: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        phone = browser.new_context(
            viewport={"width": 360, "height": 740}, java_script_enabled=False, locale="zh-CN"
        )
        _pays_by_phone(apart, phone.new_page())
        browser.close()


def _pays_by_phone(apart: Apart, page: Page) -> None:
    charge = apart.charge(return_url=f"{apart.inbox.url}/orders/1?step=paid")
    page.goto(apart.rail.create(charge).url)
    banner = page.locator(".mark").bounding_box()
    assert banner is not None
    assert banner["width"] == 360, "the page is no wider than the phone, and has its style"
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, "large enough for a thumb"
    page.get_by_role("button", name="余额不足").click()
    assert page.get_by_role("alert").inner_text().startswith("余额不足")
    page.get_by_text("English").click()
    page.get_by_label("Somebody else").check()
    page.get_by_role("button", name="Pay by debit card").click()
    page.wait_for_url(f"{apart.inbox.url}/orders/1?step=paid")
    assert "/orders/1?step=paid" in apart.inbox.came_back
    ((headers, body),) = apart.notices(1, charge)
    told = apart.rail.read_notice(headers, body, apart.clock.now_ms()).result
    assert told == apart.rail.query(SELLER, charge.charge_no)
    assert (told.amount_fen, told.payer) == (19_900, PayerMatch.MISMATCH)
