"""Who may do what: every address of these desks for every kind of visitor, from a reviewed table.

An address that is not in the table fails the test, and so does one that is there no more.

    +  the page or the act itself (which may then find the form incomplete, or the state unfit)
    S  led to sign in        F  forbidden        N  not found: another museum's, as if it were not
"""

from __future__ import annotations

import secrets
from types import ModuleType

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from collectibles.services.cases import open_case
from collectibles.services.complain import complain
from collectibles.services.draft_series import draft_series, submit_draft
from collectibles.services.freeze import Restraint, ask_restraint
from collectibles.web import (
    health,
    ledger_tiles,
    museum,
    operator,
    public,
    regulator,
    rulebook,
    rulebook_what_if,
)
from collectibles.web.factory import create_app
from compliance.rule import Text
from tests.service import Service
from tests.services.buying import make_buyer
from tests.services.curating import MUSEUM, a_draft, published
from tests.web.shop_client import Browser
from tests.web.staff_client import account_browser, staff_browser

MODULES: tuple[ModuleType, ...] = (
    public,
    rulebook,
    museum,
    regulator,
    rulebook_what_if,
    operator,
    ledger_tiles,
    health,
)
VISITORS = ("nobody", "account", "curator", "curator-2", "reviewer", "officer-2", "operator")

# endpoint and method: what nobody, an account, the museum's curator, another museum's curator, the
# museum's reviewer, an officer and the operator get.
TABLE = """
public.home              GET   + + + + + + +
public.picture           GET   + + + + + + +
public.certificate       GET   + + + + + + +
public.certificate_file  GET   + + + + + + +
public.verify            GET   + + + + + + +
public.about             GET   + + + + + + +
public.terms             GET   + + + + + + +
public.privacy           GET   + + + + + + +
public.complaint         GET   + + + + + + +
public.complaint         POST  + + + + + + +
public.complaint_state   POST  + + + + + + +

rulebook.index           GET   + + + + + + +
rulebook.rule            GET   + + + + + + +
rulebook.file            GET   + + + + + + +
rulebook.book_file       GET   + + + + + + +
rulebook.changes         GET   + + + + + + +

museum.home              GET   S S + + + F F
museum.series_list       GET   S S + + + F F
museum.objects           GET   S S + + + F F
museum.objects           POST  S S + + F F F
museum.pictures          GET   S S + + + F F
museum.pictures          POST  S S + + F F F
museum.new_series        GET   S S + + F F F
museum.new_series        POST  S S + + F F F
museum.edit_series       GET   S S + N F F F
museum.edit_series       POST  S S + N F F F
museum.series            GET   S S + N + F F
museum.submit            POST  S S + N F F F
museum.approve_series    POST  S S F F + F F
museum.return_series     POST  S S F F + F F
museum.publish           POST  S S F F + F F
museum.mint_series       POST  S S F F + F F

regulator.home           GET   S S F F F + F
regulator.decisions      GET   S S F F F + F
regulator.decision       GET   S S F F F + F
regulator.find_trail     GET   S S F F F + F
regulator.trail          GET   S S F F F + F
regulator.restraints     GET   S S F F F + F
regulator.restraints     POST  S S F F F + F
regulator.confirm        POST  S S F F F + F
regulator.decline        POST  S S F F F + F
regulator.report         GET   S S F F F + F
regulator.report_file    GET   S S F F F + F
regulator.cases          GET   S S F F F + F
regulator.case           GET   S S F F F + F
regulator.complaint      GET   S S F F F + F

what_if.ask              GET   S S F F F + F

operator.home            GET   S S F F F F +
operator.cases           GET   S S F F F F +
operator.case            GET   S S F F F F +
operator.case            POST  S S F F F F +
operator.affiliations    GET   S S F F F F +
operator.affiliations    POST  S S F F F F +
operator.museum          GET   S S F F F F +
operator.museum          POST  S S F F F F +
operator.complaints      GET   S S F F F F +
operator.complaint       GET   S S F F F F +
operator.complaint       POST  S S F F F F +

ledger_tiles.checkpoint  GET   + + + + + + +
ledger_tiles.tile        GET   F F + + + + +
ledger_tiles.inclusion   GET   + + + + + + +
ledger_tiles.consistency GET   + + + + + + +

health.alive             GET   + + + + + + +
health.ready             GET   + + + + + + +
health.metrics           GET   + + + + + + +
"""
ROWS = {
    (endpoint, method): dict(zip(VISITORS, answers, strict=True))
    for endpoint, method, *answers in (line.split() for line in TABLE.split("\n") if line)
}


@pytest.fixture(scope="module")
def app(desk: Service) -> Flask:
    """The application without the token of forms: who may come in is what is asked here."""
    made = create_app(desk.ctx)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture(scope="module")
def browsers(desk: Service, app: Flask) -> dict[str, Browser]:
    made = {login: staff_browser(app, login) for login in VISITORS[2:]}
    made["nobody"] = Browser(app.test_client())
    made["account"] = account_browser(app, make_buyer(desk.ctx, 1))
    return made


@pytest.fixture(scope="module")
def addresses(desk: Service) -> dict[str, str]:
    """An address for each endpoint that needs more than its name: of museum-1's own things."""
    ctx, staff = desk.ctx, desk.staff
    shown = published(desk, 2)
    picture = ctx.ledger.read.value(f"series/{shown}")["picture"]
    key = secrets.token_urlsafe(16)
    draft = draft_series(ctx, MUSEUM, staff["curator"], a_draft(desk), key)
    waiting = draft_series(ctx, MUSEUM, staff["curator"], a_draft(desk, price=1), f"{key}2")
    submit_draft(ctx, MUSEUM, waiting)
    wanted = Restraint("freeze", "series", shown, "文1", "机关", "依据", None)
    request = ask_restraint(ctx, "regulator-1", staff["officer-1"], wanted, key)
    complaint = complain(ctx, "other", "演示", "演示", key).number
    with ctx.database.begin() as session:
        case = open_case(session, key, "order", Text("演示", "demo"), ctx.clock.now_ms())
    return {
        "public.picture": f"/pictures/{picture}/320.webp",
        "public.certificate": f"/certificate/{shown}/1",
        "public.certificate_file": f"/certificate/{shown}/1.json",
        "rulebook.rule": "/rules/adult",
        "rulebook.book_file": f"/rules/books/{ctx.ledger.rulebook().digest}.json",
        "museum.edit_series": f"/museum/series/{draft}/edit",
        "museum.series": f"/museum/series/{waiting}",
        "museum.submit": f"/museum/series/{waiting}/submit",
        "museum.approve_series": f"/museum/series/{waiting}/approve",
        "museum.return_series": f"/museum/series/{waiting}/send-back",
        "museum.publish": f"/museum/series/{waiting}/publish",
        "museum.mint_series": f"/museum/series/{waiting}/mint",
        "regulator.decision": "/regulator/decisions/1",
        "regulator.find_trail": f"/regulator/trail?collectible={shown}/1",
        "regulator.trail": f"/regulator/trail/{shown}/1",
        "regulator.confirm": f"/regulator/restraints/{request}/confirm",
        "regulator.decline": f"/regulator/restraints/{request}/decline",
        "regulator.report_file": "/regulator/report/2026-03.json",
        "regulator.case": f"/regulator/cases/{case}",
        "regulator.complaint": f"/regulator/complaints/{complaint}",
        "operator.case": f"/operator/cases/{case}",
        "operator.museum": "/operator/museums/museum-1",
        "operator.complaint": f"/operator/complaints/{complaint}",
        "ledger_tiles.tile": "/ledger/tile/entries/000.p/5",
        "ledger_tiles.inclusion": "/ledger/proof/inclusion?index=0",
        "ledger_tiles.consistency": "/ledger/proof/consistency?first=1&second=2",
    }


def letter(answer: TestResponse) -> str:
    if answer.status_code == 303 and "/sign-in" in answer.headers["Location"]:
        return "S"
    known = {401: "S", 403: "F", 404: "N"}
    assert answer.status_code < 500, answer.status_code
    return known.get(answer.status_code, "+")


def test_every_address_is_in_the_table(app: Flask) -> None:
    names = {module.blueprint.name for module in MODULES}
    there = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in names
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == set(ROWS)


@pytest.mark.parametrize(("endpoint", "method"), list(ROWS))
def test_everybody_gets_what_the_table_says(
    app: Flask,
    browsers: dict[str, Browser],
    addresses: dict[str, str],
    endpoint: str,
    method: str,
) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
    address = addresses.get(endpoint) or rules[0].rule
    assert "<" not in address, f"{endpoint} needs an address"
    got = {}
    for visitor in VISITORS:
        answer = browsers[visitor].client.open(address, method=method, buffered=True)
        got[visitor] = letter(answer)
        if got[visitor] in "SFN":
            assert "Set-Cookie" not in answer.headers or "diancang=" not in str(answer.headers)
    assert got == ROWS[endpoint, method]
