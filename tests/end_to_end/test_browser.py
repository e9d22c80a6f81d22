"""The main job in a real browser without JavaScript, against the processes as they really run: a
museum and a regulator at a desk, a buyer with a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, sync_playwright

from collectibles.domain.calendar import say_time
from tests.end_to_end.sources import RECORDS, Source
from tests.running import Running
from tests.service import PASSWORD
from tests.services.buying import DAY, HOUR

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def running(
    database_url: str, merchant_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with Running(database_url, tmp_path_factory.mktemp("running"), merchant_keys) as started:
        yield started


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def at(
    chromium: Browser, running: Running, size: dict[str, int], dark: bool = False
) -> Iterator[Page]:
    """A page of a browser of its own, which runs no script and asks for Chinese."""
    context = chromium.new_context(
        viewport=size,  # type: ignore[arg-type]
        java_script_enabled=False,
        locale="zh-CN",
        base_url=running.url,
        color_scheme="dark" if dark else "light",
        is_mobile=size is PHONE,
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("response", lambda got: problems.append(got.url) if got.status >= 500 else None)
    page.on("requestfailed", lambda failed: problems.extend(_failure(failed)))
    yield page
    context.close()
    assert problems == []


def _failure(failed: Request) -> list[str]:
    """What went wrong with a request; nothing, if the browser itself broke it off to go on."""
    aborted = failed.failure == "net::ERR_ABORTED"
    return [] if aborted else [f"{failed.url}: {failed.failure}"]


def moment(milliseconds: int) -> str:
    """A time in Beijing as a form takes it."""
    found = re.match(r"(\d+)年(\d+)月(\d+)日 *(\d+):(\d+)", say_time(milliseconds, "zh"))
    assert found, say_time(milliseconds, "zh")
    year, month, day, hour, minute = map(int, found.groups())
    return f"{year}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}"


def staff(page: Page, login: str) -> None:
    page.goto("/staff/sign-in")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    go(page, page.get_by_role("button", name="登录"))
    assert "sign-in" not in page.url


def press(page: Page, name: str) -> None:
    """Press the button, in the main part of the page, that is called so."""
    go(page, page.locator("main").get_by_role("button", name=name, exact=True))


def go(page: Page, link: Locator) -> None:
    """Follow a link or press a button, and be at the whole page it leads to."""
    with page.expect_navigation(wait_until="load"):
        link.click()


def shown(page: Page) -> str:
    """The page once it is all there."""
    page.wait_for_load_state()
    page.locator("footer").last.wait_for()
    return page.content()


def nothing_sticks_out(page: Page) -> None:
    """Nobody has to scroll sideways."""
    page.wait_for_load_state()
    wide = page.locator("html").evaluate("e => e.scrollWidth")
    assert wide <= page.viewport_size["width"], (page.url, wide)  # type: ignore[index]


def the_museum_issues(chromium: Browser, running: Running, given: Source, folder: Path) -> str:
    now = running.ctx.clock.now_ms()
    (folder / "catalogue.csv").write_bytes(given.catalogue)
    (folder / "picture").write_bytes(given.pictures[0])
    with at(chromium, running, DESK) as page:
        staff(page, "curator")
        page.goto("/museum/objects")
        page.locator('input[type="file"]').set_input_files(folder / "catalogue.csv")
        press(page, "导入")
        assert f"新增{RECORDS}件" in shown(page)
        page.goto("/museum/pictures")
        page.locator('input[type="file"]').set_input_files(folder / "picture")
        page.locator('input[name="number"]').fill(given.free)
        go(page, page.locator('form:has(input[type="file"]) button'))
        assert "图片已保存" in shown(page)
        page.goto("/museum/series/new")
        for name, words in {
            "number": given.free,
            "title_zh": "溪山新绘",
            "title_en": "Streams and Hills, Drawn Anew",
            "adaptor": "馆内设计组",
            "creative_statement": "以原作的构图为本，重新勾线、重新设色，只留山与水。",
            "right_holder": "甲博物馆",
            "licence_reference": "授权-2026-1",
            "edition_size": "3",
            "price": "199.00",
            "licence_starts_at": moment(now - 30 * DAY),
            "opens_at": moment(now - HOUR),
            "closes_at": moment(now + 20 * DAY),
        }.items():
            page.locator(f'[name="{name}"]').fill(words)
        page.locator('input[name="picture"]').first.check(force=True)
        page.locator('input[name="derivation"][value="creative_rework"]').check(force=True)
        page.locator('input[name="ai"][value="none"]').check(force=True)
        page.locator('select[name="underlying"]').select_option("creative_work")
        page.locator('[name="price_statement"]').fill("按设计与制作成本定价")
        page.locator('select[name="offered_terms"]').select_option("all_rights_reserved")
        for name in ("licence_rights", "grants"):
            for box in page.locator(f'input[name="{name}"]').all()[:3]:
                box.check(force=True)
        go(page, page.locator('form:has([name="title_zh"]) button[type="submit"]'))
        series = urlsplit(page.url).path.rpartition("/")[2]
        assert series.startswith("s-"), page.locator("main").inner_text()
        nothing_sticks_out(page)
        press(page, "送审")
    with at(chromium, running, DESK, dark=True) as page:
        staff(page, "reviewer")
        page.goto(f"/museum/series/{series}")
        for box in page.locator('input[name="checks"]').all():
            box.check(force=True)
        press(page, "审核通过")
        press(page, "发布上链")
        page.locator('input[name="sure"]').check(force=True)
        press(page, "铸造")
        assert "已铸造3份" in shown(page)
    return series


def sign_in_and_be_verified(page: Page, phone: str) -> None:
    """From the page of a series: to sign in, to be verified, and back."""
    go(page, page.get_by_role("link", name="登录后购买"))
    page.get_by_label("手机号").fill(phone)
    page.locator('input[name="agree"]').check()
    press(page, "获取验证码")
    page.locator('input[name="code"]').fill(page.locator("main strong.num").last.inner_text())
    go(page, page.locator('form:has(input[name="code"]) button[type="submit"]'))
    go(page, page.get_by_role("link", name="去核验实名"))
    page.locator('input[name="name"]').fill("测试甲")
    number = page.locator("main strong.num").last.inner_text()
    page.locator('input[name="document_number"]').fill(number)
    page.locator('input[name="consent"]').check()
    nothing_sticks_out(page)
    go(page, page.locator('form:has(input[name="consent"]) button[type="submit"]'))


def a_buyer_buys(chromium: Browser, running: Running, series: str) -> None:
    with at(chromium, running, PHONE) as page:
        page.goto("/")
        nothing_sticks_out(page)
        go(page, page.locator(f'a[href="/series/{series}"]').first)
        sign_in_and_be_verified(page, "13800000021")
        assert urlsplit(page.url).path == f"/series/{series}"
        nothing_sticks_out(page)
        page.locator('input[name="risk"]').check()
        press(page, "提交订单")
        nothing_sticks_out(page)
        order = urlsplit(page.url).path
        go(page, page.get_by_role("link", name="去付款"))
        assert page.url.startswith(running.sandbox_url)
        nothing_sticks_out(page)
        go(page, page.locator('button[value="debit_card"]'))
        running.until(lambda: "藏品已入藏" in _reload(page, order), "the order is settled")
        go(page, page.get_by_role("link", name="查看藏品"))
        assert urlsplit(page.url).path == f"/collection/{series}/1"
        assert "¥199.00" in shown(page)
        nothing_sticks_out(page)
        page.goto(f"/certificate/{series}/1?lang=en")
        assert "demonstration" in shown(page).lower()
        nothing_sticks_out(page)


def _reload(page: Page, path: str) -> str:
    page.goto(path)
    return shown(page)


def the_regulator_looks(chromium: Browser, running: Running, series: str) -> None:
    with at(chromium, running, DESK) as page:
        staff(page, "officer-1")
        page.goto(f"/regulator/decisions?series={series}")
        go(page, page.locator('a[href^="/regulator/decisions/"]').first)
        assert "准许" in shown(page)
        page.goto(f"/regulator/trail/{series}/1")
        nothing_sticks_out(page)


def test_a_museum_issues_a_buyer_buys_on_a_phone_and_a_regulator_looks(
    running: Running, chromium: Browser, given: Source, tmp_path: Path
) -> None:
    series = the_museum_issues(chromium, running, given, tmp_path)
    a_buyer_buys(chromium, running, series)
    the_regulator_looks(chromium, running, series)
