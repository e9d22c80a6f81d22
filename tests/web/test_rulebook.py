"""The rulebook's pages and file: everything about every rule, for anybody, in both languages."""

from __future__ import annotations

import html
import json
from hashlib import sha256

import pytest
from flask import Flask

from collectibles.followers.following import catch_up
from collectibles.services import ask_what_if
from collectibles.services.announce_rulebook import announce_rulebook
from collectibles.services.rule_findings import rule_findings
from compliance import rulebook
from compliance.calendar import DAY_MS
from compliance.rendering import CLASS_NAMES, source_at
from compliance.rule import Text
from tests.service import Service
from tests.services.buying import make_buyer, make_series, order, pay, rounds
from tests.web.shop_client import Browser
from tests.web.staff_client import error_of, staff_browser


@pytest.fixture(scope="module")
def sold(desk: Service) -> Service:
    """A series on sale, one edition sold, a second one refused to the same person or held."""
    make_series(desk)
    buyer = make_buyer(desk.ctx, 1)
    placed = order(desk.ctx, buyer)
    pay(desk, placed.order_id)
    rounds(desk)
    return desk


@pytest.fixture
def anybody(desk_app: Flask) -> Browser:
    return Browser(desk_app.test_client())


@pytest.fixture
def officer(desk_app: Flask) -> Browser:
    return staff_browser(desk_app, "officer-1")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_index_names_every_rule_with_its_class_of_source(
    sold: Service, anybody: Browser, language: str
) -> None:
    anybody.get(f"/rules?lang={language}")
    assert anybody.status == 200
    book, now = sold.ctx.ledger.rulebook(), sold.clock.now_ms()
    assert book.digest in anybody.page
    rows = html.unescape(anybody.page).split('<li class="rule-row">')
    for rule in book.rules:
        said = getattr(rule.title, language)
        row = next(row for row in rows if f'/rules/{rule.code}"' in row)
        assert said in row
        assert getattr(CLASS_NAMES[source_at(rule, book, now)], language) in row


def test_no_place_of_a_figure_is_left_on_a_page(sold: Service, anybody: Browser) -> None:
    for path in ("/rules", "/rules/no_profit_resale", "/rules/first_holding"):
        for language in ("zh", "en"):
            anybody.get(f"{path}?lang={language}")
            assert "{" not in anybody.page.split("<main")[1].split("</main>")[0]


def test_the_index_by_class(sold: Service, anybody: Browser) -> None:
    anybody.get("/rules?class=policy")
    assert "/rules/first_holding" in anybody.page
    assert "/rules/real_name" not in anybody.page
    assert anybody.get("/rules?class=nothing")
    assert anybody.status == 200


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_rule_has_a_page_with_its_reasons_values_texts_and_cases(
    sold: Service, anybody: Browser, language: str
) -> None:
    book = sold.ctx.ledger.rulebook()
    for code in {rule.code for rule in book.rules}:
        anybody.get(f"/rules/{code}?lang={language}")
        assert anybody.status == 200, code
        rule = book.rule(code, sold.clock.now_ms())
        for name in rule.reads:
            assert name in anybody.page
            for value in rulebook.parameters()[name].values:
                assert value.since.isoformat() in anybody.page
        for cite in rule.cites:
            text = rulebook.register()[cite.instrument]
            assert text.since.isoformat() in anybody.page
        assert anybody.page.count('data-label="') >= 9  # three cases at least


def test_a_text_that_was_repealed_is_shown_with_its_days(sold: Service, anybody: Browser) -> None:
    ended = [text for text in rulebook.register().values() if text.until]
    cited = {cite.instrument: rule.code for rule in sold.ctx.ledger.rulebook().rules
             for cite in rule.cites}  # fmt: skip
    shown = 0
    for text in ended:
        if text.id in cited:
            anybody.get(f"/rules/{cited[text.id]}")
            assert str(text.until) in anybody.page
            shown += 1
    assert shown or not ended


def test_what_is_not_a_rule(anybody: Browser) -> None:
    for path in ("/rules/nothing", "/rules/books/x.json", f"/rules/books/{'0' * 64}.json"):
        anybody.get(path)
        assert anybody.status == 404, path


def test_findings_are_counted_once(sold: Service, anybody: Browser) -> None:
    ctx = sold.ctx
    read = ctx.ledger.read
    catch_up(ctx.database, read)
    expected: dict[str, int] = {}
    for entry in read.entries(0, read.size()):
        for code, *_ in entry.get("dec", {"f": []})["f"] if entry["kind"] != "ruling" else ():
            expected[code] = expected.get(code, 0) + 1
    catch_up(ctx.database, read)
    assert {code: fired.times for code, fired in rule_findings(ctx).items()} == expected


def test_the_file_carries_the_manifest_its_digest_is_of(sold: Service, anybody: Browser) -> None:
    first = anybody.client.get("/rules.json")
    made = json.loads(first.data)
    book = sold.ctx.ledger.rulebook()
    manifest = json.dumps(made["manifest"], sort_keys=True, separators=(",", ":")).encode("ascii")
    assert sha256(manifest).hexdigest() == made["digest"] == book.digest
    assert [rule["code"] for rule in made["rules"]] == [rule.code for rule in book.rules]
    again = anybody.client.get("/rules.json")
    assert again.data == first.data
    tag = first.headers["ETag"]
    assert anybody.client.get("/rules.json", headers={"If-None-Match": tag}).status_code == 304
    named = anybody.client.get(f"/rules/books/{book.digest}.json")
    assert named.data == first.data


def test_only_the_regulator_asks_what_if(anybody: Browser, desk_app: Flask) -> None:
    anybody.get("/regulator/what-if")
    assert "/sign-in" in anybody.path
    operator = staff_browser(desk_app, "operator")
    operator.get("/regulator/what-if")
    assert operator.status == 403


def test_what_if_a_limit_were_other(sold: Service, officer: Browser) -> None:
    officer.get("/regulator/what-if?lang=en")
    assert officer.status == 200
    assert "Consequences are not followed" in officer.page
    asked = "parameter=limit.per_series&value=0&since=&until="
    officer.get(f"/regulator/what-if?{asked}&lang=en")
    assert officer.status == 200
    assert "--set limit.per_series=0" in officer.page
    sales = [e for e in sold.ctx.ledger.read.entries(0, 10**6) if e["kind"] == "sale"]
    person = sold.ctx.ledger.read.value(f"account/{sales[0]['act']['account']}")["person"]
    assert person in officer.page
    assert "/rules/person_limit" in officer.page
    officer.get("/regulator/what-if?parameter=limit.per_series&value=0&since=2030-01-01&until=")
    assert "Nothing would have come out otherwise." in officer.page


def test_what_if_a_rule_were_off(officer: Browser, sold: Service) -> None:
    officer.get("/regulator/what-if?rule=person_limit&switch=off&since=&until=&lang=en")
    assert officer.status == 200
    assert "--off person_limit" in officer.page


def test_a_long_ledger_is_for_the_command_line(
    officer: Browser, sold: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask_what_if, "MOST_ENTRIES", 3)
    officer.get("/regulator/what-if?rule=person_limit&switch=off&since=2026-03-01&until=&lang=en")
    assert officer.status == 422
    command = "collectibles rules what-if --off person_limit --from 2026-03-01"
    assert command in officer.page


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("since=&until=", "parameter"),
        ("parameter=limit.per_series&since=", "value"),
        ("parameter=limit.per_series&value=many&since=", "value"),
        ("rule=adult&since=", "switch"),
        ("rule=nothing&switch=off&since=", "rule"),
        ("rule=first_holding&switch=on&day=1990-01-01&since=", "rule"),
        ("parameter=limit.per_series&value=1&since=soon", "since"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(
    sold: Service, officer: Browser, asked: str, field: str
) -> None:
    officer.get(f"/regulator/what-if?{asked}")
    assert officer.status == 422
    assert error_of(officer, field)


def test_a_coming_change_is_told_on_every_page(sold: Service, desk_app: Flask) -> None:
    """Last in this module: it changes what the pages say."""
    browser = Browser(desk_app.test_client())
    browser.get("/rules/changes")
    assert browser.status == 200
    assert sold.ctx.ledger.rulebook().digest in browser.page
    ctx = sold.ctx
    ctx.settings.choices["resale.mode"].append(("2027-01-01", "forbidden"))  # type: ignore[union-attr,index]
    at = sold.clock.now_ms() + 8 * DAY_MS
    announce_rulebook(ctx, at, Text("明年起不再开放转让。", "No resale from next year on."))
    sold.clock.advance_ms(60_000)
    for path in ("/", "/about", "/rules", "/rules/changes"):
        browser.get(f"{path}?lang=en")
        assert "No resale from next year on." in browser.page, path
    newest = rulebook.load(ctx.settings.choices).digest
    assert newest in browser.page
    assert "2027-01-01" in browser.page
    assert browser.client.get(f"/rules/books/{newest}.json").status_code == 200
    sold.clock.advance_ms(9 * DAY_MS)
    browser.get("/about")
    assert "No resale from next year on." not in browser.page
