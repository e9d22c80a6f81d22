"""Holds through HTTP: the queue, the ruling and its second officer, the buyer's view, appeals."""

from __future__ import annotations

import pytest
from flask import Flask

from collectibles.services.show_holds import show_hold
from tests.service import Service
from tests.services.buying import make_buyer, make_series, order, order_row, pay
from tests.services.holding import held_rows, officers, rule
from tests.web.shop_client import Browser
from tests.web.staff_client import account_browser, press, staff_browser

WHY = "付款人声明与购买人为同一家庭，经核对属实"


@pytest.fixture(scope="module", autouse=True)
def _on_sale(desk: Service) -> None:
    make_series(desk, size=50)
    officers(desk.ctx)


@pytest.fixture
def compliance(desk_app: Flask) -> Browser:
    return staff_browser(desk_app, "compliance-1")


class Held:
    """A buyer with a held order."""

    number = 0

    def __init__(self, desk: Service, app: Flask) -> None:
        Held.number += 1
        self.account = make_buyer(desk.ctx, 20 + Held.number)
        self.order = order(desk.ctx, self.account).order_id
        pay(desk, self.order, payer="mismatch")
        desk.pump()
        self.index = order_row(desk.ctx, self.order).entry
        self.browser = account_browser(app, self.account)


@pytest.fixture
def held(desk: Service, desk_app: Flask) -> Held:
    return Held(desk, desk_app)


def test_the_queue_has_age_deadline_and_reason(held: Held, compliance: Browser) -> None:
    compliance.get("/operator/holds?lang=en")
    assert f">#{held.index}</a>" in compliance.page
    assert "The payer is the buyer" in compliance.page
    assert "days left" in compliance.page
    compliance.get(f"/operator/holds/{held.index}")
    assert "mismatch" in compliance.page  # the evidence, as it was submitted
    assert held.account in compliance.page


def test_reasons_are_needed_and_nothing_happens_without(
    desk: Service, held: Held, compliance: Browser
) -> None:
    compliance.get(f"/operator/holds/{held.index}")
    compliance.send({"ruling": "permit", "reasons": ""})
    assert 'id="f-reasons-error"' in compliance.page
    assert show_hold(desk.ctx, held.index).row.state == "open"


def test_a_ruling_is_made_on_the_page(desk: Service, held: Held, compliance: Browser) -> None:
    compliance.get(f"/operator/holds/{held.index}")
    compliance.send({"ruling": "permit", "reasons": WHY})
    assert compliance.status == 200
    assert WHY in compliance.page
    assert order_row(desk.ctx, held.order).state == "settled"
    held.browser.get(f"/account/holds/{held.index}?lang=zh")
    assert "已裁定准许并办理" in held.browser.page


def test_only_compliance_officers_rule(desk: Service, desk_app: Flask, held: Held) -> None:
    for login, address, may in (
        ("operator", "operator", False),
        ("officer-1", "regulator", False),
        ("compliance-2", "operator", True),
    ):
        browser = staff_browser(desk_app, login)
        browser.get(f"/{address}/holds/{held.index}")
        assert browser.status == 200
        assert ('name="reasons"' in browser.page) is may
    for login in ("curator", "officer-1"):
        browser = staff_browser(desk_app, login)
        browser.get("/operator/holds")
        assert browser.status == 403
    sneaking = staff_browser(desk_app, "operator")
    sneaking.get("/operator/cases")
    reader = staff_browser(desk_app, "compliance-3")
    reader.get(f"/operator/holds/{held.index}")
    sneaking.post(
        f"/operator/holds/{held.index}", reader.fill({"ruling": "permit", "reasons": WHY})
    )
    assert show_hold(desk.ctx, held.index).row.state == "open"


def test_the_buyer_sees_why_until_when_and_may_cancel(desk: Service, held: Held) -> None:
    held.browser.get(f"/orders/{held.order}?lang=en")
    assert "Paid, and being looked at" in held.browser.page
    held.browser.get("/account/holds")
    assert f"/account/holds/{held.index}" in held.browser.page
    held.browser.get(f"/account/holds/{held.index}?lang=en")
    assert "The payer is not the buyer" in held.browser.page
    assert "complaint form" in held.browser.page
    press(held.browser, f"/account/holds/{held.index}/cancel")
    assert order_row(desk.ctx, held.order).state in ("refunding", "refunded")
    assert show_hold(desk.ctx, held.index).row.state == "withdraw"


def test_an_order_is_cancelled_from_its_own_page(desk: Service, held: Held) -> None:
    held.browser.get(f"/orders/{held.order}")
    press(held.browser, f"/orders/{held.order}/cancel")
    assert held.browser.status == 200
    assert order_row(desk.ctx, held.order).state in ("refunding", "refunded")


def test_nobody_sees_or_cancels_anothers(desk: Service, desk_app: Flask, held: Held) -> None:
    other = Held(desk, desk_app)
    other.browser.get(f"/account/holds/{held.index}")
    assert other.browser.status == 404
    other.browser.get(f"/account/holds/{other.index}")
    sent = other.browser.fill(which=f'action="/account/holds/{other.index}/cancel"')
    other.browser.post(f"/account/holds/{held.index}/cancel", sent)
    assert other.browser.status == 404
    nobody = Browser(desk_app.test_client())
    nobody.get(f"/account/holds/{held.index}")
    assert held.account not in nobody.page
    assert show_hold(desk.ctx, held.index).row.state == "open"


def test_an_appeal_from_its_form_to_its_outcome(desk: Service, desk_app: Flask, held: Held) -> None:
    rule(desk.ctx, "refuse", officers(desk.ctx)[:1], hold=held.index, strike=True)
    held.browser.get(f"/account/holds/{held.index}?lang=en")
    assert "establishes a breach" in held.browser.page
    held.browser.send({"words": "付款人是我的父亲，可提供说明"})
    assert held.browser.status == 200
    assert "付款人是我的父亲" in held.browser.page
    queue = staff_browser(desk_app, "officer-1")
    queue.get("/regulator/holds")
    assert f">#{held.index}</a>" in queue.page
    first = staff_browser(desk_app, "compliance-1")
    first.get(f"/operator/holds/{held.index}?lang=en")
    first.send({"ruling": "permit", "reasons": WHY})
    assert "other officers than those of the first ruling" in first.page
    second = staff_browser(desk_app, "compliance-2")
    second.get(f"/operator/holds/{held.index}")
    assert "付款人是我的父亲" in second.page
    second.send({"ruling": "permit", "reasons": WHY})
    row = show_hold(desk.ctx, held.index).row
    assert (row.state, row.appeal_ruling) == ("refuse", "permit")
    held.browser.get(f"/account/holds/{held.index}?lang=zh")
    assert "申诉成立" in held.browser.page


def test_pages_have_both_languages_and_no_script(
    desk: Service, desk_app: Flask, held: Held, compliance: Browser
) -> None:
    assert held_rows(desk.ctx)
    for browser, address in (
        (compliance, "/operator/holds"),
        (compliance, f"/operator/holds/{held.index}"),
        (staff_browser(desk_app, "officer-1"), "/regulator/holds"),
        (held.browser, "/account/holds"),
        (held.browser, f"/account/holds/{held.index}"),
    ):
        seen = [browser.get(f"{address}?lang={language}") for language in ("zh", "en")]
        assert seen[0] != seen[1]
        assert all("<script" not in one for one in seen)


def test_what_is_not_there_is_not_found(compliance: Browser) -> None:
    for address in ("/operator/holds/999999", f"/operator/holds/{2**70}"):
        compliance.get(address)
        assert compliance.status == 404
