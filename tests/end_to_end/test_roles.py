"""Who may open what: every route of the application is in one table of roles or another.

The institutions' and the public pages have theirs in tests/web/test_roles.py; the rest, a person's
own pages and whatever may come, is here. A route that is in neither table fails.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

import pytest

from tests.end_to_end.story import Seen
from tests.end_to_end.town import TOKEN, Town
from tests.web.shop_client import Browser
from tests.web.test_roles import MODULES

#: Who each route is for. `public`: anybody. `account`: whoever is signed in by phone. The rest are
#: staff of an institution, after the colon in that role alone. Two words: to look, and to send.
FOR: Final = {
    "account.close": "account",
    "account.code": "public",
    "account.code_again": "public",
    "account.consents": "account",
    "account.home": "account",
    "account.messages": "account",
    "account.sign_in": "public",
    "account.sign_out": "public",
    "account.sign_out_everywhere": "account",
    "account.staff_sign_in": "public",
    "account.verify": "account",
    "holds.cancel": "account",
    "holds.cancel_order": "account",
    "holds.confirm": "operator:compliance",
    "holds.decline": "operator:compliance",
    "holds.hold": "operator",
    "holds.mine": "account",
    "holds.my": "account",
    "holds.overseen": "regulator",
    "holds.overseen_confirm": "regulator",
    "holds.overseen_decline": "regulator",
    "holds.overseen_hold": "regulator",
    "holds.queue": "operator",
    "notices.notice": "provider",
    "passing.gift": "public",
    "passing.give": "account",
    "passing.home": "account",
    "passing.pass_on": "account",
    "passing.refuse": "public",
    "passing.resale": "account",
    "passing.withdraw": "account",
    "passing.withdraw_offer": "account",
    "refunds.refunds": "museum",
    "shop.catalogue": "public",
    "shop.collectible": "account",
    "shop.collection": "account",
    "shop.give_back": "account",
    "shop.order": "account",
    "shop.orders": "account",
    "shop.pay": "account",
    "shop.series": "public account",
}
#: What the other table is about.
ELSEWHERE: Final = {module.blueprint.name for module in MODULES} | {"static"}
#: Whom each visitor is one of.
VISITORS: Final = {
    "nobody": {"public"},
    "a person": {"public", "account"},
    "curator": {"public", "museum", "museum:curator"},
    "reviewer": {"public", "museum", "museum:reviewer"},
    "officer-1": {"public", "regulator"},
    "operator": {"public", "operator"},
}
#: What a signed-in visitor would lose the session by.
ENDS = {"account.sign_out", "account.sign_out_everywhere", "account.close"}


@pytest.fixture(scope="module")
def visitors(town: Town, seen: Seen) -> dict[str, Browser]:
    """A browser for each kind of visitor there is."""
    made = {"nobody": town.browser(), "a person": town.person(8)}
    return made | {who: town.staff(who) for who in VISITORS if who not in made}


def routes(town: Town, series: str) -> list[tuple[str, str, str]]:
    """Every (endpoint, method, path): with values that name things there are, where that helps."""
    values: dict[str, Any] = {
        "edition": 1, "identifier": "none", "index": 1, "offer": "t-none", "order": "o-none",
        "rail": "none", "secret": "none",
        "series": series,
    }  # fmt: skip
    found = []
    with town.app.test_request_context():
        for rule in town.app.url_map.iter_rules():
            if rule.endpoint.partition(".")[0] in ELSEWHERE:
                continue
            path = town.app.url_for(
                rule.endpoint, **{name: values[name] for name in rule.arguments}
            )
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}):
                found.append((rule.endpoint, method, path))
    return found


def test_every_route_says_for_whom_it_is(town: Town) -> None:
    endpoints = {rule.endpoint for rule in town.app.url_map.iter_rules()}
    assert {each for each in endpoints if each.partition(".")[0] not in ELSEWHERE} == set(FOR)


@pytest.mark.parametrize("who", VISITORS)
def test_each_route_opens_for_those_it_is_for_and_for_nobody_else(
    town: Town, seen: Seen, visitors: dict[str, Browser], who: str
) -> None:
    browser = visitors[who]
    for endpoint, method, path in routes(town, seen.series):
        if endpoint in ENDS or FOR[endpoint] == "provider":
            continue
        status, where = visit(browser, method, path)
        case = (who, method, path, status, where)
        looks, _, sends = FOR[endpoint].partition(" ")
        if (sends or looks if method == "POST" else looks) in VISITORS[who]:
            assert status not in (401, 403, 500), case
            assert not (status in (302, 303) and "sign-in?next=" in where), case
        elif who == "nobody" or (who == "a person" and status != 403):
            assert status == 303, case
            assert "sign-in" in where, case
        else:
            assert status == 403, case


def test_what_ends_a_session_is_refused_to_others(town: Town, visitors: dict[str, Browser]) -> None:
    for who, path in (("curator", "/account/close"), ("nobody", "/account/close")):
        status, _ = visit(visitors[who], "GET", path)
        assert status in (303, 403), (who, path, status)


def test_a_form_without_the_token_is_not_taken(town: Town, visitors: dict[str, Browser]) -> None:
    for who, path in (("curator", "/museum/series/new"), ("a person", "/account/close")):
        answer = visitors[who].client.post(path, data={"form_key": secrets.token_urlsafe(16)})
        assert answer.status_code == 400


def visit(browser: Browser, method: str, path: str) -> tuple[int, str]:
    """The status, and where it leads."""
    if method == "GET":
        answer = browser.client.get(path)
    else:
        page = browser.get("/complaints")
        token = TOKEN if TOKEN in page else 'action="/complaints'
        sent = {"form_key": secrets.token_urlsafe(16)}
        answer = browser.client.post(path, data=browser.fill(sent, which=token))
    return answer.status_code, answer.headers.get("Location", "")
