"""What the base gives every page: languages, tokens, limits, headers, static files, ways around."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from flask import url_for

from collectibles.services.context import Context, Operator
from collectibles.web import static_files
from collectibles.web.factory import FOR_PROGRAMS, FORM_BYTES, create_app
from collectibles.web.pages import FOOT, USUAL_BYTES, WAYS
from tests.web.base_site import GOOD, Site

CHINESE = re.compile("[\u4e00-\u9fff]")
SECURE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def permits(operator: Operator) -> list[str]:
    """What a page shows of the operator's permits."""
    return [permit.number for permit in operator.permits]


@pytest.fixture(scope="module")
def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(database_url, tmp_path_factory.mktemp("site"))
    yield made
    made.close()


# Language


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [("", "zh-CN"), ("fr", "zh-CN"), ("zh-TW,en;q=0.5", "zh-CN"), ("en-GB,zh;q=0.5", "en")],
)
def test_speaks_the_language_that_the_browser_prefers(
    site: Site, accepted: str, expected: str
) -> None:
    answer = site.client(accepted).get("/")
    assert f'<html lang="{expected}">' in answer.text
    assert answer.headers["Content-Language"] == expected
    assert {"Accept-Language", "Cookie"} <= {
        part.strip() for part in answer.headers["Vary"].split(",")
    }


def test_a_chosen_language_is_remembered_and_can_be_changed_back(site: Site) -> None:
    browser = site.client("zh")
    assert '<html lang="en">' in browser.get("/?lang=en").text
    assert '<html lang="en">' in browser.get("/").text
    assert '<html lang="zh-CN">' in browser.get("/?lang=zh").text
    assert '<html lang="zh-CN">' in browser.get("/?lang=xx").text


def test_the_switch_keeps_the_page_and_what_was_asked(site: Site) -> None:
    text = site.client("zh").get("/order?a=1&lang=zh&b=%E4%B8%80").text
    assert 'href="/order?a=1&amp;b=%E4%B8%80&amp;lang=en"' in text
    refused = site.client("zh").fill("/order", {"title": ""})
    assert 'href="/order?lang=en"' in refused.text


def test_a_page_that_cannot_be_opened_is_left_for_the_home_page(site: Site) -> None:
    answer = site.client("en").fill("/sign-out", {"csrf_token": "no"})
    assert answer.status_code == 400
    assert 'href="/?lang=zh"' in answer.text


@pytest.mark.parametrize("path", ["/", "/order", "/nowhere", "/gone/conflict"])
def test_pages_in_english_are_in_english(site: Site, path: str) -> None:
    text = re.sub(r'<(\w+)[^>]* lang="zh-CN"[^>]*>.*?</\1>', "", site.client("en").get(path).text)
    text = re.sub(r"<strong>演示</strong>", "", text)
    for own in (*permits(site.parts.settings.operator), site.parts.settings.operator.filing_number):
        text = text.replace(own, "")
    assert not CHINESE.search(re.sub(r"<!--.*?-->", "", text))


# Tokens of forms


def test_a_form_without_its_token_does_nothing_and_says_why(site: Site) -> None:
    before = len(site.done)
    for language, sentence in (("zh", "这张表单已失效"), ("en", "This form is no longer valid")):
        browser = site.client(language)
        key = browser.secrets()["form_key"]
        answer = browser.post("/order", {**GOOD, "form_key": key})
        assert answer.status_code == 400
        assert sentence in answer.text
    assert len(site.done) == before


def test_another_browsers_token_is_refused(site: Site) -> None:
    before = len(site.done)
    theirs = site.client().secrets()
    mine = site.client()
    mine.get("/order")
    assert mine.post("/order", {**GOOD, **theirs}).status_code == 400
    assert len(site.done) == before
    assert mine.fill("/order", GOOD).status_code == 303
    assert len(site.done) == before + 1


def test_notices_of_providers_need_no_token(site: Site) -> None:
    assert site.client().post("/api/v1/notices", b"{}").status_code == 204


# Limits


def test_a_request_weighs_no_more_than_its_page_takes(site: Site) -> None:
    browser = site.client("en")
    long = {**browser.secrets(), **GOOD, "remark": "a" * (FORM_BYTES + 1)}
    assert browser.post("/order", long).status_code == 413
    answer = browser.post("/api/v1/notices", b"a" * (USUAL_BYTES + 1), Accept="*/*")
    assert answer.status_code == 413
    assert answer.get_json()["code"] == "too_large"
    many = {**browser.secrets("/upload"), **{f"f{i}": "x" for i in range(250)}}
    assert browser.send("/upload", many).status_code == 413


def test_a_page_for_files_takes_files_up_to_its_own_limit(site: Site) -> None:
    browser = site.client("en")
    secrets = browser.secrets("/upload")
    fits = {**secrets, "picture": b"x" * 2_000_000}
    assert browser.send("/upload", fits).status_code == 303
    assert site.done[-1] == {"bytes": 2_000_000}
    large = {**secrets, "picture": b"x" * 3_500_000}
    answer = browser.send("/upload", large)
    assert answer.status_code == 422
    assert "Picture: The file is larger than 3 MiB" in answer.text


# Headers


@pytest.mark.parametrize(
    "path",
    ["/", "/order", "/account", "/nowhere", "/sign-out", "/gone/defect", "/api/v1/gone/held",
     "/static/css/base.css", "/static/none.css"],
)  # fmt: skip
def test_every_answer_carries_the_headers_that_protect_it(site: Site, path: str) -> None:
    answer = site.client().get(path)
    for name, value in SECURE.items():
        assert answer.headers[name] == value
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self' http://127.0.0.1:8090"
    assert answer.headers.get("Cache-Control")


def test_no_page_needs_what_the_policy_forbids(site: Site) -> None:
    for path in ("/", "/order", "/gone/refused"):
        text = site.client().get(path).text
        assert not re.search(r"<script|\sstyle=|\son[a-z]+=|javascript:", text)


def test_production_insists_on_https(database_url: str, tmp_path: Path) -> None:
    site = Site(database_url, tmp_path, production=True)
    answer = site.client().get("/order")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "upgrade-insecure-requests" in answer.headers["Content-Security-Policy"]
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        for needed in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert needed in cookie
    assert "演示" not in answer.text.replace("（演示）", "").replace("典藏演示运营方", "").replace(
        "演示网信备", ""
    ).replace("演示环境，无真实联系方式", "").replace("演示-", "")
    site.close()


# Static files


def test_static_files_have_an_address_that_changes_with_their_content(site: Site) -> None:
    text = site.client().get("/").text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', text)
    assert len(addresses) >= 6
    for address in addresses:
        answer = site.client().get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        stale = re.sub(r"v=\w+", "v=0123456789abcdef", address)
        assert site.client().get(stale).headers["Cache-Control"] == "no-cache"


def test_the_address_of_a_static_file_is_the_hash_of_what_it_holds(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.app, "static_folder", str(tmp_path))
    (tmp_path / "a.css").write_text("a{}")
    with site.app.test_request_context():
        first = static_files.static_url("a.css")
        (tmp_path / "a.css").write_text("b{} ")
        assert static_files.static_url("a.css") != first
        with pytest.raises(AssertionError, match=r"no static file \.\./x"):
            static_files.static_url("../x")


# Everything together


def test_every_way_that_the_base_offers_exists(site: Site) -> None:
    app = create_app(cast(Context, site.parts))
    ways = [way.endpoint for group in (*WAYS.values(), FOOT) for way in group]
    doors = ["account.sign_in", "account.staff_sign_in", "account.sign_out", "public.picture"]
    assert [name for name in (*ways, *doors) if name not in app.view_functions] == []


def test_every_route_but_those_of_programs_asks_for_the_token(site: Site) -> None:
    app = create_app(cast(Context, site.parts))
    browser = app.test_client()
    tried = 0
    for rule in app.url_map.iter_rules():
        changing = (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        if not changing or rule.endpoint.partition(".")[0] in FOR_PROGRAMS:
            continue
        values: dict[str, Any] = {name: 1 if "int" in str(rule) else "x" for name in rule.arguments}
        with app.test_request_context():
            path = url_for(rule.endpoint, **values)
        for method in changing:
            answer = browser.open(path, method=method, headers={"Accept": "application/json"})
            assert answer.get_json()["code"] == "form_not_valid", rule
            tried += 1
    assert tried > 10
