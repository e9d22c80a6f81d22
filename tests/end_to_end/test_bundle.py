"""The story's ledger, exported and verified by the command line; and any byte of it changed."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from collectibles.ledger.bundle_layout import MANIFEST
from collectibles.ledger.verify import DIFFERS, FINE, UNREADABLE, verify
from tests.end_to_end.story import Seen
from tests.end_to_end.town import Town
from tests.trial import Counts, Figure

ROOT = Path(__file__).resolve().parents[2]


def collectibles(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`collectibles …`, as a person runs it."""
    return subprocess.run(
        [sys.executable, "-m", "collectibles", *arguments],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def bundle(town: Town, seen: Seen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `ledger export` wrote of the story."""
    folder = tmp_path_factory.mktemp("export") / "bundle"
    done = collectibles(
        "ledger", "export", str(folder), DATABASE_URL=town.service.ctx.settings.database_url
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_fsck_finds_nothing(town: Town, seen: Seen) -> None:
    done = collectibles("ledger", "fsck", DATABASE_URL=town.service.ctx.settings.database_url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all fits" in done.stdout


def test_the_bundle_verifies_with_a_key_from_elsewhere(town: Town, bundle: Path) -> None:
    size = town.service.ctx.ledger.read.size()
    done = collectibles("verify", str(bundle), "--key", town.service.ctx.vkey)
    assert done.returncode == FINE, done.stdout + done.stderr
    assert f"{size:,} entries" in done.stdout
    assert "decided again with the same result" in done.stdout
    strange = town.service.ctx.vkey[:-6] + "AAAAA="
    assert collectibles("verify", str(bundle), "--key", strange).returncode != FINE


def test_a_second_export_of_the_same_ledger_is_the_same(
    town: Town, bundle: Path, tmp_path: Path
) -> None:
    url = town.service.ctx.settings.database_url
    done = collectibles("ledger", "export", str(tmp_path / "again"), DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    first, second = (
        {path.relative_to(root).as_posix(): path.read_bytes() for path in files_of(root)}
        for root in (bundle, tmp_path / "again")
    )
    assert first == second


def test_the_command_names_what_was_changed(bundle: Path, tmp_path: Path) -> None:
    spoiled = tmp_path / "spoiled"
    shutil.copytree(bundle, spoiled)
    (entries,) = (path for path in files_of(spoiled) if "entries" in path.parts)
    flip(entries, entries.stat().st_size // 2, 1)
    done = collectibles("verify", str(spoiled))
    assert done.returncode == DIFFERS
    assert entries.relative_to(spoiled).as_posix() in done.stdout


def test_a_flipped_bit_anywhere_is_found_and_named(
    bundle: Path, tmp_path: Path, rng: random.Random, counts: Counts, figure: Figure
) -> None:
    spoiled = tmp_path / "spoiled"
    shutil.copytree(bundle, spoiled)
    files = files_of(spoiled)
    places = [(path, rng.randrange(path.stat().st_size)) for path in files]
    while len(places) < counts(40, 4000):
        path = rng.choices(files, [each.stat().st_size for each in files])[0]
        places.append((path, rng.randrange(path.stat().st_size)))
    for path, offset in places:
        whole = path.read_bytes()
        flip(path, offset, 1 << rng.randrange(8))
        report, changed = verify(spoiled), path.read_bytes()
        path.write_bytes(whole)
        name = path.relative_to(spoiled).as_posix()
        assert report.exit_code in (DIFFERS, UNREADABLE), (name, offset)
        assert report.difference is not None
        named = {report.difference.where, *report.altered}
        if name == MANIFEST:  # what it says of a file: then that file is not the one it lists
            near = slice(max(0, offset - 200), offset + 200)
            lists = whole[near] + changed[near]
            named |= {MANIFEST for each in named if each.encode() in lists}
        assert name in named, (name, offset, named)
    assert verify(spoiled).exit_code == FINE
    figure("flipped bits found and named", len(places), "places")


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def flip(path: Path, offset: int, bits: int) -> None:
    """Change these bits of one byte of the file."""
    content = bytearray(path.read_bytes())
    content[offset] ^= bits
    path.write_bytes(content)
