"""Bad input through the real processes: a clear sentence at the right place, nothing changed, no
crash, and no memory that counts."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.end_to_end.sources import Source
from tests.end_to_end.town import SERIES, words
from tests.media.samples import png, zeros
from tests.running import Running, Visitor
from tests.services.buying import make_buyer, make_series

MIB = 1024 * 1024
COUNTED = ("museum_object", "picture", "series_draft", "restraint_request", "complaint", '"order"')


@pytest.fixture(scope="module")
def running(
    database_url: str, merchant_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with Running(database_url, tmp_path_factory.mktemp("running"), merchant_keys) as started:
        yield started


@pytest.fixture
def curator(running: Running) -> Visitor:
    return running.visitor(staff_id=running.service.staff["curator"])


def everything(running: Running) -> dict[str, int]:
    """How much there is of what could have been changed."""
    with running.ctx.database.begin() as session:
        counted = {
            table: int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)
            for table in COUNTED
        }
    return {**counted, "entries": running.ctx.ledger.read.size()}


def memory(running: Running) -> int:
    """Bytes that the service's processes hold now, each counted whole."""
    total = 0
    for pid in running.family():
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        except OSError:
            continue
        found = re.search(r"VmRSS:\s+([0-9]+) kB", status)
        total += int(found[1]) * 1024 if found else 0
    return total


@contextmanager
def nothing_happens(running: Running) -> Iterator[None]:
    """Inside, nothing is added, no process dies, and memory grows by less than 256 MiB."""
    before, workers, held = everything(running), set(running.web_workers()), memory(running)
    most, stop = [held], threading.Event()

    def watch() -> None:
        while not stop.is_set():
            most[0] = max(most[0], memory(running))
            time.sleep(0.02)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        stop.set()
        watching.join()
    assert everything(running) == before
    assert set(running.web_workers()) == workers
    assert most[0] - held < 256 * MIB, f"{(most[0] - held) / MIB:.0f} MiB"


def send(visitor: Visitor, path: str, which: str, typed: dict[str, Any], **files: bytes) -> str:
    """Open the page, send its form; the words of the page that came."""
    visitor.get(path)
    visitor.post(path, {**visitor.form(which), **typed}, files or None)
    return words(visitor.page)


def test_a_catalogue_in_the_wrong_encoding_or_without_its_columns(
    running: Running, curator: Visitor, given: Source
) -> None:
    catalogue = given.catalogue.decode("utf-8-sig")
    wrong = catalogue.replace("license", "colour", 1).replace("accession_number", "pages", 1)
    broken = given.catalogue[:400] + b"\xff\xfe\x81" + given.catalogue[400:]
    for data, said in (
        (catalogue.encode("utf-16-be")[1:], "编码"),
        (broken, "编码"),
        (wrong.encode(), "accession_number"),
        (b"\0" * 5000, ""),
        (b"", ""),
    ):
        with nothing_happens(running):
            page = send(curator, "/museum/objects", 'type="file"', {}, catalogue=data)
        assert curator.status == 422, page
        assert said in page
    rows = catalogue.splitlines()
    rows[7] = rows[7].replace("CC0", "whatever")
    with nothing_happens(running):
        page = send(
            curator, "/museum/objects", 'type="file"', {}, catalogue="\n".join(rows).encode()
        )
    assert curator.status == 422
    assert re.search(r"\b8\b", page), page


def test_pictures_that_are_huge_or_none(running: Running, curator: Visitor) -> None:
    huge = png(20_000, 20_000, zeros(20_000 * (20_000 * 3 + 1) // 16))
    for data in (huge, b"<html>not a picture</html>", b"\x89PNG\r\n\x1a\n" + bytes(200_000), b""):
        with nothing_happens(running):
            page = send(curator, "/museum/pictures", 'type="file"', {"number": ""}, picture=data)
        assert curator.status == 422, page
        assert "图片" in page


def test_prices_and_sizes_that_are_none(running: Running, curator: Visitor) -> None:
    for field, typed, said in (
        ("price", "0.001", "两位小数"),
        ("price", "-1", ""),
        ("price", "1e5", ""),
        ("edition_size", "-3", ""),
        ("edition_size", "0", ""),
        ("edition_size", "３.5", ""),
        ("opens_at", "2026-02-30T09:00", "北京时间"),
    ):
        with nothing_happens(running):
            page = send(
                curator,
                "/museum/series/new",
                'name="title_zh"',
                {**SERIES, "number": "1959.348", "picture": "0" * 64, field: typed},
            )
        assert curator.status == 422
        assert re.search(rf'name="{field}"[^>]*aria-invalid', curator.page) or re.search(
            rf'id="f-{field}"[^>]*aria-invalid', curator.page
        ), (field, page)
        assert said in page


def test_accounts_and_collectibles_that_are_not_there(running: Running) -> None:
    officer = running.visitor(staff_id=running.service.staff["officer-1"])
    asked = {
        "action": "freeze", "document": "1", "authority": "甲", "basis": "乙", "until": "",
    }  # fmt: skip
    for scope, subject in (
        ("account", "a-nobody"), ("collectible", "s-none/1"), ("series", "' OR 1=1 --"),
    ):  # fmt: skip
        with nothing_happens(running):
            page = send(
                officer,
                "/regulator/restraints",
                'name="document"',
                {**asked, "scope": scope, "subject": subject},
            )
        assert officer.status == 422
        assert "账本上没有这个对象" in page, page
    for path in ("/regulator/trail/s-none/1", "/regulator/decisions/99999999"):
        officer.get(path)
        assert officer.status == 404, path


def test_the_same_form_twice_is_done_once(running: Running) -> None:
    series = make_series(running.service, "s-twice", size=5)
    buyer = running.visitor(account_id=make_buyer(running.ctx, 71))
    buyer.get(f"/series/{series}")
    sent = {**buyer.form('name="risk_version"'), "risk": "yes"}
    buyer.post(f"/series/{series}", sent)
    first = buyer.path
    assert first.startswith("/orders/")
    with nothing_happens(running):
        for _ in range(3):
            buyer.post(f"/series/{series}", sent)
            assert buyer.path == first
    visitor = Visitor(running.url)
    visitor.get("/complaints")
    (subject, *_) = re.findall(r'<option value="([^"]+)"', visitor.page)
    complaint = {"subject": subject, "words": "打不开", "contact": "演示联系方式"}
    sent = {**visitor.form('name="words"'), **complaint}
    first = words(visitor.post("/complaints", sent))
    with nothing_happens(running):
        again = words(visitor.post("/complaints", sent))
    number = re.search(r"[0-9]+", first)
    assert number, first
    assert number[0] in again
