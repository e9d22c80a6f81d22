"""What the tests of exported ledgers share: keys, a look at a report, a manifest made right."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from collectibles.ledger.bundle_layout import MANIFEST, Manifest, files_in
from collectibles.ledger.note import Signer
from collectibles.ledger.verify import DIFFERS, verify
from tests.ledger.build import ORIGIN, SIGNER

VKEY = SIGNER.verifier.vkey
STRANGER = Signer(ORIGIN, b"\7" * 32)


def found(folder: Path, vkey: str | None = VKEY) -> str:
    """What `verify` says of a bundle that it must not accept."""
    report = verify(folder, vkey)
    assert report.exit_code == DIFFERS, report
    assert report.difference is not None
    assert report.difference.zh
    return " ".join([report.difference.say("en"), *report.altered])


def relist(folder: Path, **changes: Any) -> None:
    """Make the manifest list the files as they are now, as any attacker would."""
    files = {
        path: sha256((folder / path).read_bytes()).hexdigest()
        for path in files_in(folder)
        if path != MANIFEST
    }
    old = Manifest.parse((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_bytes(replace(old, files=files, **changes).encode())
