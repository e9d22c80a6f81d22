"""The compliance report: every figure counted again from the entries, the same bytes each time."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from collectibles import cli
from collectibles.domain.calendar import parse_period
from collectibles.errors import Refused
from collectibles.services.complain import answer, complain
from collectibles.services.freeze import Restraint, ask_restraint, confirm_restraint
from collectibles.services.offer_gift import offer_gift
from collectibles.services.report import Report, as_csv, as_json, make_report
from collectibles.services.request_return import request_return
from tests.service import Service, make_service
from tests.services.buying import DAY, make_buyer, make_series, order, pay, rounds
from tests.services.curating import a_draft, reviewed


@pytest.fixture(scope="module")
def service(
    database_url: str, merchant_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with a story from March into April 2026."""
    folder = tmp_path_factory.mktemp("report")
    made = make_service(database_url, folder, merchant_keys)
    made.folder = folder  # type: ignore[attr-defined]
    _tell(made)
    yield made
    made.close()


def _tell(service: Service) -> None:
    from collectibles.services.publish_series import publish_series

    ctx = service.ctx
    make_series(service)
    make_series(service, "s-second", size=3)
    raw = reviewed(service, a_draft(service, derivation="raw_photo"))
    _refused(lambda: publish_series(ctx, "museum-1", raw))
    one, two = make_buyer(ctx, 1), make_buyer(ctx, 2)
    for buyer in (one, two):
        for series in ("s-plain", "s-second"):
            pay(service, order(ctx, buyer, series).order_id)
            service.pump()
    _refused(lambda: order(ctx, one))  # one per person and series
    foreign = order(ctx, make_buyer(ctx, 3))
    pay(service, foreign.order_id, currency="USD")
    rounds(service)
    request_return(ctx, two, "s-plain", 2, secrets.token_urlsafe(16))
    rounds(service)
    _refused(lambda: offer_gift(ctx, one, "s-plain", 1, secrets.token_urlsafe(16)))
    _freeze(service, "=cmd|' /C calc'!A1")
    complain(ctx, "service", "演示", "演示", "first")
    service.clock.advance_ms(31 * DAY)
    pay(service, order(ctx, make_buyer(ctx, 4), make_series(service, "s-april")).order_id)
    service.pump()
    answer(ctx, 1001, "已处理")


def _refused(act: Any) -> None:
    with pytest.raises(Refused):
        act()


def _freeze(service: Service, document: str) -> None:
    ctx, staff = service.ctx, service.staff
    wanted = Restraint("freeze", "collectible", "s-plain/1", document, "+机关", "@依据", None)
    asked = ask_restraint(ctx, "regulator-1", staff["officer-1"], wanted, secrets.token_urlsafe(16))
    confirm_restraint(ctx, "regulator-1", staff["officer-2"], asked)


def report(service: Service, name: str) -> Report:
    return make_report(service.ctx, name, parse_period(name))


def recount(service: Service, name: str) -> dict[str, Any]:
    """The same figures from nothing but the entries, counted one by one."""
    period, size = parse_period(name), service.ctx.ledger.read.size()
    entries = list(enumerate(service.ctx.ledger.read.entries(0, size)))
    within = [(i, e) for i, e in entries if period.start_at <= e["at"] < period.end_at]
    decisions: Counter[tuple[str, str]] = Counter()
    findings: Counter[tuple[str, str, str]] = Counter()
    sold: Counter[str] = Counter()
    money: Counter[str] = Counter()
    for _, entry in within:
        kind, act, outcome = entry["kind"], entry["act"], "permitted"
        if kind in ("refusal", "hold"):
            outcome = {"refusal": "refused", "hold": "held"}[kind]
            kind, act = act["kind"], act["act"]
        if "dec" in entry:
            decisions[kind, outcome] += 1
            for finding in entry["dec"]["f"]:
                findings[finding[0], kind, outcome] += 1
        if outcome != "permitted":
            continue
        if kind == "sale":
            sold[act["series"]] += act["consideration"]
        elif kind == "return":
            money["return"] += act["amount"]
        elif kind == "refund":
            money[f"refund_{act['step']}"] += act["amount"]
    return {
        "first": within[0][0],
        "last": within[-1][0],
        "decisions": dict(decisions),
        "findings": dict(findings),
        "entries": dict(Counter(entry["kind"] for _, entry in within)),
        "sold": dict(sold),
        "money": dict(money),
        "measures": [i for i, entry in within if entry["kind"] == "restraint"],
    }


@pytest.mark.parametrize("name", ["2026-03", "2026-04", "2026-Q1", "2026-Q2"])
def test_every_figure_is_counted_again_from_the_entries(service: Service, name: str) -> None:
    made, counted = report(service, name), recount(service, name)
    assert (made.first, made.last) == (counted["first"], counted["last"])
    assert {(r["kind"], r["outcome"]): r["count"] for r in made.decisions} == counted["decisions"]
    assert {(r["code"], r["kind"], r["outcome"]): r["count"] for r in made.findings} == counted[
        "findings"
    ]
    assert {r["kind"]: r["count"] for r in made.entries} == counted["entries"]
    assert {r["series"]: r["fen"] for r in made.sales} == counted["sold"]
    assert {r["item"]: r["fen"] for r in made.money} == counted["money"]
    assert [r["entry"] for r in made.measures] == counted["measures"]
    assert made.total == sum(counted["entries"].values())
    assert made.decided == sum(counted["decisions"].values())


def test_the_story_is_in_it(service: Service) -> None:
    made = report(service, "2026-03")
    outcomes = {(r["kind"], r["outcome"]) for r in made.decisions}
    assert {("sale", "permitted"), ("sale", "refused"), ("gift", "refused")} <= outcomes
    assert {("series", "refused"), ("return", "permitted")} <= outcomes
    codes = {r["code"] for r in made.findings}
    assert {"no_raw_relic", "currency_cny", "person_limit", "first_holding"} <= codes
    assert {r["item"] for r in made.money} >= {"return", "refund_done"}
    assert made.complaints == [{"what": "made", "count": 1}]
    assert report(service, "2026-04").complaints == [
        {"what": "answered", "count": 1},
        {"what": "answered_late", "count": 1},
    ]


def test_a_quarter_is_the_sum_of_its_months(service: Service) -> None:
    march, quarter = report(service, "2026-03"), report(service, "2026-Q1")
    assert (quarter.decisions, quarter.entries) == (march.decisions, march.entries)
    assert report(service, "2025-12").total == 0
    assert report(service, "2025-12").checkpoint == ""


def test_page_csv_and_json_say_the_same_twice(service: Service) -> None:
    made, again = report(service, "2026-03"), report(service, "2026-03")
    assert as_json(made) == as_json(again)
    assert as_csv(made) == as_csv(again)
    assert json.loads(as_json(made)) == asdict(made)
    rows = list(csv.reader(io.StringIO(as_csv(made).removeprefix("\ufeff"))))
    cells = {(section, item, detail): figure for section, item, detail, figure in rows[1:]}
    for row in made.decisions:
        assert cells["decisions", row["kind"], row["outcome"]] == str(row["count"])
    for row in made.sales:
        assert cells["sales", row["series"], "fen"] == str(row["fen"])
    for row in made.entries:
        assert cells["entries", row["kind"], ""] == str(row["count"])
    assert cells["report", "start", ""] == "2026-03-01T00:00:00+08:00"
    assert len(rows) == len(set(map(tuple, rows)))


def test_a_spreadsheet_takes_nothing_for_a_formula(service: Service) -> None:
    made = report(service, "2026-03")
    assert made.measures[0]["act"]["document"].startswith("=cmd")
    hostile = replace(made, origin="=1+1", period="@x")
    for text in (as_csv(made), as_csv(hostile)):
        for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
            assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for cell in row), row
    assert "'=1+1" in as_csv(hostile)


def test_a_period_that_is_over_stays_the_same_whatever_comes_later(service: Service) -> None:
    before = as_json(report(service, "2026-03")), as_csv(report(service, "2026-03"))
    _freeze(service, "四月的文书")
    complain(service.ctx, "other", "演示", "演示", "second")
    assert (as_json(report(service, "2026-03")), as_csv(report(service, "2026-03"))) == before


def test_the_command_line_prints_the_same_bytes(
    service: Service,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("VAR_DIR", str(service.folder))  # type: ignore[attr-defined]
    made = report(service, "2026-03")
    for form, text in (("json", as_json(made)), ("csv", as_csv(made))):
        assert cli.main(["report", "2026-03", "--format", form]) == 0
        assert capsys.readouterr().out == text
    assert cli.main(["report", "2026-13"]) == 2
    assert "2026-Q1" in capsys.readouterr().err
