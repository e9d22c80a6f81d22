"""An exported ledger: a folder that anybody can check without us (see verify.py).

    manifest.json            what this is, and the SHA-256 of every other file; canonical JSON
    checkpoint               the newest signed checkpoint (C2SP tlog-checkpoint)
    checkpoints              every batch's signed checkpoint, oldest first, each followed by an
                             empty line: text, empty line, signatures, empty line, text, …
    tile/<L>/<N>[.p/<W>]     the hash tiles of that tree, just those of its size (C2SP tlog-tiles)
    tile/entries/<N>[.p/<W>] the entry bundles under the tiles of level 0
    rulebooks/<digest>.json  the manifests of the rulebooks the log names, to be read by people:
                             whoever checks decides with rulebooks of their own software

Nothing else is in the folder. `manifest.json` is written last: without it the export is not done.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from collectibles.errors import Conflict, NotFound, Unavailable
from collectibles.ledger import canonical
from collectibles.ledger.checkpoint import Checkpoint
from collectibles.ledger.machine import choices_of
from collectibles.ledger.merkle import leaf_hash
from collectibles.ledger.note import MAX_NOTE_BYTES, Note, Verifier
from collectibles.ledger.progress import Progress, silent
from collectibles.ledger.tiles import (
    TILE_WIDTH,
    Tile,
    TileError,
    bundles_of,
    decode_bundle,
    encode_bundle,
    split_tile,
    tiles_of,
)
from compliance import rulebook

FORMAT: Final = "diancang bundle"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
CHECKPOINT: Final = "checkpoint"
CHECKPOINTS: Final = "checkpoints"

_RULEBOOK = re.compile(r"rulebooks/([0-9a-f]{64})\.json")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PART = ".part"


class BundleError(ValueError):
    """A file of a bundle that is not as this module writes it."""


class Source(Protocol):
    """What is exported: a LedgerReader, or whatever reads like one."""

    def note(self) -> str: ...

    def checkpoints(self) -> Iterator[tuple[int, str]]: ...

    def bodies(self, start: int, stop: int) -> list[bytes]: ...

    def tile(self, tile_level: int, n: int, width: int) -> bytes: ...

    def of_kinds(self, *kinds: str) -> list[tuple[int, dict[str, Any]]]: ...


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


def export(source: Source, folder: Path, progress: Progress = silent) -> Manifest:
    """Write the bundle of the ledger as it stands now into `folder`.

    May be stopped and started again, also after the ledger has grown: files that are there and
    right stay, the rest is replaced. Raises Conflict if the folder holds anything else, NotFound
    if there is no ledger, Unavailable if the stored ledger does not fit together (run fsck).
    """
    newest = source.note()
    if not newest:
        raise NotFound("no_ledger", "账本尚未创建。", "The ledger has not been created.")
    checkpoint = Checkpoint.parse(Note.parse(newest.encode()).text)
    size = checkpoint.size
    books = _rulebooks(source, size)
    _clear(folder, paths_of(size) | books.keys())
    files: dict[str, str] = {}
    for bundle in bundles_of(size):
        files |= _put_entries(source, folder, bundle)
        progress("entries", bundle.n * TILE_WIDTH + bundle.width, size)
    for tile in tiles_of(size):
        if tile.level:
            files[tile.path] = _put(folder, tile.path, source.tile(tile.level, tile.n, tile.width))
    files[CHECKPOINTS] = _put_notes(source, folder, size)
    files[CHECKPOINT] = _put(folder, CHECKPOINT, newest.encode())
    for path, data in books.items():
        files[path] = _put(folder, path, data)
    manifest = Manifest(checkpoint.origin, _vkey(source, checkpoint.origin), size, files)
    _put(folder, MANIFEST, manifest.encode())
    return manifest


def _put_entries(source: Source, folder: Path, bundle: Tile) -> dict[str, str]:
    """An entry bundle and the tile over it, which also shows whether a bundle there is right."""
    tile = Tile(0, bundle.n, bundle.width)
    leaves = source.tile(tile.level, tile.n, tile.width)
    target = folder / bundle.path
    data = target.read_bytes() if target.exists() else b""
    if not _covers(leaves, data, bundle.width):
        start = bundle.n * TILE_WIDTH
        data = encode_bundle(source.bodies(start, start + bundle.width))
        if not _covers(leaves, data, bundle.width):
            raise Unavailable(
                "ledger_damaged",
                f"账本第{start}条起的记录与其哈希不符，不予导出。请运行 fsck。",
                f"The entries from {start} on do not fit their hashes; nothing is exported. "
                "Run fsck.",
            )
    return {
        bundle.path: _put(folder, bundle.path, data),
        tile.path: _put(folder, tile.path, leaves),
    }


def _covers(leaves: bytes, data: bytes, width: int) -> bool:
    """Whether these are the leaf hashes of the entries in the bundle `data`."""
    try:
        bodies = decode_bundle(data, width)
    except TileError:
        return False
    return [leaf_hash(body) for body in bodies] == split_tile(leaves, width)


def _put_notes(source: Source, folder: Path, size: int) -> str:
    """The file of all batches' checkpoints up to `size`, written as it is read."""
    digest = sha256()

    def parts() -> Iterator[bytes]:
        for end, note in source.checkpoints():
            if end > size:
                return
            data = note.encode() + b"\n"
            digest.update(data)
            yield data

    _write(folder / CHECKPOINTS, parts())
    return digest.hexdigest()


def _rulebooks(source: Source, size: int) -> dict[str, bytes]:
    """The manifests the log names, by path; but for one announced that this software lacks."""
    found = {}
    for index, entry in source.of_kinds("genesis", "rulebook"):
        digest, choices = entry["act"]["rulebook"], choices_of(entry["act"]["choices"])
        book = rulebook.find(digest, choices) if index < size else None
        if book is not None:
            found[rulebook_path(digest)] = rulebook.canonical(book.manifest)
    return found


def _vkey(source: Source, origin: str) -> str:
    """The key that signs the checkpoints: the operator's, as the first entry names it."""
    [(_, genesis)] = source.of_kinds("genesis")
    public = base64.b64decode(genesis["act"]["key"], validate=True)
    return Verifier(origin, public, genesis["act"]["algorithm"]).vkey


def _clear(folder: Path, keep: Iterable[str]) -> None:
    """Take away what an earlier, smaller or interrupted export left. Raises Conflict."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {*keep, MANIFEST}
    stale = [path for path in files_in(folder) if path not in kept]
    for path in stale:
        if not (_is_tile(path) or rulebook_digest(path) or path.endswith(_PART)):
            raise Conflict(
                "folder_in_use",
                f"目标文件夹中有不属于导出的文件：{path}。请选择空文件夹。",
                f"The folder holds a file that is no part of an export: {path}. Choose an empty "
                "folder.",
            )
    for path in stale:
        (folder / path).unlink()


def files_in(folder: Path) -> list[str]:
    """The paths of everything but folders below `folder`, sorted, with `/` between parts."""
    found = []
    for top, folders, names in os.walk(folder):
        inner = Path(top).relative_to(folder)
        names += [name for name in folders if Path(top, name).is_symlink()]
        found += [(inner / name).as_posix() for name in names]
    return sorted(found)


def _is_tile(path: str) -> bool:
    try:
        Tile.parse(path)
    except TileError:
        return False
    return True


def _put(folder: Path, path: str, data: bytes) -> str:
    """Write the file unless it is there just so; its SHA-256."""
    target = folder / path
    if not target.exists() or target.read_bytes() != data:
        _write(target, (data,))
    return sha256(data).hexdigest()


def _write(target: Path, parts: Iterable[bytes]) -> None:
    """The whole file or none of it, also when the machine stops here."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(target.name + _PART)
    with aside.open("wb") as stream:
        stream.writelines(parts)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(target)
