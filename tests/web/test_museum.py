"""A museum's desk through HTTP: from the catalogue to minted editions, and every wrong turn."""

from __future__ import annotations

import re
import resource
import struct
import zlib
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from collectibles.ledger import state
from collectibles.services.publish_series import CHECKS
from collectibles.store.tables.catalogue import MuseumObject, Picture, SeriesDraft
from tests.service import Service
from tests.services.curating import MUSEUM, OBJECTS, a_draft, catalogue, picture, reviewed
from tests.web.shop_client import Browser
from tests.web.staff_client import error_of, press, send_file, staff_browser, value_of

MIB = 1024 * 1024
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "museum"
DAY_FORM = "2026-03-%02dT10:00"


@pytest.fixture
def curator(desk_app: Flask) -> Browser:
    return staff_browser(desk_app, "curator")


@pytest.fixture
def reviewer(desk_app: Flask) -> Browser:
    return staff_browser(desk_app, "reviewer")


def count(desk: Service, table: type, museum: str = MUSEUM) -> int:
    with desk.ctx.database.begin() as session:
        counted = select(func.count()).where(table.institution_id == museum)  # type: ignore[attr-defined]
        return session.scalar(counted) or 0


def upload(browser: Browser, data: bytes, name: str = "catalogue.csv") -> None:
    browser.get("/museum/objects")
    send_file(browser, "catalogue", data, name)


def typed(**changes: str) -> dict[str, str]:
    """A series as a curator fills it in; the picture is chosen by the caller."""
    return {
        "number": "A-1",
        "title_zh": "缠枝新绘",
        "title_en": "Scrolls anew",
        "derivation": "creative_rework",
        "adaptor": "馆内设计组",
        "creative_statement": "以原作纹样为本，重绘并重新设色",
        "ai": "none",
        "underlying": "creative_work",
        "price_statement": "按设计与制作成本定价",
        "right_holder": "甲博物馆",
        "licence_reference": "L-1",
        "licence_rights": ["reproduction", "network_transmission", "adaptation"],  # type: ignore[dict-item]
        "licence_starts_at": "2026-01-01T00:00",
        "licence_ends_at": "",
        "offered_terms": "all_rights_reserved",
        "grants": ["display", "personal_study"],  # type: ignore[dict-item]
        "edition_size": "3",
        "price": "199.00",
        "opens_at": DAY_FORM % 3,
        "closes_at": DAY_FORM % 20,
        **changes,
    }


def test_from_catalogue_to_minted_series(
    desk: Service, desk_app: Flask, curator: Browser, reviewer: Browser
) -> None:
    upload(curator, catalogue(*OBJECTS))
    assert "新增3件" in curator.page
    upload(curator, catalogue(*OBJECTS))
    assert "没有变化" in curator.page
    curator.get("/museum/pictures?number=A-1")
    send_file(curator, "picture", picture(), "vase.png", number="A-1")
    assert "图片已保存" in curator.page
    curator.get("/museum/series/new?number=A-1")
    assert value_of(curator, "number") == "A-1"
    digest = re.search(r'name="picture" value="([0-9a-f]{64})"', curator.page)
    assert digest
    sent = curator.fill(typed(picture=digest[1]), which='name="title_zh"')
    curator.post("/museum/series/new", sent)
    series = curator.path.removeprefix("/museum/series/")
    assert re.fullmatch("s-[0-9a-f]{12}", series), curator.page
    curator.post("/museum/series/new", sent)  # the same form again
    assert curator.path == f"/museum/series/{series}"
    assert count(desk, SeriesDraft) == 1
    assert "规则库准许发布" in curator.page
    press(curator, f"/museum/series/{series}/submit")
    assert "已送审" in curator.page
    reviewer.get(f"/museum/series/{series}")
    seen = reviewer.fill(which=f'action="/museum/series/{series}/approve"')
    reviewer.post(f"/museum/series/{series}/send-back", {**seen_less(seen), "remark": "请补充年代"})
    assert "已退回" in reviewer.page
    curator.get(f"/museum/series/{series}/edit")
    assert "请补充年代" in curator.page
    changed = curator.fill(typed(picture=digest[1], title_en="Scrolls"), which='name="title_zh"')
    curator.post(f"/museum/series/{series}/edit", changed)
    press(curator, f"/museum/series/{series}/submit")
    reviewer.post(f"/museum/series/{series}/approve", seen)  # what was seen is gone
    assert reviewer.status == 409
    reviewer.get(f"/museum/series/{series}")
    address = f"/museum/series/{series}/approve"
    reviewer.post(address, {**reviewer.fill(which=f'action="{address}"'), "checks": list(CHECKS)})
    assert "审核通过" in reviewer.page
    press(reviewer, f"/museum/series/{series}/publish")
    assert "已发布上链" in reviewer.page
    minting = reviewer.fill({"count": "2", "sure": "yes"}, which='name="first"')
    assert minting["first"] == "1"
    for _ in range(2):  # the same form twice mints once
        reviewer.post(f"/museum/series/{series}/mint", minting)
        assert reviewer.status == 200
    assert desk.ctx.ledger.read.value(state.series(series))["minted"] == 2
    minting = reviewer.fill({"count": "2", "sure": "yes"}, which='name="first"')
    reviewer.post(f"/museum/series/{series}/mint", minting)
    assert reviewer.status == 422
    assert "还可铸造1份" in error_of(reviewer, "count")
    buyer = Browser(desk_app.test_client())
    buyer.get(f"/series/{series}")
    assert "缠枝新绘" in buyer.page


def seen_less(sent: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in sent.items() if name != "seen"}


def test_a_refused_series_shows_why_and_where_it_is_recorded(
    desk: Service, reviewer: Browser
) -> None:
    series = reviewed(desk, a_draft(desk, derivation="raw_photo"))
    reviewer.get(f"/museum/series/{series}")
    assert "文物原始数据不得限量发售" in reviewer.page
    press(reviewer, f"/museum/series/{series}/publish")
    assert reviewer.status == 422
    assert "已写入账本" in reviewer.page
    assert "依据类别" in reviewer.page
    reviewer.get(f"/museum/series/{series}?lang=en")
    assert "government notice" in reviewer.page
    assert "Refused" in reviewer.page


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"edition_size": "-3"}, "edition_size", "整数"),
        ({"edition_size": "０３"}, "edition_size", "半角"),
        ({"price": "0.001"}, "price", ""),
        ({"price": "-1"}, "price", ""),
        ({"price": "0"}, "price", "0.01"),
        ({"number": "Z-404"}, "number", "总登记号"),
        ({"closes_at": DAY_FORM % 2}, "closes_at", "晚于"),
        ({"opens_at": "2026-02-30T10:00"}, "opens_at", "北京时间"),
        ({"licence_starts_at": ""}, "licence_starts_at", "授权"),
        ({"licence_ends_at": "2025-01-01T00:00"}, "licence_ends_at", "晚于"),
        ({"title_zh": "题" * 121}, "title_zh", "120"),
        ({"picture": "0" * 64}, "picture", "选项"),
    ],
)
def test_a_wrong_field_keeps_what_was_typed(
    desk: Service, curator: Browser, changes: dict[str, str], field: str, says: str
) -> None:
    chosen = a_draft(desk).picture
    before = count(desk, SeriesDraft)
    curator.get("/museum/series/new")
    sent = typed(**{"picture": chosen, "title_en": "Kept & shown", **changes})
    curator.send(sent, which='name="title_zh"')
    assert curator.status == 422
    assert says in error_of(curator, field)
    assert error_of(curator, field)
    assert value_of(curator, "title_en") == "Kept &amp; shown"
    for name in set(changes) - {"picture"}:
        assert value_of(curator, name) == changes[name]
    assert count(desk, SeriesDraft) == before


def png_header(width: int, height: int) -> bytes:
    """A picture that claims a size and brings hardly a byte."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (png_header(20_000, 20_000), "huge.png", "像素"),
        (b"only words, no picture\n" * 50, "words.jpg", "这不是图片"),
        (picture()[:-40], "cut.png", "不完整"),
        (b"", "empty.png", "请选择|空的"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing.png", "SVG"),
    ],
)
def test_what_is_no_safe_picture_is_named_and_costs_nothing(
    desk: Service, curator: Browser, data: bytes, name: str, says: str
) -> None:
    before, used = count(desk, Picture), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    curator.get("/museum/pictures")
    send_file(curator, "picture", data, name)
    assert curator.status == 422
    assert re.search(says, error_of(curator, "picture")), error_of(curator, "picture")
    assert count(desk, Picture) == before
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used
    assert grown < 256 * 1024, f"{grown} KiB more than before"


@pytest.mark.parametrize(
    ("data", "row", "says"),
    [
        (catalogue(*OBJECTS).decode().encode("utf-16"), "整个文件", "UTF-8"),
        (catalogue(OBJECTS[0], OBJECTS[0]), "3", "重复"),
        (catalogue(("B-1", "Jar"), columns=("accession_number", "title")), "1", "表头缺少"),
    ],
)
def test_a_wrong_catalogue_lists_rows_and_columns(
    desk: Service, curator: Browser, data: bytes, row: str, says: str
) -> None:
    before = count(desk, MuseumObject)
    upload(curator, data)
    assert curator.status == 422
    assert "没有导入" in curator.page
    assert re.search(rf'data-label="行"><div>{row}</div>', curator.page), curator.page
    assert says in curator.page
    assert count(desk, MuseumObject) == before


@pytest.mark.parametrize("size", [10 * MIB + 1, 26 * MIB])
def test_a_huge_file_is_answered_not_kept(desk: Service, curator: Browser, size: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    upload(curator, b"a" * size)
    assert curator.status in (413, 422)
    assert "MiB" in curator.page or "上限" in curator.page
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < 256 * 1024


@pytest.mark.skipif(not REAL.is_dir(), reason="no real catalogue records beside the project")
def test_the_real_catalogue_and_pictures_go_through_the_same_pages(
    desk: Service, desk_app: Flask
) -> None:
    other = staff_browser(desk_app, "curator-2")
    upload(other, (REAL / "catalogue.csv").read_bytes())
    assert "新增26件" in other.page
    upload(other, (REAL / "catalogue.csv").read_bytes())
    assert "26件藏品都已在目录中" in other.page
    for path in sorted((REAL / "images").iterdir()):
        other.get("/museum/pictures")
        send_file(other, "picture", path.read_bytes(), path.name, number="1959.348")
        assert other.status == 200
    assert count(desk, Picture, "museum-2") == 8
    other.get("/museum/objects?q=溪山")
    assert "1959.348" in other.page
    assert "1977.78" not in other.page
    other.get("/museum/objects?q=%25")
    assert "没有符合" in other.page


def test_another_museum_sees_nothing_of_it(desk: Service, desk_app: Flask) -> None:
    series = reviewed(desk, a_draft(desk))
    other = staff_browser(desk_app, "reviewer-2")
    for address in (f"/museum/series/{series}", "/museum/series/s-none"):
        other.get(address)
        assert other.status == 404
    other.get("/museum/series")
    assert series not in other.page
    assert "缠枝新绘" not in other.page
