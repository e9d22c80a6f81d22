"""Errors as pages and as problem+json; defects leave a number and a place, and nothing typed."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.base_site import GOOD, TYPED, Site


@pytest.fixture(scope="module")
def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(database_url, tmp_path_factory.mktemp("site"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("path", "status", "zh", "en"),
    [
        ("/nowhere", 404, "这个地址下没有内容", "There is nothing at this address"),
        ("/sign-out", 405, "只接受表单提交", "only takes a form"),
        ("/gone/conflict", 409, "已售罄。", "Sold out."),
        ("/gone/many", 429, "请稍候。", "Please wait."),
        ("/gone/defect", 500, "这是我们的错误", "This is our mistake"),
        ("/gone/refused", 422, "总对价高于成本。", "The consideration is above the cost."),
        ("/gone/held", 422, "需要人工复核", "A person has to look at this"),
    ],
)
def test_errors_are_pages_in_the_language_of_the_person(
    site: Site, path: str, status: int, zh: str, en: str
) -> None:
    for language, sentence in (("zh", zh), ("en", en)):
        answer = site.client(language).get(path)
        assert answer.status_code == status
        assert answer.mimetype == "text/html"
        assert sentence in answer.text
        assert "Traceback" not in answer.text
        assert "RuntimeError" not in answer.text


def test_a_refusal_shows_its_reason_source_text_way_out_and_date(site: Site) -> None:
    text = site.client("en").get("/gone/refused").text
    for shown in (
        "No resale for profit",
        "industry text",
        "Some Rules",
        "第3号",
        "Please pass it on at cost.",
        "21 Sep 2026, 22:14 (Beijing time)",
    ):
        assert shown in text


def test_programs_get_problem_json(site: Site) -> None:
    answer = site.client("en").get("/api/v1/gone/refused")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    body = answer.get_json()
    assert (body["status"], body["code"]) == (422, "refused")
    assert body["detail"] == "The consideration is above the cost."
    assert body["sentences"]["zh"] == "总对价高于成本。"
    (finding,) = body["findings"]
    assert finding["code"] == "no_profit_resale"
    assert finding["source"] == "industry"
    assert finding["citations"][0]["number"] == "第3号"
    assert finding["changes_at"]


def test_a_page_is_json_for_who_asks_for_json(site: Site) -> None:
    answer = site.client("zh").get("/gone/conflict", Accept="application/json")
    assert answer.get_json()["figures"] == {"left": 0}
    answer = site.client("zh").get("/gone/many", Accept="application/json")
    assert answer.headers["Retry-After"] == "90"
    answer = site.client("zh").get("/gone/person", Accept="application/json")
    assert answer.status_code == 401
    assert site.client("zh").get("/gone/person").status_code == 303


def test_an_unreachable_database_is_said_so_and_asked_no_further(
    site: Site, tmp_path: Path
) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    broken = Site(nowhere, tmp_path)
    browser = broken.client("en")
    browser.client.set_cookie("diancang", "A" * 43)
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "busy just now" in answer.text
    assert answer.headers["Retry-After"]
    broken.close()


@pytest.mark.parametrize("what", ["defect", "sql"])
def test_the_log_of_a_defect_has_its_number_and_place_and_nothing_typed(
    site: Site, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = site.client("en").get(f"/gone/{what}?phone={TYPED}")
    assert answer.status_code == 500
    number = re.search(r"tell us the number ([0-9a-f]{8})", answer.text)
    assert number is not None
    assert f"defect {number.group(1)}" in caplog.text
    assert "base_site.py" in caplog.text
    assert TYPED not in caplog.text
    assert TYPED not in answer.text.replace(f"phone={TYPED}", "")


def test_a_form_that_is_refused_leaves_nothing_typed_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = site.client("zh").fill("/order", {**GOOD, "price": TYPED + "元", "more": TYPED})
        site.client("zh").post("/order", {**GOOD, "title": TYPED})
    assert answer.status_code == 422
    assert TYPED not in caplog.text
