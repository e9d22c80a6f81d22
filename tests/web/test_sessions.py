"""Sessions that can be ended, doors that open for the right people, and safe ways onward."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from collectibles.store.tables.institutions import Staff
from collectibles.store.tables.people import Account, Person, Session
from collectibles.web.sessions import ACCOUNT_MS, SEEN_EVERY_MS, STAFF_MS, safe_next
from tests.web.base_browser import Browser
from tests.web.base_site import START, Site


@pytest.fixture
def site(fresh_database_url: str, tmp_path: Path) -> Iterator[Site]:
    made = Site(fresh_database_url, tmp_path)
    made.add_account("a-1")
    made.add_account("a-2")
    made.add_staff("s-curator", "museum-1", "museum", "curator")
    made.add_staff("s-reviewer", "museum-1", "museum", "reviewer")
    made.add_staff("s-officer", "regulator-1", "regulator", "officer")
    yield made
    made.close()


def sign_in(browser: Browser, who: str, onward: str = "") -> None:
    door = "/staff/sign-in" if who.startswith("s-") else "/sign-in"
    answer = browser.fill(f"{door}{onward}", {"as": who})
    assert answer.status_code == 303, answer.text


def sessions(site: Site) -> list[Session]:
    with site.unit() as unit:
        return list(unit.scalars(select(Session)))


def test_only_the_hash_of_the_token_is_kept(site: Site) -> None:
    browser = site.client()
    sign_in(browser, "a-1")
    token = browser.cookie("diancang")
    assert token is not None
    assert len(token) == 43
    (row,) = sessions(site)
    assert row.token_hash == hashlib.sha256(token.encode()).digest()
    assert (row.account_id, row.staff_id) == ("a-1", None)
    assert "a-1" in browser.get("/account").text


def test_signing_in_makes_a_new_token_and_ends_the_old_session(site: Site) -> None:
    browser = site.client()
    sign_in(browser, "a-1")
    first, form_token = browser.cookie("diancang"), browser.secrets()["csrf_token"]
    sign_in(browser, "a-2")
    assert browser.cookie("diancang") != first
    assert [row.account_id for row in sessions(site)] == ["a-2"]
    captured = site.client()
    captured.client.set_cookie("diancang", str(first))
    assert captured.get("/account").status_code == 303
    assert browser.post("/sign-out", {"csrf_token": form_token}).status_code == 400


def test_a_token_planted_before_signing_in_is_not_used(site: Site) -> None:
    browser = site.client()
    planted = "A" * 43
    browser.client.set_cookie("diancang", planted)
    sign_in(browser, "a-1")
    assert browser.cookie("diancang") != planted


@pytest.mark.parametrize(
    ("who", "page", "lasts"), [("a-1", "/account", ACCOUNT_MS), ("s-curator", "/museum", STAFF_MS)]
)
def test_a_session_ends_by_itself_to_the_millisecond(
    site: Site, who: str, page: str, lasts: int
) -> None:
    browser = site.client()
    sign_in(browser, who)
    site.clock.set_ms(START + lasts - 1)
    assert browser.get(page).status_code == 200
    site.clock.set_ms(START + lasts)
    assert browser.get(page).status_code == 303
    assert "no-store" not in browser.get("/").headers["Cache-Control"]


def test_sessions_last_as_long_as_promised() -> None:
    assert STAFF_MS == 12 * 3600 * 1000
    assert ACCOUNT_MS == 30 * 24 * 3600 * 1000


def test_old_sessions_are_swept_when_somebody_signs_in(site: Site) -> None:
    sign_in(site.client(), "a-1")
    site.clock.advance_ms(ACCOUNT_MS)
    sign_in(site.client(), "a-2")
    assert [row.account_id for row in sessions(site)] == ["a-2"]


def test_seen_is_noted_now_and_then(site: Site) -> None:
    browser = site.client()
    sign_in(browser, "a-1")
    site.clock.advance_ms(SEEN_EVERY_MS - 1)
    browser.get("/account")
    assert sessions(site)[0].seen_at == START
    site.clock.advance_ms(1)
    browser.get("/account")
    assert sessions(site)[0].seen_at == START + SEEN_EVERY_MS


def test_a_captured_cookie_is_worthless_after_signing_out(site: Site) -> None:
    browser = site.client()
    sign_in(browser, "a-1")
    token = str(browser.cookie("diancang"))
    assert browser.fill("/sign-out", {}).status_code == 303
    assert browser.cookie("diancang") is None
    browser.client.set_cookie("diancang", token)
    assert browser.get("/account").status_code == 303
    assert sessions(site) == []


def test_signing_out_everywhere_ends_all_of_ones_own_sessions_only(site: Site) -> None:
    here, there, other = site.client(), site.client(), site.client()
    sign_in(here, "a-1")
    sign_in(there, "a-1")
    sign_in(other, "a-2")
    assert here.fill("/sign-out-everywhere", {}).status_code == 303
    assert there.get("/account").status_code == 303
    assert other.get("/account").status_code == 200


def test_a_closed_account_or_dismissed_staff_is_out_at_once(site: Site) -> None:
    holder, curator = site.client(), site.client()
    sign_in(holder, "a-1")
    sign_in(curator, "s-curator")
    with site.unit() as unit:
        unit.execute(update(Account).where(Account.id == "a-1").values(open=False))
        unit.execute(update(Staff).where(Staff.id == "s-curator").values(open=False))
    assert holder.get("/account").status_code == 303
    assert curator.get("/museum").status_code == 303


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é" * 43, "A" * 3000, "a-1"])
def test_made_up_tokens_are_nobodys(site: Site, token: str) -> None:
    browser = site.client()
    browser.client.set_cookie("diancang", token)
    assert browser.get("/").status_code == 200
    assert browser.get("/account").status_code == 303


def test_whoever_has_to_sign_in_comes_back_to_the_page(site: Site) -> None:
    browser = site.client()
    answer = browser.get("/account?tab=2")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/account?tab%3D2"
    sent = browser.fill(answer.headers["Location"], {"as": "a-1"})
    assert sent.headers["Location"] == "/account?tab=2"


def test_staff_pages_lead_to_the_staff_door(site: Site) -> None:
    holder = site.client()
    sign_in(holder, "a-1")
    for browser in (site.client(), holder):
        answer = browser.get("/museum")
        assert (answer.status_code, answer.headers["Location"]) == (
            303,
            "/staff/sign-in?next=/museum",
        )


def test_each_door_opens_for_its_institution_and_role_only(site: Site) -> None:
    curator, reviewer, officer = site.client("en"), site.client("en"), site.client("en")
    sign_in(curator, "s-curator")
    sign_in(reviewer, "s-reviewer")
    sign_in(officer, "s-officer")
    assert "museum-1" in curator.get("/museum").text
    assert reviewer.get("/museum/review").status_code == 200
    for browser, path, sentence in (
        (curator, "/museum/review", "colleagues in another role"),
        (officer, "/museum", "another kind of institution"),
        (officer, "/account", "you are signed in as staff"),
    ):
        answer = browser.get(path)
        assert answer.status_code == 403
        assert sentence in answer.text


def test_pages_of_the_signed_in_are_kept_by_nobody(site: Site) -> None:
    browser = site.client()
    assert browser.get("/").headers["Cache-Control"] == "private, no-cache"
    sign_in(browser, "a-1")
    for path in ("/", "/account", "/order"):
        assert browser.get(path).headers["Cache-Control"] == "private, no-store"


def test_an_account_is_verified_once_it_has_a_person(site: Site) -> None:
    browser = site.client()
    sign_in(browser, "a-1")
    assert "a-1 False" in browser.get("/account").text
    with site.unit() as unit:
        unit.add(
            Person(
                id="p-1",
                document_index=b"index",
                adult_from=START,
                verified_at=START,
                verifier="operator",
                document_kind="resident",
                screened_at=START,
                screening="clear",
                affiliations=[],
            )
        )
        unit.flush()
        unit.execute(update(Account).where(Account.id == "a-1").values(person_id="p-1"))
    assert "a-1 True" in browser.get("/account").text


UNSAFE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "evil.example",
    "/a\nLocation: https://evil.example",
    "/\t/evil.example",
    "/a b",
    "/" + "a" * 3000,
    "",
    None,
]


@pytest.mark.parametrize("asked", UNSAFE)
def test_the_way_onward_never_leaves_this_site(asked: str | None) -> None:
    assert safe_next(asked, "/account") == "/account"


@pytest.mark.parametrize("asked", ["/", "/a/b?c=d&e=%2F%2F", "/collection#x", "/藏品"])
def test_a_path_of_this_site_is_kept(asked: str) -> None:
    assert safe_next(asked, "/account") == asked


@given(st.text(alphabet="/\\:.@?#%ehttps \t\n\r\x00é", max_size=12))
def test_whatever_is_asked_for_the_host_stays(asked: str) -> None:
    onward = urljoin("https://here.example/sign-in", safe_next(asked))
    assert urlsplit(onward).netloc == "here.example"


def test_signing_in_with_an_outside_address_leads_home(site: Site) -> None:
    answer = site.client().fill("/sign-in?next=//evil.example/x", {"as": "a-1"})
    assert answer.headers["Location"] == "/"
