"""What anybody may see: certificates, rules, texts, complaints, pictures, what is not there."""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from collectibles.services.add_picture import add_picture
from collectibles.services.context import Operator
from collectibles.services.terms import current
from tests.service import Service
from tests.services.buying import make_buyer, order, pay
from tests.services.curating import HOUR, MUSEUM, picture, published, stock
from tests.services.test_certificate import check
from tests.web.shop_client import Browser
from tests.web.staff_client import error_of

PAGES = ("/", "/verify", "/rules", "/about", "/terms", "/privacy", "/complaints", "/no-such-page")


def permits(operator: Operator) -> list[str]:
    """What a page shows of the operator's permits."""
    return [permit.number for permit in operator.permits]


@pytest.fixture(scope="module")
def series(desk: Service) -> str:
    stock(desk)
    tall = add_picture(desk.ctx, MUSEUM, desk.staff["curator"], picture(900, 1200))
    made = published(desk, 3, picture=tall)
    desk.clock.advance_ms(2 * HOUR)
    pay(desk, order(desk.ctx, make_buyer(desk.ctx, 1), made).order_id)
    desk.pump()
    return made


@pytest.fixture
def anybody(desk_app: Flask) -> Browser:
    return Browser(desk_app.test_client())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_says_who_runs_this_and_that_it_is_a_demonstration(
    desk: Service, anybody: Browser, series: str, language: str
) -> None:
    operator = desk.ctx.settings.operator
    for path in (*PAGES, f"/certificate/{series}/1"):
        anybody.get(f"{path}?lang={language}")
        assert anybody.status == (404 if path == "/no-such-page" else 200)
        foot = anybody.page.split("<footer")[-1]
        for said in (operator.filing_number, *permits(operator), "/terms", "/privacy"):
            assert said in foot
        assert "/complaints" in foot
        assert "<strong>演示</strong>" in anybody.page
        other = "数字藏品不是投资品" if language == "en" else "Collectibles are no investment"
        assert other not in anybody.page


def test_a_certificate_shows_its_proof_and_neither_price_nor_person(
    desk: Service, anybody: Browser, series: str
) -> None:
    anybody.get(f"/certificate/{series}/1")
    holder = desk.ctx.ledger.read.value(f"collectible/{series}/1")["holder"]
    main = anybody.page.split("<main")[1].split("</main>")[0]
    without_hashes = re.sub(r"[0-9a-f]{64}", "", main)
    for private in (holder, "¥", "199", "consideration"):
        assert private not in without_hashes
    for said in ("第 1 号", "已有持有人", "首次售出", "演示", "甲博物馆", desk.ctx.vkey):
        assert said in main
    made = json.loads(anybody.client.get(f"/certificate/{series}/1.json").data)
    check(desk, made)
    assert made["picture_sha256"] in main
    assert made["checkpoint"].splitlines()[1] in main
    anybody.get(f"/certificate/{series}/3")
    assert "尚未售出" in anybody.page
    for missing in (f"{series}/0", f"{series}/4", "s-none/1", f"{series}/x", f"{series}/-1"):
        for end in ("", ".json"):
            anybody.get(f"/certificate/{missing}{end}")
            assert anybody.status == 404


def test_a_certificate_is_found_by_its_number(anybody: Browser, series: str) -> None:
    anybody.get(f"/verify?collectible=+{series}+/+1+")
    assert anybody.path == f"/certificate/{series}/1"
    for wrong in (f"{series}/9", "s-none/1", "nonsense", "１/１"):
        anybody.get(f"/verify?collectible={wrong}")
        assert anybody.status == 422
        assert error_of(anybody, "collectible")


def test_the_texts_people_agree_to_are_the_texts_shown(anybody: Browser) -> None:
    for kind in ("terms", "privacy"):
        anybody.get(f"/{kind}?lang=zh")
        assert current(kind).zh in anybody.page
        assert current(kind).version in anybody.page


def test_a_complaint_gets_a_number_and_can_be_followed(anybody: Browser) -> None:
    anybody.get("/complaints")
    anybody.send({"subject": "x", "words": "", "contact": ""}, which='name="contact"')
    assert anybody.status == 422
    for field in ("subject", "words", "contact"):
        assert error_of(anybody, field)
    sent = anybody.fill(
        {"subject": "service", "words": "证书打不开", "contact": "13800000001"},
        which='name="contact"',
    )
    told = set()
    for _ in range(2):  # the same form twice is one complaint
        anybody.post("/complaints", sent)
        assert anybody.headers["Cache-Control"] == "private, no-store"
        number = re.search(r'<strong class="num">([0-9]+)</strong>', anybody.page)
        word = re.search(r"<code>([0-9a-f]{16})</code>", anybody.page)
        assert number
        assert word
        told.add((number[1], word[1]))
    assert len(told) == 1
    [(number_told, word_told)] = told
    anybody.get("/complaints")
    anybody.send({"number": number_told, "secret": word_told}, which='name="secret"')
    assert "证书打不开" in anybody.page
    assert word_told not in anybody.path
    anybody.get("/complaints")
    anybody.send({"number": number_told, "secret": "0" * 16}, which='name="secret"')
    assert anybody.status == 422
    assert error_of(anybody, "secret")
    assert "证书打不开" not in anybody.page


def test_pictures_are_kept_for_ever_and_nothing_else_is_served(
    desk: Service, anybody: Browser, series: str
) -> None:
    digest = desk.ctx.ledger.read.value(f"series/{series}")["picture"]
    for width in (320, 800, 1600):
        answer = anybody.client.get(f"/pictures/{digest}/{width}.webp", buffered=True)
        assert answer.mimetype == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.data[:4] == b"RIFF"
    for wrong in (
        f"{digest}/321.webp", f"{'0' * 64}/320.webp", f"{digest[:-1]}/320.webp",
        f"..%2F..%2Fsecrets/{320}.webp", f"{digest}/320.png", f"{digest.upper()}/320.webp",
    ):  # fmt: skip
        assert anybody.client.get(f"/pictures/{wrong}").status_code == 404


def test_the_front_page_leads_to_what_is_on_sale(
    desk: Service, anybody: Browser, series: str
) -> None:
    anybody.get("/")
    assert f"/series/{series}" in anybody.page
    assert str(desk.ctx.ledger.read.size()) in anybody.page


def test_a_certificate_prints_on_one_sheet(
    desk_app: Flask, series: str, chromium_path: str, tmp_path: Path
) -> None:
    """The first sheet is the certificate alone, without navigation or buttons."""
    server = make_server("127.0.0.1", 0, desk_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=chromium_path, args=["--no-sandbox"] if os.geteuid() == 0 else []
            )
            page = browser.new_page(viewport={"width": 794 - 121, "height": 1123 - 121})
            page.goto(f"http://127.0.0.1:{server.server_port}/certificate/{series}/1")
            page.emulate_media(media="print")
            page.wait_for_function("document.images[1].complete")
            shown = page.locator(".certificate-picture img").bounding_box()
            assert shown is not None
            assert shown["height"] > 150, shown
            box = page.locator(".certificate").bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 1123 - 121, box
            assert not page.locator(".certificate-actions").is_visible()
            assert not page.locator(".ways").is_visible()
            assert page.locator(".certificate-demonstration").is_visible()
            assert page.evaluate("document.scripts.length") == 0
            pdf = page.pdf(format="A4", path=str(tmp_path / "certificate.pdf"))
            assert pdf.startswith(b"%PDF")
            browser.close()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_form_from_elsewhere_is_not_taken(anybody: Browser) -> None:
    sent = {"subject": "other", "words": "x", "contact": "x", "form_key": secrets.token_urlsafe(16)}
    anybody.post("/complaints", sent)
    assert anybody.status == 400
