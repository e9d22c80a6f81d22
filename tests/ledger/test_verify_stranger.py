"""`verify` against a stranger: whoever has the files, but not the ledger's key."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from collectibles.ledger import entry
from collectibles.ledger.bundle import export
from collectibles.ledger.note import Signer
from collectibles.ledger.verify import DIFFERS, verify
from tests.ledger.build import (
    Memory,
    account,
)
from tests.ledger.exports import STRANGER, VKEY, found, relist
from tests.trial import Counts


def _rewritten(told: Memory, folder: Path, batches: list[list[bytes]], notes: Memory) -> Path:
    """Entries of one's own choice, tiles and manifest right for them, checkpoints as they were."""

    forged = notes.copy()
    forged.batches, forged.signer = batches, STRANGER
    export(forged, folder)
    (folder / "checkpoint").write_text(notes.note(), encoding="utf-8")
    kept = "".join(note + "\n" for _, note in notes.checkpoints())
    (folder / "checkpoints").write_text(kept, encoding="utf-8")
    relist(folder)
    return folder


Edit = Callable[[list[bytes], random.Random], int]


def _delete(all_: list[bytes], rng: random.Random) -> int:
    place = rng.randrange(3, len(all_) - 1)
    del all_[place]
    return place


def _swap(all_: list[bytes], rng: random.Random) -> int:
    place = rng.randrange(3, len(all_) - 1)
    all_[place], all_[place + 1] = all_[place + 1], all_[place]
    return place


def _duplicate(all_: list[bytes], rng: random.Random) -> int:
    place = rng.randrange(3, len(all_) - 1)
    all_.insert(place, all_[place - 1])
    return place


def _insert(all_: list[bytes], rng: random.Random) -> int:
    place = rng.randrange(3, len(all_) - 1)
    made = json.loads(all_[place])
    more = entry.make(account("planted"), made["at"], None, "")
    all_.insert(place, entry.encode(more))
    return place


def _edit(all_: list[bytes], rng: random.Random) -> int:
    place = rng.choice([i for i, body in enumerate(all_) if b'"consideration":19900' in body])
    all_[place] = all_[place].replace(b'"consideration":19900', b'"consideration":19901')
    return place


def _cut(all_: list[bytes], rng: random.Random) -> int:
    del all_[-3:]
    return len(all_)


@pytest.mark.parametrize("edit", [_delete, _swap, _duplicate, _insert, _edit, _cut])
def test_a_stranger_who_rewrites_everything_but_signatures(
    told: Memory, tmp_path: Path, rng: random.Random, counts: Counts, edit: Edit
) -> None:
    for number in range(counts(4, 160)):
        bodies = told.all
        place = edit(bodies, rng)
        batches, start = [], 0
        for size in [len(batch) for batch in told.batches]:
            batches.append(bodies[start : start + size])
            start += size
        batches[-1] += bodies[start:]
        report = verify(
            _rewritten(told, tmp_path / str(number), [b for b in batches if b], told), VKEY
        )
        assert report.exit_code == DIFFERS
        assert report.difference is not None
        assert report.checked <= place
        if report.difference.index is not None:
            first = max(end for end, _ in [(0, ""), *told.checkpoints()] if end <= place)
            assert first <= report.difference.index
        shutil.rmtree(tmp_path / str(number))


def test_a_stranger_who_signs_with_a_key_of_its_own(told: Memory, tmp_path: Path) -> None:
    forged = told.copy()
    forged.signer = STRANGER
    export(forged, tmp_path)
    assert "not signed as it must be" in found(tmp_path)
    relist(tmp_path, vkey=STRANGER.verifier.vkey)
    assert "its key is not the trusted one" in found(tmp_path, VKEY)
    assert "its operator has not the key that signed" in found(tmp_path, None)


def test_a_ledger_of_another_name(told: Memory, tmp_path: Path) -> None:
    other = Signer("other.ledger", b"\7" * 32)
    forged = told.copy()
    forged.signer = other
    export(forged, tmp_path)
    relist(tmp_path, vkey=other.verifier.vkey, origin="other.ledger")
    assert "it creates another ledger" in found(tmp_path, None)


def test_checkpoints_left_out_doubled_or_out_of_order(told: Memory, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    export(told, folder)
    notes = [note + "\n" for _, note in told.checkpoints()]
    for changed in (
        notes[:-1],
        [*notes, notes[-1]],
        [notes[1], notes[0], *notes[2:]],
        [*notes[:3], *notes[4:]],
        [],
        [*notes, "\n"],
        ["\n", *notes],
        [notes[0][:-1], *notes[1:]],
    ):
        (folder / "checkpoints").write_text("".join(changed), encoding="utf-8")
        relist(folder)
        said = found(folder)
        assert "checkpoints" in said or said.startswith("entry "), said


def test_an_older_checkpoint_is_not_the_newest(told: Memory, bundle: Path) -> None:
    older = list(told.checkpoints())[-2][1]
    (bundle / "checkpoint").write_text(older, encoding="utf-8")
    relist(bundle)
    assert "checkpoint: it is of another size" in found(bundle)
