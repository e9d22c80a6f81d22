"""`verify` on an honest ledger, and on one that has been damaged."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from collectibles.ledger.bundle_layout import MANIFEST, Manifest, files_in
from collectibles.ledger.verify import FINE, UNREADABLE, verify
from tests.ledger.build import (
    DIGEST,
    ORIGIN,
    Memory,
    creation,
)
from tests.ledger.exports import VKEY, found, relist
from tests.trial import Counts

ROOT = Path(__file__).parents[2]


def test_an_honest_ledger_is_found_right(exported: Path, told: Memory) -> None:
    report = verify(exported, VKEY)
    assert (report.exit_code, report.difference, report.altered) == (FINE, None, [])
    assert (report.checked, report.size) == (told.size, told.size)
    assert report.checkpoints == len(told.batches)
    assert (report.origin, report.vkey, report.pinned) == (ORIGIN, VKEY, True)
    assert report.rulebooks == [creation().act["rulebook"]]
    assert not verify(exported).pinned


def test_it_needs_nothing_of_the_service(exported: Path) -> None:
    script = """
import sys
def watch(event, arguments):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.system", "os.fork"):
        raise SystemExit(f"forbidden: {event}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise SystemExit(f"writes {arguments[0]}")
sys.dont_write_bytecode = True
sys.addaudithook(watch)
from pathlib import Path
from collectibles.ledger.verify import verify
report = verify(Path(sys.argv[1]), sys.argv[2])
loaded = {"flask", "sqlalchemy", "psycopg", "marshmallow", "PIL", "requests"} & set(sys.modules)
assert not loaded, loaded
assert report.checked > 500
raise SystemExit(report.exit_code)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(exported), VKEY],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_report_speaks_both_languages(bundle: Path) -> None:
    (bundle / "checkpoint").unlink()
    difference = verify(bundle, VKEY).difference
    assert difference is not None
    assert difference.say("zh") == "checkpoint: 文件缺失"
    assert difference.say("en") == "checkpoint: the file is missing"


# Damage


def test_one_flipped_bit_anywhere_is_found_and_named(
    exported: Path, tmp_path: Path, rng: random.Random, counts: Counts
) -> None:
    """Each file in turn, at random places: the file is named, in an entry its index too."""
    paths = files_in(exported)
    sizes = [(exported / path).stat().st_size for path in paths]
    drawn = [*paths, *paths, *rng.choices(paths, sizes, k=counts(130, 10_000))]
    folder = Path(shutil.copytree(exported, tmp_path / "flipped"))
    for path in drawn:
        data = bytearray((exported / path).read_bytes())
        place = rng.randrange(len(data) * 8)
        data[place // 8] ^= 1 << place % 8
        (folder / path).write_bytes(bytes(data))
        said = found(folder, rng.choice([VKEY, None]))
        if path != MANIFEST:
            assert path in said, (path, place, said)
        if path.startswith("tile/entries") and "not a bundle" not in said:
            assert said.startswith("entry "), said
        (folder / path).write_bytes((exported / path).read_bytes())
    assert verify(folder, VKEY).exit_code == FINE


def test_a_flipped_bit_of_an_entry_is_named_by_index(bundle: Path, told: Memory) -> None:
    path = bundle / "tile/entries/001"
    before = sum(2 + len(body) for body in told.all[256:300])
    data = bytearray(path.read_bytes())
    data[before + 2 + 10] ^= 1
    path.write_bytes(bytes(data))
    assert found(bundle).startswith("entry 300: ")


def test_every_file_is_held_against_more_than_the_manifest(
    exported: Path, bundle: Path, rng: random.Random
) -> None:
    """The same with a manifest that lists the changed files, as any attacker would write it."""
    for path in files_in(exported):
        if path == MANIFEST:
            continue
        data = bytearray((exported / path).read_bytes())
        place = rng.randrange(len(data) * 8)
        data[place // 8] ^= 1 << place % 8
        (bundle / path).write_bytes(bytes(data))
        relist(bundle)
        said = found(bundle)
        assert path in said, (path, place, said)
        shutil.copy(exported / path, bundle / path)


def test_the_manifest_is_held_against_the_files(exported: Path, bundle: Path) -> None:
    honest = Manifest.parse((exported / MANIFEST).read_bytes())
    for path in honest.files:
        wrong = replace(honest, files=honest.files | {path: DIGEST})
        (bundle / MANIFEST).write_bytes(wrong.encode())
        assert f"{path}: it is not the one that manifest.json lists" in found(bundle)


@pytest.mark.parametrize("relisted", [False, True])
def test_missing_and_extra_files(exported: Path, bundle: Path, relisted: bool) -> None:
    for path in files_in(exported):
        (bundle / path).unlink()
        if path == MANIFEST:
            assert verify(bundle).exit_code == UNREADABLE
        else:
            if relisted:
                relist(bundle)
            assert path in found(bundle)
        shutil.copy(exported / path, bundle / path)
        shutil.copy(exported / MANIFEST, bundle / MANIFEST)
    for extra in ("more", "tile/0/003", "tile/entries/000.p/4", f"rulebooks/{DIGEST}.json"):
        (bundle / extra).parent.mkdir(exist_ok=True)
        (bundle / extra).write_bytes(b"{}")
        if relisted:
            relist(bundle)
        assert extra in found(bundle)
        (bundle / extra).unlink()
        shutil.copy(exported / MANIFEST, bundle / MANIFEST)


def test_links_and_pipes_are_no_files(bundle: Path, exported: Path) -> None:
    (bundle / "checkpoint").unlink()
    (bundle / "checkpoint").symlink_to(exported / "checkpoint")
    assert "checkpoint" in found(bundle)
    (bundle / "checkpoint").unlink()
    os.mkfifo(bundle / "checkpoint")
    assert "checkpoint" in found(bundle)


def test_a_size_beyond_all_measure(bundle: Path) -> None:
    relist(bundle, size=2**53 - 1)
    assert "too few files for its size" in found(bundle)


@pytest.mark.parametrize(
    "written",
    [b"", b"{}", b"[]", b"\xff", b'{"format":"diancang bundle"}', b"[" * 100_000],
)
def test_what_is_no_manifest(bundle: Path, written: bytes) -> None:
    (bundle / MANIFEST).write_bytes(written)
    assert MANIFEST in found(bundle)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    report = verify(tmp_path / "nowhere")
    assert report.exit_code == UNREADABLE
    assert report.difference is not None
    assert MANIFEST in report.difference.say("zh")
