"""Who may open what: every route of the application, asked by everybody there is.

A route that is not in the table fails, so nothing is added without saying for whom it is.
"""

from __future__ import annotations

import secrets
from typing import Final

import pytest

from tests.end_to_end.story import Seen
from tests.end_to_end.town import TOKEN, Town
from tests.web.shop_client import Browser

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
    "health.alive": "public",
    "health.metrics": "public",
    "health.ready": "public",
    "ledger_tiles.checkpoint": "public",
    "ledger_tiles.consistency": "public",
    "ledger_tiles.inclusion": "public",
    "ledger_tiles.tile": "public",
    "museum.approve_series": "museum:reviewer",
    "museum.edit_series": "museum:curator",
    "museum.home": "museum",
    "museum.mint_series": "museum:reviewer",
    "museum.new_series": "museum:curator",
    "museum.objects": "museum museum:curator",
    "museum.pictures": "museum museum:curator",
    "museum.publish": "museum:reviewer",
    "museum.return_series": "museum:reviewer",
    "museum.series": "museum",
    "museum.series_list": "museum",
    "museum.submit": "museum:curator",
    "notices.notice": "provider",
    "operator.case": "operator",
    "operator.cases": "operator",
    "operator.complaint": "operator",
    "operator.complaints": "operator",
    "operator.home": "operator",
    "passing.gift": "public",
    "passing.give": "account",
    "passing.home": "account",
    "passing.pass_on": "account",
    "passing.refuse": "public",
    "passing.resale": "account",
    "passing.withdraw": "account",
    "passing.withdraw_offer": "account",
    "public.about": "public",
    "public.certificate": "public",
    "public.certificate_file": "public",
    "public.complaint": "public",
    "public.complaint_state": "public",
    "public.home": "public",
    "public.picture": "public",
    "public.privacy": "public",
    "public.rules": "public",
    "public.terms": "public",
    "public.verify": "public",
    "refunds.refunds": "museum",
    "regulator.case": "regulator",
    "regulator.cases": "regulator",
    "regulator.complaint": "regulator",
    "regulator.confirm": "regulator",
    "regulator.decision": "regulator",
    "regulator.decisions": "regulator",
    "regulator.decline": "regulator",
    "regulator.find_trail": "regulator",
    "regulator.home": "regulator",
    "regulator.report": "regulator",
    "regulator.report_file": "regulator",
    "regulator.restraints": "regulator",
    "regulator.trail": "regulator",
    "shop.catalogue": "public",
    "shop.collectible": "account",
    "shop.collection": "account",
    "shop.give_back": "account",
    "shop.order": "account",
    "shop.orders": "account",
    "shop.pay": "account",
    "shop.series": "public account",
}
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
    values = {
        "amount": 1, "digest": "0" * 64, "edition": 1, "form": "csv", "identifier": "f-none",
        "index": 0, "number": 1, "offer": "t-none", "order": "o-none", "period": "2026-03",
        "rail": "none", "rest": "0/000", "secret": "none", "series": series, "width": 320,
    }  # fmt: skip
    found = []
    with town.app.test_request_context():
        for rule in town.app.url_map.iter_rules():
            if rule.endpoint == "static":
                continue
            path = town.app.url_for(
                rule.endpoint, **{name: values[name] for name in rule.arguments}
            )
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}):
                found.append((rule.endpoint, method, path))
    return found


def test_every_route_says_for_whom_it_is(town: Town) -> None:
    endpoints = {rule.endpoint for rule in town.app.url_map.iter_rules()} - {"static"}
    assert endpoints == set(FOR)


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


def test_a_museum_sees_nothing_of_another(town: Town, seen: Seen) -> None:
    other = town.staff("curator-2")
    for path in (f"/museum/series/{seen.series}", f"/museum/series/{seen.series}/edit"):
        assert visit(other, "GET", path)[0] == 404
    assert visit(other, "POST", f"/museum/series/{seen.series}/submit")[0] == 404
    reviewer = town.staff("reviewer-2")
    for step in ("approve", "publish", "mint", "send-back"):
        assert visit(reviewer, "POST", f"/museum/series/{seen.series}/{step}")[0] in (404, 422)
    assert seen.series not in other.get("/museum/series")


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
