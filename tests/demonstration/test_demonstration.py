"""The demonstration that `make run` builds: whole, verified, built once, marked on every page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collectibles import wiring
from collectibles.clock import SystemClock
from collectibles.config import load
from collectibles.demonstration.build import build, is_built
from collectibles.demonstration.stage import PASSWORD, STAFF
from collectibles.demonstration.story import PEOPLE
from collectibles.ledger.bundle import export
from collectibles.ledger.fsck import fsck
from collectibles.ledger.storage.writer import dsn
from collectibles.ledger.verify import FINE, verify
from collectibles.services.context import Context
from collectibles.web.factory import create_app
from tests.conftest import Databases
from tests.running import free_port
from tests.web.shop_client import Browser, sign_in

ROOT = Path(__file__).resolve().parents[2]
DAY_MS = 86_400_000


class Installation:
    """A folder and a database on which the demonstration is built, as `make run` does it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.output = url, folder / "output.txt"
        sandbox = f"http://127.0.0.1:{free_port()}"
        self.environment = {
            "DATABASE_URL": url,
            "VAR_DIR": str(folder),
            "SANDBOX_URL": sandbox,
        }

    @contextmanager
    def building(self) -> Iterator[subprocess.Popen[bytes]]:
        """`collectibles migrate`, then `collectibles demo` as a process, killed at the end."""
        environment = {"PATH": os.defpath, **self.environment}
        command = [sys.executable, "-m", "collectibles"]
        subprocess.run([*command, "migrate"], cwd=ROOT, env=environment, check=True, timeout=120)
        with (
            self.output.open("ab") as output,
            subprocess.Popen(
                [*command, "demo"], cwd=ROOT, env=environment, stdout=output, stderr=output
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def build(self, seconds: float) -> None:
        """Build it, as `make run` does."""
        with self.building() as process:
            code = process.wait(seconds)
        assert code == 0, self.output.read_text(encoding="utf-8")[-4000:]

    def size(self) -> int:
        """Entries on the ledger so far."""
        with psycopg.connect(dsn(self.url)) as connection:
            try:
                found = connection.execute("SELECT count(*) FROM ledger_entry").fetchone()
            except psycopg.errors.UndefinedTable:
                return 0
        return int(found[0]) if found else 0


@pytest.fixture(scope="module")
def installation(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> Iterator[Installation]:
    """Built after a first build was killed half way."""
    name = databases.make_empty()
    made = Installation(databases.url_of(name), tmp_path_factory.mktemp("demonstration"))
    until = 20 + seed % 60
    with made.building() as process:
        deadline = time.monotonic() + 120
        while process.poll() is None and made.size() < until and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process.poll() is None, made.output.read_text(encoding="utf-8")[-4000:]
    assert made.size() >= until
    assert not is_built(load(made.environment))
    made.build(400)
    assert is_built(load(made.environment))
    yield made
    databases.drop(name)


@pytest.fixture(scope="module")
def ctx(installation: Installation) -> Iterator[Context]:
    made = wiring.context(load(installation.environment))
    yield made
    made.ledger.close()
    made.database.close()


@pytest.fixture(scope="module")
def browser(ctx: Context) -> Browser:
    return Browser(create_app(ctx).test_client())


def entries(ctx: Context) -> list[dict[str, Any]]:
    return ctx.ledger.read.entries(0, ctx.ledger.read.size())


def test_after_an_interrupted_build_it_is_whole_and_verifies(
    installation: Installation, ctx: Context, tmp_path: Path
) -> None:
    assert fsck(installation.url).difference is None
    export(ctx.ledger.read, tmp_path / "bundle")
    report = verify(tmp_path / "bundle", ctx.vkey)
    assert report.exit_code == FINE, report.difference
    assert [entry["kind"] for entry in entries(ctx)].count("genesis") == 1


def test_a_second_build_does_nothing(installation: Installation, ctx: Context) -> None:
    note = ctx.ledger.read.note()
    begun = time.monotonic()
    build(load(installation.environment))
    assert time.monotonic() - begun < 5
    assert ctx.ledger.read.note() == note
    installation.build(60)
    assert ctx.ledger.read.note() == note


def test_every_scene_of_the_story_is_on_the_ledger(ctx: Context) -> None:
    counted = Counter(entry["kind"] for entry in entries(ctx))
    for kind, least in {
        "series": 6, "mint": 6, "sale": 12, "gift": 2, "refund": 2, "return": 1, "restraint": 3,
    }.items():  # fmt: skip
        assert counted[kind] >= least, (kind, counted)
    steps = [entry["act"]["step"] for entry in entries(ctx) if entry["kind"] == "resale"]
    assert steps.count("post") >= 1
    refused = {
        (entry["act"]["kind"], finding[0])
        for entry in entries(ctx)
        if entry["kind"] in ("refusal", "hold")
        for finding in entry["dec"]["f"]
    }
    assert {
        ("series", "no_raw_relic"),
        ("series", "share_alike"),
        ("sale", "currency_cny"),
        ("gift", "restraint"),
        ("resale", "no_profit_resale"),
    } <= refused, refused


def test_it_tells_of_four_hundred_days_and_ends_now(ctx: Context) -> None:
    moments = [entry["at"] for entry in entries(ctx)]
    now = SystemClock().now_ms()
    assert moments == sorted(moments)
    assert 390 * DAY_MS < now - moments[0] < 410 * DAY_MS
    assert 0 <= now - moments[-1] < 7 * DAY_MS


def test_no_order_of_it_is_left_open(ctx: Context) -> None:
    with psycopg.connect(dsn(ctx.settings.database_url)) as connection:
        left = connection.execute(
            "SELECT state, count(*) FROM \"order\" WHERE state IN ('placed', 'paid', 'refunding',"
            " 'returning') GROUP BY state"
        ).fetchall()
    assert left == []


def public_pages(ctx: Context, browser: Browser) -> Iterator[str]:
    """What anybody can open, found by following links from the first page."""
    seen, waiting = set[str](), ["/", "/series", "/verify", "/rules", "/complaints"]
    read = ctx.ledger.read
    waiting += [
        f"/certificate/{entry['act']['series']}/{entry['act']['edition']}"
        for entry in read.entries(0, read.size())
        if entry["kind"] == "sale"
    ]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        page = browser.get(path)
        if not browser.headers["Content-Type"].startswith("text/html"):
            continue
        assert browser.status == 200, (path, browser.status)
        yield path
        found = re.findall(r'<a [^>]*href="(/[^"#]*)', page)
        waiting += [each.replace("&amp;", "&") for each in found if "lang=" not in each]


def test_every_public_page_and_certificate_says_that_it_is_a_demonstration(
    ctx: Context, browser: Browser
) -> None:
    checked = set[str]()
    for path in public_pages(ctx, browser):
        assert "演示" in browser.page, path
        checked.add(path)
        english = browser.get(f"{path}{'&' if '?' in path else '?'}lang=en")
        assert "demonstration" in english.lower(), path
        browser.get("/?lang=zh")
    assert len(checked) > 20
    assert any(path.startswith("/certificate/") for path in checked)
    assert any(path.startswith("/series/") for path in checked)


def test_its_sign_ins_work_and_their_pages_are_marked_too(ctx: Context) -> None:
    app = create_app(ctx)
    for login, _, _ in STAFF:
        staff = Browser(app.test_client())
        staff.get("/staff/sign-in")
        staff.send({"login": login, "password": PASSWORD}, which='name="login"')
        assert staff.status == 200, login
        assert "sign-in" not in staff.path
        assert "演示" in staff.page
    number = int(next(iter(PEOPLE))[-4:])
    person = Browser(app.test_client())
    sign_in(person, number)
    assert person.status == 200
    for path in ("/collection", "/orders", "/account", "/passing", "/account/messages"):
        assert "演示" in person.get(path), path
        assert person.status == 200
