"""What an exported ledger is: a folder that anybody can check without us.

Written by bundle.py, read by exported.py, checked by verify.py.

    manifest.json            what this is, and the SHA-256 of every other file; canonical JSON
    checkpoint               the newest signed checkpoint (C2SP tlog-checkpoint)
    checkpoints              every batch's signed checkpoint, oldest first, each followed by an
                             empty line: text, empty line, signatures, empty line, text, …
    tile/<L>/<N>[.p/<W>]     the hash tiles of that tree, just those of its size (C2SP tlog-tiles)
    tile/entries/<N>[.p/<W>] the entry bundles under the tiles of level 0
    rulebooks/<digest>.json  the manifests of the rulebooks the log names, to be read by people:
                             whoever checks decides with rulebooks of their own software

Nothing else is in the folder. The manifest is written last: without it the export is not done.
A checkpoint between two batches of one time could be left out unnoticed; nothing hangs on it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from collectibles.ledger import canonical
from collectibles.ledger.note import MAX_NOTE_BYTES
from collectibles.ledger.tiles import bundles_of, tiles_of

FORMAT: Final = "diancang bundle"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
CHECKPOINT: Final = "checkpoint"
CHECKPOINTS: Final = "checkpoints"

_RULEBOOK = re.compile(r"rulebooks/([0-9a-f]{64})\.json")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BundleError(ValueError):
    """A file of a bundle that is not as this module writes it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle claims to be. `files` maps each other file's path to its SHA-256 in hex."""

    origin: str
    vkey: str
    size: int
    files: dict[str, str]

    def encode(self) -> bytes:
        """The bytes of `manifest.json`."""
        return canonical.encode(
            {
                "format": FORMAT,
                "version": VERSION,
                "origin": self.origin,
                "vkey": self.vkey,
                "size": self.size,
                "files": self.files,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """The manifest that `encode` writes so, and no other way. Raises BundleError."""
        try:
            read = canonical.decode(data)
        except canonical.CanonicalError as error:
            raise BundleError(str(error)) from None
        if not isinstance(read, dict) or read.get("format") != FORMAT:
            raise BundleError(f"format is not {FORMAT!r}")
        if read.keys() != {"format", "version", "origin", "vkey", "size", "files"}:
            raise BundleError(f"fields: {sorted(read)}")
        files = read["files"]
        fits = isinstance(files, dict) and all(
            isinstance(value, str) and _DIGEST.fullmatch(value) for value in files.values()
        )
        if not fits or type(read["size"]) is not int or read["size"] < 1:
            raise BundleError("size must be a number from 1, and files map paths to SHA-256")
        if not isinstance(read["origin"], str) or not isinstance(read["vkey"], str):
            raise BundleError("origin and vkey must be text")
        if read["version"] != VERSION:
            raise BundleError(f"version {read['version']!r} is not known to this software")
        return cls(read["origin"], read["vkey"], read["size"], files)


def paths_of(size: int) -> set[str]:
    """The files of every bundle of `size` entries, but for manifest and rulebooks."""
    paths = {tile.path for tile in (*tiles_of(size), *bundles_of(size))}
    return paths | {CHECKPOINT, CHECKPOINTS}


def rulebook_path(digest: str) -> str:
    """Where the manifest of the rulebook with this digest lies."""
    return f"rulebooks/{digest}.json"


def rulebook_digest(path: str) -> str | None:
    """The digest of the rulebook that lies there; None for other paths."""
    match = _RULEBOOK.fullmatch(path)
    return match[1] if match else None


def read_notes(stream: BinaryIO) -> Iterator[bytes]:
    """The notes of a `checkpoints` file, one by one. Raises BundleError where it is not one."""
    lines: list[bytes] = []
    length = blanks = 0
    while line := stream.readline(MAX_NOTE_BYTES):
        blanks += line == b"\n"
        if blanks == 2:
            yield b"".join(lines)
            lines, length, blanks = [], 0, 0
            continue
        lines.append(line)
        length += len(line)
        if length > MAX_NOTE_BYTES:
            raise BundleError(f"a checkpoint has at most {MAX_NOTE_BYTES} bytes")
    if lines:
        raise BundleError("the last checkpoint is not followed by an empty line")


def files_in(folder: Path) -> list[str]:
    """The paths of everything but folders below `folder`, sorted, with `/` between parts."""
    found = []
    for top, folders, names in os.walk(folder):
        inner = Path(top).relative_to(folder)
        names += [name for name in folders if Path(top, name).is_symlink()]
        found += [(inner / name).as_posix() for name in names]
    return sorted(found)
