"""A museum's way from catalogue to minted editions, with everything that may go wrong on it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from collectibles import cli
from collectibles.errors import BadInput, CollectiblesError, Conflict, Forbidden, NotFound, Refused
from collectibles.followers.following import catch_up, rebuild
from collectibles.ledger import state
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.services.add_picture import add_picture, pictures_of
from collectibles.services.decisions import Filters, find_decisions, get_entry
from collectibles.services.draft_series import change_draft, draft_series, get_draft, submit_draft
from collectibles.services.draft_series import mark as mark_of
from collectibles.services.freeze import Restraint, ask_restraint, confirm_restraint
from collectibles.services.import_catalogue import import_catalogue
from collectibles.services.publish_series import CHECKS, foresee, mint, publish_series
from collectibles.services.review_series import approve, send_back
from collectibles.services.shelf import on_show
from collectibles.store.tables.catalogue import Edition, MuseumObject, SeriesDraft
from tests.service import Service, make_service
from tests.services.curating import (
    COLUMNS,
    DAY,
    HOUR,
    MUSEUM,
    OBJECTS,
    a_draft,
    another_draft,
    catalogue,
    object_id,
    picture,
    published,
    reviewed,
    stock,
)

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "museum"
needs_real_records = pytest.mark.skipif(
    not REAL.is_dir(), reason="the folder with real catalogue records is not beside the project"
)


@pytest.fixture(scope="module")
def shared(
    database_url: str, merchant_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """One service for tests that must leave nothing behind."""
    made = make_service(database_url, tmp_path_factory.mktemp("shared"), merchant_keys)
    yield made
    made.close()


def count(service: Service, table: Any = MuseumObject) -> int:
    with service.ctx.database.begin() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# The catalogue


@needs_real_records
def test_all_real_records_are_imported_and_again_nothing_changes(service: Service) -> None:
    data = (REAL / "catalogue.csv").read_bytes()
    first = import_catalogue(service.ctx, MUSEUM, data)
    assert (first.new, first.changed, first.unchanged, first.problems) == (26, 0, 0, [])
    again = import_catalogue(service.ctx, MUSEUM, data)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 26)
    mended = data.replace("照夜白图".encode(), "照夜白图卷".encode())
    third = import_catalogue(service.ctx, MUSEUM, mended)
    assert (third.new, third.changed, third.unchanged) == (0, 1, 25)
    assert count(service) == 26


@needs_real_records
def test_the_command_line_imports_the_same_file(
    service: Service,
    fresh_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    asked = ["catalogue", "import", str(REAL / "catalogue.csv"), "--museum"]
    assert cli.main([*asked, MUSEUM]) == 0
    assert "26 new, 0 updated, 0 unchanged" in capsys.readouterr().out
    assert cli.main([*asked, MUSEUM]) == 0
    assert "0 new, 0 updated, 26 unchanged" in capsys.readouterr().out
    assert cli.main([*asked, "museum-9"]) == 2
    assert "museum-9" in capsys.readouterr().err
    assert cli.main(["catalogue", "import", str(tmp_path / "none.csv"), "--museum", MUSEUM]) == 2
    assert "none.csv" in capsys.readouterr().err
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(catalogue(("B-1", "", "", "甲博物馆", "CC0")))
    assert cli.main(["catalogue", "import", str(wrong), "--museum", MUSEUM]) == 1
    assert "第 2 行" in capsys.readouterr().out
    assert count(service) == 26


@pytest.mark.parametrize(
    ("data", "row", "says"),
    [
        (catalogue(*OBJECTS).decode().encode("utf-16"), 0, "UTF-8"),
        ("accession_number,title,museum,license\nB-1,Café,M,CC0\n".encode("latin-1"), 0, "UTF-8"),
        (catalogue(("B-1", "Jar", "罐"), columns=COLUMNS[:3]), 1, "museum, license"),
        (catalogue(*OBJECTS, OBJECTS[0]), 5, "same accession number as in row 2"),
        (catalogue(("B-1", "Jar", "罐", "甲博物馆", "free for all")), 2, "rights statement"),
        (b"PK\x03\x04" + b"\0" * 100, 0, "workbook"),
        (b"", 1, "lacks required columns"),
        (b"a" * (11 * 1024 * 1024), 0, "10 MiB"),
    ],
)
def test_a_wrong_file_names_its_row_and_imports_nothing(
    shared: Service, data: bytes, row: int, says: str
) -> None:
    before = count(shared)
    done = import_catalogue(shared.ctx, MUSEUM, data)
    assert done.new == done.changed == 0
    assert done.problems
    assert done.problems[0].row == row
    assert says in done.problems[0].en
    assert count(shared) == before


def test_one_bad_row_keeps_the_good_ones_out(shared: Service) -> None:
    before = count(shared)
    bad = ("B-9", "Jar", "罐", "甲博物馆", "")
    done = import_catalogue(shared.ctx, MUSEUM, catalogue(*OBJECTS, bad))
    assert [(p.row, p.column) for p in done.problems] == [(5, "license")]
    assert count(shared) == before


def test_only_a_museum_has_a_catalogue(shared: Service) -> None:
    before = count(shared)
    for institution in ("museum-9", "regulator-1"):
        with pytest.raises(BadInput) as caught:
            import_catalogue(shared.ctx, institution, catalogue(*OBJECTS))
        assert caught.value.field == "museum"
    assert count(shared) == before


def test_two_imports_at_once_are_one_catalogue(
    service: Service, another: Callable[[], Service]
) -> None:
    contexts = [service.ctx, another().ctx]
    data = catalogue(*OBJECTS)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda ctx: import_catalogue(ctx, MUSEUM, data), contexts))
    assert sorted((d.new, d.unchanged) for d in done) == [(0, 3), (3, 0)]
    assert count(service) == 3


# Pictures


@needs_real_records
def test_the_real_pictures_are_taken_and_named_again(service: Service) -> None:
    stock(service)
    staff, thing = service.staff["curator"], object_id(service, "A-1")
    for path in sorted((REAL / "images").iterdir()):
        data = path.read_bytes()
        digest = add_picture(service.ctx, MUSEUM, staff, data)
        assert add_picture(service.ctx, MUSEUM, staff, data, thing) == digest
    shown = pictures_of(service.ctx, MUSEUM)
    assert len(shown) == 9
    assert sum(each is not None and each.id == thing for _, each in shown) == 8


def test_a_picture_of_another_museums_object_is_not_taken(service: Service) -> None:
    stock(service)
    with pytest.raises(NotFound):
        add_picture(
            service.ctx,
            "museum-2",
            service.staff["curator-2"],
            picture(),
            object_id(service, "A-1"),
        )
    assert pictures_of(service.ctx, "museum-2") == []


# Drafts


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"object_id": "o-none"}, "object_id"),
        ({"picture": "0" * 64}, "picture"),
        ({"edition_size": 0}, "edition_size"),
        ({"edition_size": -1}, "edition_size"),
        ({"edition_size": 1_000_001}, "edition_size"),
        ({"price": 0}, "price"),
        ({"closes_at": 0}, "closes_at"),
        ({"licence_ends_at": 1}, "licence_ends_at"),
    ],
)
def test_a_draft_that_does_not_fit_names_the_field(
    shared: Service, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        draft_series(shared.ctx, MUSEUM, shared.staff["curator"], a_draft(shared, **changes), "key")
    assert caught.value.field == field
    assert count(shared, SeriesDraft) == 0


def test_an_object_whose_words_are_too_long_for_the_ledger_says_so(service: Service) -> None:
    import_catalogue(service.ctx, MUSEUM, catalogue(("B-1", "Jar", "罐" * 300, "甲博物馆", "CC0")))
    draft = replace(a_draft(service), object_id=object_id(service, "B-1"))
    with pytest.raises(BadInput) as caught:
        draft_series(service.ctx, MUSEUM, service.staff["curator"], draft, "key")
    assert caught.value.field == "object_id"


def test_the_same_form_is_one_draft_and_never_another_museums(service: Service) -> None:
    ctx, staff, draft = service.ctx, service.staff, a_draft(service)
    first = draft_series(ctx, MUSEUM, staff["curator"], draft, "key")
    assert draft_series(ctx, MUSEUM, staff["curator"], draft, "key") == first
    with pytest.raises(Conflict) as caught:
        draft_series(ctx, MUSEUM, staff["curator"], replace(draft, price=1), "key")
    assert caught.value.code == "form_used"
    with pytest.raises(NotFound):
        get_draft(ctx, "museum-2", first)
    with pytest.raises(BadInput):
        draft_series(ctx, "museum-2", staff["curator-2"], draft, "other")
    assert count(service, SeriesDraft) == 1


def test_a_draft_changed_by_a_colleague_is_not_overwritten(service: Service) -> None:
    ctx, staff, draft = service.ctx, service.staff, a_draft(service)
    series = draft_series(ctx, MUSEUM, staff["curator"], draft, "key")
    seen = mark_of(get_draft(ctx, MUSEUM, series))
    mine, theirs = replace(draft, price=200), replace(draft, price=300)
    change_draft(ctx, MUSEUM, series, staff["curator"], theirs, seen)
    with pytest.raises(Conflict) as caught:
        change_draft(ctx, MUSEUM, series, staff["curator"], mine, seen)
    assert caught.value.code == "changed_meanwhile"
    change_draft(ctx, MUSEUM, series, staff["curator"], theirs, seen)
    assert get_draft(ctx, MUSEUM, series).price == 300


# The review


def test_nobody_reviews_their_own_work(service: Service) -> None:
    ctx, staff = service.ctx, service.staff
    series = draft_series(ctx, MUSEUM, staff["curator"], a_draft(service), "key")
    with pytest.raises(Conflict):
        approve(ctx, MUSEUM, series, staff["reviewer"], CHECKS)
    submit_draft(ctx, MUSEUM, series)
    submit_draft(ctx, MUSEUM, series)
    with pytest.raises(Forbidden) as caught:
        approve(ctx, MUSEUM, series, staff["curator"], CHECKS)
    assert caught.value.code == "own_work"
    with pytest.raises(NotFound):
        approve(ctx, "museum-2", series, staff["reviewer-2"], CHECKS)
    approve(ctx, MUSEUM, series, staff["reviewer"], CHECKS)
    approve(ctx, MUSEUM, series, staff["reviewer"], CHECKS)
    with pytest.raises(Conflict):
        change_draft(ctx, MUSEUM, series, staff["curator"], a_draft(service, price=1))


def test_what_was_not_reviewed_is_not_published(service: Service) -> None:
    ctx, staff = service.ctx, service.staff
    series = draft_series(ctx, MUSEUM, staff["curator"], a_draft(service), "key")
    with pytest.raises(Conflict) as caught:
        publish_series(ctx, MUSEUM, series)
    assert caught.value.code == "not_reviewed"
    submit_draft(ctx, MUSEUM, series)
    with pytest.raises(Conflict) as caught:
        approve(ctx, MUSEUM, series, staff["reviewer"], CHECKS, seen="0" * 64)
    assert caught.value.code == "changed_since"
    approve(ctx, MUSEUM, series, staff["reviewer"], CHECKS)
    import_catalogue(ctx, MUSEUM, catalogue(("A-1", "Vase", "瓶", "甲博物馆", "CC BY-SA")))
    with pytest.raises(Conflict) as caught:
        publish_series(ctx, MUSEUM, series)
    assert caught.value.code == "changed_since_review"
    assert ctx.ledger.read.value(state.series(series)) is None


# Publication


def refusal(service: Service, series: str) -> Refused:
    with pytest.raises(Refused) as caught:
        publish_series(service.ctx, MUSEUM, series)
    return caught.value


def test_a_raw_photograph_is_refused_recorded_sent_back_mended_and_passes(
    service: Service,
) -> None:
    ctx, staff = service.ctx, service.staff
    draft = a_draft(service, derivation="raw_photo")
    series = reviewed(service, draft)
    assert [each.code for each in foresee(ctx, MUSEUM, series)] == ["no_raw_relic"]
    refused = refusal(service, series)
    assert [each.code for each in refused.explained] == ["no_raw_relic"]
    assert refused.index is not None
    kept = get_entry(ctx, refused.index)
    assert kept.entry["kind"] == "refusal"
    assert kept.entry["act"]["act"]["series"] == series
    assert [each.code for each in kept.explained] == ["no_raw_relic"]
    assert refusal(service, series).index == refused.index  # asked again: the same receipt
    send_back(ctx, MUSEUM, series, "请另行创作")
    send_back(ctx, MUSEUM, series, "请另行创作")
    assert get_draft(ctx, MUSEUM, series).state == "returned"
    change_draft(ctx, MUSEUM, series, staff["curator"], a_draft(service))
    submit_draft(ctx, MUSEUM, series)
    approve(ctx, MUSEUM, series, staff["reviewer"], CHECKS)
    receipt = publish_series(ctx, MUSEUM, series)
    assert receipt.outcome == "permitted"
    again = publish_series(ctx, MUSEUM, series)
    assert (again.index, again.repeated) == (receipt.index, True)
    rows = find_decisions(ctx, Filters(series=series))
    assert [row.outcome for row in rows] == ["permitted", "refused"]


def test_share_alike_is_passed_on_or_refused(service: Service) -> None:
    theirs = reviewed(service, a_draft(service, "A-2"))
    refused = refusal(service, theirs)
    assert [each.code for each in refused.explained] == ["share_alike"]
    alike = reviewed(service, a_draft(service, "A-2", offered_terms="cc_by_sa"))
    assert publish_series(service.ctx, MUSEUM, alike).outcome == "permitted"
    act = service.ctx.ledger.read.value(state.series(alike))
    assert "attribution" in act["disclosures"]
    assert act["object"]["terms"] == act["offered_terms"] == "cc_by_sa"


def test_a_licence_not_yet_begun_is_refused_today_and_permitted_then(service: Service) -> None:
    now = service.clock.now_ms()
    begins = now + 2 * DAY
    draft = a_draft(
        service, licence_starts_at=begins, opens_at=now + 3 * DAY, closes_at=now + 9 * DAY
    )
    series = reviewed(service, draft)
    refused = refusal(service, series)
    assert [(e.code, e.changes_at) for e in refused.explained] == [("series_licensed", begins)]
    service.clock.set_ms(begins)
    assert publish_series(service.ctx, MUSEUM, series).outcome == "permitted"


def test_what_is_changed_while_it_is_published_is_put_right(service: Service) -> None:
    """The ledger's word counts, also where the row was changed between decision and commit."""
    ctx, series = service.ctx, reviewed(service, a_draft(service))
    publish_series(ctx, MUSEUM, series)
    with ctx.database.begin() as session:  # as if sent back and changed before the follower came
        found = session.get_one(SeriesDraft, series)
        found.state, found.price, found.series_entry = "draft", 1, None
        found.reviewed_by = found.reviewed_at = None
        found.details = {**found.details, "adaptor": "另一人"}
    rebuild(ctx.database, "editions", ())
    catch_up(ctx.database, ctx.ledger.read)
    found = get_draft(ctx, MUSEUM, series)
    assert (found.state, found.price) == ("published", 19_900)
    assert found.details["adaptor"] == "馆内设计组"
    assert found.reviewed_by == service.staff["reviewer"]


# Minting


def at_once(*acts: Callable[[], Receipt]) -> list[Receipt | CollectiblesError]:
    def one(act: Callable[[], Receipt]) -> Receipt | CollectiblesError:
        try:
            return act()
        except CollectiblesError as problem:
            return problem

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def kinds(service: Service, kind: str) -> int:
    size = service.ctx.ledger.read.size()
    return sum(entry["kind"] == kind for entry in service.ctx.ledger.read.entries(0, size))


def test_two_reviewers_at_once_make_one_entry(
    service: Service, another: Callable[[], Service]
) -> None:
    here, there = service.ctx, another().ctx
    series = reviewed(service, a_draft(service))
    both = at_once(
        lambda: publish_series(here, MUSEUM, series), lambda: publish_series(there, MUSEUM, series)
    )
    assert {receipt.index for receipt in both if isinstance(receipt, Receipt)} == {
        here.ledger.read.value(state.series(series))["index"]
    }
    assert kinds(service, "series") == 1
    both = at_once(
        lambda: mint(here, MUSEUM, series, 2, 1), lambda: mint(there, MUSEUM, series, 2, 1)
    )
    assert len({receipt.index for receipt in both if isinstance(receipt, Receipt)}) == 1
    assert kinds(service, "mint") == 1
    both = at_once(
        lambda: mint(here, MUSEUM, series, 1, 3), lambda: mint(there, MUSEUM, series, 2, 3)
    )
    assert [each.code for each in both if isinstance(each, Conflict)] == ["minted_meanwhile"]
    assert kinds(service, "mint") == 2


def test_the_same_mint_form_twice_mints_once(service: Service) -> None:
    ctx, series = service.ctx, reviewed(service, a_draft(service))
    with pytest.raises(Conflict):
        mint(ctx, MUSEUM, series, 1)
    publish_series(ctx, MUSEUM, series)
    first = mint(ctx, MUSEUM, series, 2, first=1)
    assert mint(ctx, MUSEUM, series, 2, first=1).index == first.index
    assert get_draft(ctx, MUSEUM, series).minted == 2
    with pytest.raises(BadInput) as caught:
        mint(ctx, MUSEUM, series, 4)
    assert (caught.value.field, caught.value.figures["left"]) == ("count", 3)
    for wrong in (0, -1):
        with pytest.raises(BadInput):
            mint(ctx, MUSEUM, series, wrong)
    with pytest.raises(Conflict):
        mint(ctx, MUSEUM, series, 1, first=5)
    mint(ctx, MUSEUM, series, 3)
    assert count(service, Edition) == 5
    with pytest.raises(BadInput):
        mint(ctx, MUSEUM, series, 1)


def test_a_frozen_series_is_minted_after_its_release(service: Service) -> None:
    ctx, staff, series = service.ctx, service.staff, reviewed(service, a_draft(service))
    publish_series(ctx, MUSEUM, series)

    def restrain(action: str) -> None:
        wanted = Restraint(action, "series", series, f"文{action}", "某机关", "某法", None)
        asked = ask_restraint(
            ctx, "regulator-1", staff["officer-1"], wanted, secrets.token_urlsafe(16)
        )
        confirm_restraint(ctx, "regulator-1", staff["officer-2"], asked)

    restrain("freeze")
    with pytest.raises(Refused) as caught:
        mint(ctx, MUSEUM, series, 5, first=1)
    assert [each.code for each in caught.value.explained] == ["restraint"]
    restrain("release")
    assert mint(ctx, MUSEUM, series, 5, first=1).outcome == "permitted"
    assert mint(ctx, MUSEUM, series, 5, first=1).repeated


# The shelf


def test_what_has_no_edition_or_was_taken_down_is_not_on_show(service: Service) -> None:
    ctx = service.ctx
    series = published(service, 2)
    unminted = reviewed(service, another_draft(service, title_zh="尚未铸造"))
    publish_series(ctx, MUSEUM, unminted)
    assert {(each.series.id, each.state) for each in on_show(ctx)} == {
        (series, "soon"),
        (unminted, "soon"),
    }
    service.clock.advance_ms(HOUR)
    assert [(each.series.id, each.state, each.left) for each in on_show(ctx)] == [
        (series, "now", 2)
    ]
    service.clock.advance_ms(10 * DAY)
    assert [each.state for each in on_show(ctx)] == ["past"]
