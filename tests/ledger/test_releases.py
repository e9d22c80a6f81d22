"""What earlier releases recorded is decided again by this one, byte for byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from collectibles.ledger.bundle import export
from collectibles.ledger.histories import Bundle
from collectibles.ledger.replay import replay_all
from collectibles.ledger.verify import FINE, verify
from compliance import rulebook
from compliance.calendar import DAY_MS
from tests.ledger.build import (
    CHOICES,
    ISSUE_AT,
    MINT_AT,
    SALE_AT,
    Memory,
    account,
    announced,
    mint,
    sale,
    series,
)
from tests.ledger.exports import VKEY
from tests.ledger.freeze import RELEASES, digest_of, told, write

FROZEN = sorted(RELEASES.iterdir(), key=lambda folder: int(folder.name))


def test_every_release_but_a_coming_one_has_its_ledger() -> None:
    numbers = [int(folder.name) for folder in FROZEN]
    assert numbers == list(range(1, len(FROZEN) + 1))
    assert len(rulebook.released()) - 1 <= len(FROZEN)


@pytest.mark.parametrize("folder", FROZEN, ids=lambda folder: folder.name)
def test_a_frozen_ledger_comes_out_byte_for_byte(folder: Path) -> None:
    report = verify(folder, VKEY)
    assert report.exit_code == FINE, report
    assert report.checked == report.size > 40
    assert digest_of(int(folder.name)) in report.rulebooks
    done = replay_all(Bundle(folder), rulebook.find)
    assert (done.checked, done.difference) == (report.size, None)
    assert done.decided[digest_of(int(folder.name))] >= 15


def test_a_changed_byte_of_a_frozen_ledger_is_named(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FROZEN[0], tmp_path / "bundle"))
    [entries] = (folder / "tile" / "entries" / "000.p").iterdir()
    data = entries.read_bytes()
    entries.write_bytes(data.replace(b'"consideration":19900', b'"consideration":19901', 1))
    done = replay_all(Bundle(folder), rulebook.find)
    assert done.difference is not None
    assert done.checked < done.size


def test_what_is_frozen_is_never_written_again(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        write(1, FROZEN[0])
    write(1, tmp_path / "again")
    assert verify(tmp_path / "again", VKEY).exit_code == FINE


def test_the_next_frozen_ledger_can_be_made(tmp_path: Path) -> None:
    """As the newest release's will be: over from the first, with every kind decided anew."""
    newest = rulebook.load(CHOICES).digest
    ledger = told(digest_of(1), newest)
    export(ledger, tmp_path)
    report = verify(tmp_path, VKEY)
    assert report.exit_code == FINE, report
    decided = [entry for entry in ledger.entries if entry.get("rb") == newest]
    if newest != digest_of(1):
        assert len(decided) >= 15
        assert {"refusal", "hold"} <= {entry["kind"] for entry in decided}


def crossing() -> tuple[Memory, str, str]:
    """A ledger that begins under release 1 and goes over to this software's newest rulebook."""
    choices = {**CHOICES, "resale.mode": [*CHOICES["resale.mode"], ("2028-01-01", "forbidden")]}
    newest = rulebook.load(choices).digest
    ledger = Memory(digest=digest_of(1))
    at = SALE_AT + DAY_MS
    ledger.done(announced(at, newest, op_id="takes-over", choices=choices), at=ISSUE_AT)
    ledger.done(series(edition_size=20), at=ISSUE_AT)
    ledger.done(mint(count=12), at=MINT_AT)
    ledger.done(*(account(f"a{number}") for number in range(1, 4)), at=MINT_AT)
    ledger.done(sale(1, "a1"), at=SALE_AT)
    ledger.apply(sale(2, "a1"), at=at - 1)
    ledger.apply(sale(2, "a2", return_until=at + 7 * DAY_MS), at=at)
    return ledger, digest_of(1), newest


def test_a_rulebook_that_changes_on_the_way(tmp_path: Path) -> None:
    ledger, first, second = crossing()
    assert [e["rb"] for e in ledger.entries if e["op"].startswith("sale-")] == [
        first,
        first,
        second,
    ]
    export(ledger, tmp_path)
    report = verify(tmp_path, VKEY)
    assert report.exit_code == FINE, report
    assert report.rulebooks == sorted([first, second])
    done = replay_all(Bundle(tmp_path), rulebook.find)
    assert done.difference is None
    assert done.decided.keys() == {first, second}
