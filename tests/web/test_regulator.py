"""The regulator's and the operator's desks through HTTP."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import secrets

import pytest
from flask import Flask

from collectibles.domain.calendar import parse_period
from collectibles.errors import Refused
from collectibles.services.cases import open_case
from collectibles.services.complain import complain, look_up
from collectibles.services.decisions import Filters, find_decisions
from collectibles.services.offer_gift import offer_gift
from collectibles.services.report import make_report
from collectibles.web import regulator
from compliance.rule import Text
from tests.service import Service
from tests.services.buying import make_buyer, make_series, order, pay
from tests.web.shop_client import Browser
from tests.web.staff_client import error_of, press, staff_browser


@pytest.fixture(scope="module", autouse=True)
def holder(desk: Service) -> str:
    """Somebody who holds s-plain/1 and was refused a second one and a gift too soon."""
    make_series(desk)
    account = make_buyer(desk.ctx, 1)
    pay(desk, order(desk.ctx, account).order_id)
    desk.pump()
    for act in (
        lambda: order(desk.ctx, account),
        lambda: offer_gift(desk.ctx, account, "s-plain", 1, secrets.token_urlsafe(16)),
    ):
        with pytest.raises(Refused):
            act()
    return account


@pytest.fixture
def officer(desk_app: Flask) -> Browser:
    return staff_browser(desk_app, "officer-1")


def entries_on(browser: Browser) -> list[int]:
    return [int(found) for found in re.findall(r">#([0-9]+)</a>", browser.page)]


def test_decisions_are_found_by_every_filter(desk: Service, officer: Browser, holder: str) -> None:
    everything = [row.entry for row in find_decisions(desk.ctx, Filters())]
    officer.get("/regulator/decisions")
    assert entries_on(officer) == everything
    for asked, filters in (
        ("outcome=refused", Filters(outcome="refused")),
        ("kind=sale", Filters(kind="sale")),
        ("kind=sale&outcome=permitted", Filters(kind="sale", outcome="permitted")),
        ("code=person_limit", Filters(code="person_limit")),
        (f"account={holder}", Filters(account=holder)),
        ("series=s-plain&edition=1", Filters(series="s-plain", edition=1)),
        ("series=s-none", Filters(series="s-none")),
    ):
        officer.get(f"/regulator/decisions?{asked}")
        wanted = [row.entry for row in find_decisions(desk.ctx, filters)]
        assert entries_on(officer) == wanted
        assert len(wanted) < len(everything)
    officer.get("/regulator/decisions?since=2026-03-02&until=2026-03-02")
    assert entries_on(officer) == everything
    officer.get("/regulator/decisions?since=2026-03-03")
    assert "没有符合条件的决定" in officer.page
    officer.get("/regulator/decisions?edition=x")
    assert error_of(officer, "edition")


def test_pages_of_decisions_follow_a_cursor(
    desk: Service, officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = [row.entry for row in find_decisions(desk.ctx, Filters())]
    monkeypatch.setattr(regulator, "PAGE", 2)
    seen, address = [], "/regulator/decisions?outcome="
    while address:
        officer.get(address)
        seen += entries_on(officer)
        found = re.search(r'rel="next" href="([^"]+)"', officer.page)
        address = html.unescape(found[1]) if found else ""
    assert seen == everything


def test_a_decision_shows_what_every_rule_answered(desk: Service, officer: Browser) -> None:
    row = find_decisions(desk.ctx, Filters(outcome="refused", kind="gift"))[0]
    officer.get(f"/regulator/decisions/{row.entry}")
    assert officer.status == 200
    book = desk.ctx.ledger.rulebook()
    for rule in book.rules:
        assert f"{rule.code} v{rule.version}" in officer.page
    assert "180天" in officer.page  # a parameter as it was read
    assert "何时改变" in officer.page
    assert "first_holding" in officer.page
    officer.get(f"/regulator/decisions/{row.entry}?lang=en")
    assert "What every rule answered" in officer.page
    assert "our policy" in officer.page
    for other, status in (("0", 200), ("99999", 404), ("9" * 25, 404)):
        officer.get(f"/regulator/decisions/{other}")
        assert officer.status == status


def test_a_trail_has_everything_even_what_was_refused(
    desk: Service, officer: Browser, holder: str
) -> None:
    officer.get("/regulator/trail?collectible=s-plain/1")
    assert officer.path == "/regulator/trail/s-plain/1"
    for words in ("发布系列", "铸造", "发售", "赠送", "拒绝", holder, "¥199.00"):
        assert words in officer.page
    assert "None" not in officer.page
    for wrong, status in (("s-plain", 400), ("s-plain/99", 404), ("/", 400), ("x/1", 404)):
        officer.get(f"/regulator/trail?collectible={wrong}")
        assert officer.status == status


def test_a_freeze_takes_two_officers_and_the_page_says_so(
    desk: Service, desk_app: Flask, officer: Browser, holder: str
) -> None:
    officer.get("/regulator/restraints?action=freeze&scope=collectible&subject=s-plain/1")
    assert 'value="s-plain/1"' in officer.page
    sent = {
        "action": "freeze",
        "scope": "collectible",
        "subject": "s-plain/1",
        "document": "文监冻字〔2026〕9号",
        "authority": "某市文化执法支队",
        "basis": "协助调查",
        "until": "2026-02-01T00:00",
    }
    officer.send(sent, which='name="document"')
    assert officer.status == 422
    assert "在现在之后" in error_of(officer, "until")
    assert 'value="文监冻字〔2026〕9号"' in officer.page
    officer.send({**sent, "subject": "s-plain/99"}, which='name="document"')
    assert error_of(officer, "subject")
    officer.send({**sent, "until": "2026-05-01T00:00"}, which='name="document"')
    assert "等待另一位执法人员确认" in officer.page
    found = re.search(r'action="(/regulator/restraints/r-[0-9a-f]+/decline)"', officer.page)
    assert found
    confirm = found[1].replace("decline", "confirm")
    assert f'action="{confirm}"' not in officer.page
    decline = officer.fill(which=f'action="{found[1]}"')
    officer.post(confirm, decline)
    assert officer.status == 403
    second = staff_browser(desk_app, "officer-2")
    second.get("/regulator")
    assert "等待第二人确认" in second.page
    second.get("/regulator/restraints")
    press(second, confirm)
    assert "已生效" in second.page
    officer.get("/regulator/trail/s-plain/1")
    assert "文监冻字〔2026〕9号" in officer.page
    anybody = Browser(desk_app.test_client())
    anybody.get("/certificate/s-plain/1")
    assert "已冻结" in anybody.page
    assert "文监冻字" not in anybody.page


def test_page_csv_and_json_of_a_report_have_the_same_figures(
    desk: Service, officer: Browser
) -> None:
    made = make_report(desk.ctx, "2026-03", parse_period("2026-03"))
    officer.get("/regulator/report?period=2026-03")
    assert officer.status == 200
    figures = re.findall(r'class="num"><div>([^<]+)</div>', officer.page)
    groups = [made.decisions, made.findings, made.sales, made.money, made.entries]
    groups += [made.cases, made.complaints]
    wanted = []
    for group in groups:
        for row in group:
            wanted.append(f"{row['count']:,}")
            if "fen" in row:
                wanted.append(f"¥{row['fen'] / 100:.2f}")
    assert figures == wanted
    answer = officer.client.get("/regulator/report/2026-03.json")
    document = json.loads(answer.data)
    assert document["decisions"] == made.decisions
    assert document["sales"] == made.sales
    twice = [officer.client.get("/regulator/report/2026-03.csv") for _ in range(2)]
    assert twice[0].data == twice[1].data
    assert "attachment" in twice[0].headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(twice[0].data.decode("utf-8-sig"))))
    decided = {(r[1], r[2]): int(r[3]) for r in rows if r[0] == "decisions"}
    assert decided == {(r["kind"], r["outcome"]): r["count"] for r in made.decisions}
    for period, status in (("2026-Q1", 200), ("2026-13", 400), ("x", 400)):
        officer.get(f"/regulator/report/{period}.json")
        assert officer.status == status
    officer.get("/regulator/report?period=2026-Q5")
    assert error_of(officer, "period")


def test_cases_and_complaints_are_read_by_the_regulator_and_closed_by_the_operator(
    desk: Service, desk_app: Flask, officer: Browser
) -> None:
    made = complain(desk.ctx, "refusal", "想知道原因", "13800000001", "key")
    with desk.ctx.database.begin() as session:
        words = Text("支付通知无法对应", "A notice fits nothing")
        number = open_case(session, "demo", "unmatched_notice", words, desk.clock.now_ms())
    officer.get("/regulator")
    assert f">{made.number}</a>" in officer.page
    assert "想知道原因" not in officer.page
    officer.get(f"/regulator/complaints/{made.number}")
    assert "想知道原因" in officer.page
    assert "<form" not in officer.page.split("<main")[1].split("</main>")[0]
    officer.get(f"/regulator/cases/{number}")
    assert "支付通知无法对应" in officer.page
    operator = staff_browser(desk_app, "operator")
    for address, done in (
        (f"/operator/complaints/{made.number}", "已答复"),
        (f"/operator/cases/{number}", "已办结"),
    ):
        operator.get(address)
        operator.send({}, which='name="words"')
        assert operator.status == 422
        sent = operator.fill({"words": "已处理完毕"}, which='name="words"')
        for _ in range(2):
            operator.post(address, sent)
            assert done in operator.page
            assert operator.status == 200
        operator.post(address, {**sent, "words": "另一种说法"})
        assert operator.status == 422
    assert look_up(desk.ctx, made.number, made.secret).answer == "已处理完毕"
    for address in ("/operator/complaints/9", "/operator/cases/9", f"/operator/cases/{10**30}"):
        operator.get(address)
        assert operator.status == 404
    officer.get("/regulator/cases")
    assert "已办结" in officer.page
