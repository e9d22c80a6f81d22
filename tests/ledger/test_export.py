"""Exporting: what is written, interrupted, resumed, and never written over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from collectibles.errors import Conflict, NotFound, Unavailable
from collectibles.ledger.bundle import export
from collectibles.ledger.bundle_layout import MANIFEST, files_in
from collectibles.ledger.note import Signer
from collectibles.ledger.verify import FINE, UNREADABLE, verify
from tests.ledger.build import (
    RETURN_AT,
    SALE_AT,
    Memory,
    Trial,
    on_sale,
    refund,
    sale,
)
from tests.ledger.exports import VKEY


def test_the_stored_ledger_exports_the_same_and_is_found_right(
    fresh_database_url: str, tmp_path: Path, told: Memory
) -> None:
    trial = Trial(fresh_database_url)
    trial.on_sale(buyers=3)
    trial.submit(sale(1, "a1"), sale(2, "a2"))
    trial.submit(refund("pending", 1, 500), at=RETURN_AT)
    manifest = export(trial.read, tmp_path / "one")
    report = verify(tmp_path / "one", VKEY)
    assert (report.exit_code, report.checked) == (FINE, trial.read.size())
    assert manifest.size == report.checked
    trial.close()


def test_progress_is_told(exported: Path, told: Memory, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    export(told, tmp_path / "again", lambda *each: heard.append(each))
    verify(exported, VKEY, lambda *each: heard.append(each))
    for what in ("entries", "files"):
        assert [done for name, done, _ in heard if name == what]
        assert heard[-1][1] == heard[-1][2] == told.size
    assert all(done <= total for _, done, total in heard)


def test_an_export_is_resumed_and_grows(tmp_path: Path) -> None:
    ledger = on_sale(Memory(), buyers=250, editions=300)
    export(ledger, tmp_path)
    stamps = {path: (tmp_path / path).stat().st_mtime_ns for path in files_in(tmp_path)}
    (tmp_path / MANIFEST).unlink()
    (tmp_path / "tile/0/000.p/9.part").parent.mkdir(exist_ok=True)
    (tmp_path / "tile/0/000.p/9.part").write_bytes(b"half")
    (tmp_path / "tile/entries/000.p/255").unlink()
    (tmp_path / "tile/0/000.p/255").write_bytes(b"damaged")
    export(ledger, tmp_path)
    assert verify(tmp_path, VKEY).exit_code == FINE
    kept = {path for path in stamps if (tmp_path / path).stat().st_mtime_ns == stamps[path]}
    assert "checkpoint" in kept
    assert "tile/0/000.p/255" not in kept
    ledger.done(*(sale(number, f"a{number}") for number in range(1, 60)), at=SALE_AT)
    export(ledger, tmp_path)
    report = verify(tmp_path, VKEY)
    assert (report.exit_code, report.checked) == (FINE, ledger.size)
    assert "tile/0/000.p/255" not in files_in(tmp_path)


def test_an_interrupted_export_goes_on(told: Memory, exported: Path, tmp_path: Path) -> None:
    def stop_at(entries: int) -> Callable[[str, int, int], None]:
        def progress(what: str, done: int, total: int) -> None:
            if done >= entries:
                raise KeyboardInterrupt

        return progress

    for entries in (1, 300, told.size):
        with pytest.raises(KeyboardInterrupt):
            export(told, tmp_path, stop_at(entries))
        assert verify(tmp_path).exit_code == UNREADABLE
    export(told, tmp_path)
    assert files_in(tmp_path) == files_in(exported)
    for path in files_in(exported):
        assert (tmp_path / path).read_bytes() == (exported / path).read_bytes()


def test_an_export_touches_no_folder_of_others(tmp_path: Path, told: Memory) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Conflict, match=r"letter\.txt"):
        export(told, tmp_path)
    assert files_in(tmp_path) == ["letter.txt"]


def test_an_export_never_writes_over_one_that_knows_more(told: Memory, tmp_path: Path) -> None:
    export(told, tmp_path)
    kept = {path: (tmp_path / path).read_bytes() for path in files_in(tmp_path)}
    older = told.copy()
    del older.batches[-1]
    other = told.copy()
    other.signer = Signer("other.ledger", bytes(32))
    for ledger in (older, other):
        with pytest.raises(Conflict, match="other_export"):
            export(ledger, tmp_path)
    assert kept == {path: (tmp_path / path).read_bytes() for path in files_in(tmp_path)}


def test_a_damaged_or_empty_ledger_is_not_exported(told: Memory, tmp_path: Path) -> None:
    class Damaged(Memory):
        def bodies(self, start: int, stop: int) -> list[bytes]:
            return [body.replace(b"operator", b"0perator") for body in super().bodies(start, stop)]

    damaged = Damaged()
    with pytest.raises(Unavailable, match="fsck"):
        export(damaged, tmp_path / "one")
    assert MANIFEST not in files_in(tmp_path / "one")

    class Empty(Memory):
        def note(self) -> str:
            return ""

    with pytest.raises(NotFound):
        export(Empty(), tmp_path / "two")
