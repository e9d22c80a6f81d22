"""The ledger over HTTP: what other people's tools read, checked with other people's rules."""

from __future__ import annotations

import secrets

import pytest
from flask import Flask

from collectibles.services.complain import complain
from tests import rfc6962
from tests.service import Service
from tests.services.buying import make_account, make_series
from tests.web.staff_client import account_browser, staff_browser

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module", autouse=True)
def entries(desk: Service) -> None:
    """More than one full tile: 260 entries and some."""
    from collectibles.domain.movements import Movement
    from collectibles.services.signing import sign

    make_series(desk, "s-long", size=1, edition_size=1000)
    mints = [
        sign(
            desk.ctx,
            Movement("mint", f"m-{n}", "museum-1", {"series": "s-long", "first": n, "count": 1}),
        )
        for n in range(2, 262)
    ]
    receipts = desk.ctx.ledger.submit_all(mints)
    assert all(receipt.error is None for receipt in receipts)


def head(app: Flask) -> tuple[str, int, bytes]:
    answer = app.test_client().get("/ledger/checkpoint")
    assert answer.status_code == 200
    return answer.get_data(as_text=True), *rfc6962.open_checkpoint(
        answer.get_data(as_text=True), app.extensions["diancang"].vkey
    )[1:]


def hashes(data: bytes) -> list[bytes]:
    assert len(data) % 32 == 0
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def test_checkpoint_and_tiles_give_the_signed_root(desk: Service, desk_app: Flask) -> None:
    client = desk_app.test_client()
    _, size, root = head(desk_app)
    assert 256 < size < 512
    full = client.get("/ledger/tile/0/000")
    assert full.headers["Cache-Control"] == FOR_EVER
    assert full.headers["Access-Control-Allow-Origin"] == "*"
    part = client.get(f"/ledger/tile/0/001.p/{size - 256}")
    assert part.headers["Cache-Control"] == "public, max-age=86400"
    leaves = hashes(full.data) + hashes(part.data)
    assert len(leaves) == size
    assert rfc6962.root_of(leaves) == root
    above = client.get("/ledger/tile/1/000.p/1")
    assert hashes(above.data) == [rfc6962.root_of(leaves[:256])]
    bodies = desk.ctx.ledger.read.bodies(0, size)
    assert [rfc6962.leaf(body) for body in bodies] == leaves


@pytest.mark.parametrize(
    "rest",
    [
        *("0/002", "0/001", "0/000.p/256", "0/000.p/0", "7/000", "0/0", "0/x001/000", "64/000"),
        *("0/001.p/255", "entries/001.p/255", "0/-01", "0/000/", "0/000.p/007", "-1/000"),
    ],
)
def test_a_tile_that_is_not_there_is_not_found(desk_app: Flask, rest: str) -> None:
    browser = staff_browser(desk_app, "operator")
    browser.get(f"/ledger/tile/{rest}")
    assert browser.status == 404


def test_entry_bundles_are_for_members_only(desk: Service, desk_app: Flask) -> None:
    assert desk_app.test_client().get("/ledger/tile/entries/000").status_code == 403
    buyer = account_browser(desk_app, make_account(desk.ctx, 1))
    assert buyer.client.get("/account").status_code == 200
    assert buyer.client.get("/ledger/tile/entries/000").status_code == 403
    for login in ("curator", "officer-1", "operator"):
        browser = staff_browser(desk_app, login)
        answer = browser.client.get("/ledger/tile/entries/000")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        bodies, at = [], 0
        while at < len(answer.data):
            length = int.from_bytes(answer.data[at : at + 2], "big")
            bodies.append(answer.data[at + 2 : at + 2 + length])
            at += 2 + length
        assert bodies == desk.ctx.ledger.read.bodies(0, 256)


def test_inclusion_is_proved_for_every_entry(desk: Service, desk_app: Flask) -> None:
    client = desk_app.test_client()
    _, size, root = head(desk_app)
    for index in (0, 1, 7, 255, 256, size - 1):
        made = client.get(f"/ledger/proof/inclusion?index={index}").get_json()
        leaf = rfc6962.leaf(desk.ctx.ledger.read.bodies(index, index + 1)[0])
        path = [bytes.fromhex(each) for each in made["hashes"]]
        assert made["size"] == size
        assert rfc6962.root_from_inclusion(index, size, leaf, path) == root
    assert client.get(f"/ledger/proof/inclusion?index={size}").status_code == 404


def test_a_later_checkpoint_is_consistent_with_an_earlier(desk: Service, desk_app: Flask) -> None:
    client = desk_app.test_client()
    _, first, old = head(desk_app)
    make_series(desk, f"s-{secrets.token_hex(4)}", size=1)
    _, second, new = head(desk_app)
    assert second > first
    made = client.get(f"/ledger/proof/consistency?first={first}&second={second}").get_json()
    path = [bytes.fromhex(each) for each in made["hashes"]]
    assert rfc6962.roots_from_consistency(first, second, path) == (old, new)
    other = bytes([path[0][0] ^ 1]) + path[0][1:]
    assert rfc6962.roots_from_consistency(first, second, [other, *path[1:]]) != (old, new)
    made = client.get(f"/ledger/proof/consistency?first=256&second={second}").get_json()
    leaves = [rfc6962.leaf(body) for body in desk.ctx.ledger.read.bodies(0, 256)]
    path = [rfc6962.root_of(leaves), *(bytes.fromhex(each) for each in made["hashes"])]
    assert rfc6962.roots_from_consistency(256, second, path) == (path[0], new)


@pytest.mark.parametrize(
    "asked",
    ["inclusion", "inclusion?index=-1", "inclusion?index=1e3", "inclusion?index=٣",
     "consistency?first=1", "consistency?first=x&second=2", "inclusion?index=" + "9" * 20],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_answered(desk_app: Flask, asked: str) -> None:
    answer = desk_app.test_client().get(
        f"/ledger/proof/{asked}", headers={"Accept": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_sizes_the_ledger_never_had_are_not_found(desk_app: Flask) -> None:
    client = desk_app.test_client()
    for asked in ("first=5&second=100000", "first=9&second=3"):
        assert client.get(f"/ledger/proof/consistency?{asked}").status_code == 404


def test_alive_ready_and_counted(desk: Service, desk_app: Flask) -> None:
    client = desk_app.test_client()
    assert client.get("/healthz").get_data(as_text=True) == "ok\n"
    assert client.get("/readyz").status_code == 200
    complain(desk.ctx, "other", "演示", "演示", secrets.token_hex(8))
    said = client.get("/metrics").get_data(as_text=True)
    figures = dict(line.split(" ") for line in said.splitlines() if not line.startswith("#"))
    assert int(figures["diancang_ledger_entries"]) == desk.ctx.ledger.read.size()
    assert figures["diancang_complaints_open"] == "1"
    assert figures["diancang_follower_lag_entries"] == "0"
    before = desk.clock.now_ms()
    desk.clock.set_ms(before - 6_000)
    try:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "ledger_ahead" in answer.get_data(as_text=True)
        assert client.get("/healthz").status_code == 200
    finally:
        desk.clock.set_ms(before)


def test_without_a_database_it_is_alive_but_not_ready(
    desk: Service, desk_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from collectibles.store.database import Database

    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    monkeypatch.setattr(desk.ctx.database, "_reading", nowhere.reading)
    client = desk_app.test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "database_unavailable" in answer.get_data(as_text=True)
