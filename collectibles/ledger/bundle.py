"""Exporting a ledger: the files that bundle_layout.py describes, for anybody to check."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

from collectibles.errors import Conflict, NotFound, Unavailable
from collectibles.ledger.bundle_layout import (
    CHECKPOINT,
    CHECKPOINTS,
    MANIFEST,
    BundleError,
    Manifest,
    files_in,
    paths_of,
    rulebook_digest,
    rulebook_path,
)
from collectibles.ledger.checkpoint import Checkpoint
from collectibles.ledger.machine import find_named
from collectibles.ledger.merkle import leaf_hash
from collectibles.ledger.note import Note, Verifier
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

#: How a file is called while it is written.
PART: Final = ".part"


class Source(Protocol):
    """What is exported: a LedgerReader, or whatever reads like one."""

    def note(self) -> str: ...

    def checkpoints(self) -> Iterator[tuple[int, str]]: ...

    def bodies(self, start: int, stop: int) -> list[bytes]: ...

    def tile(self, tile_level: int, n: int, width: int) -> bytes: ...

    def of_kinds(self, *kinds: str) -> list[tuple[int, dict[str, Any]]]: ...


def export(source: Source, folder: Path, progress: Progress = silent) -> Manifest:
    """Write the bundle of the ledger as it stands now into `folder`.

    May be stopped and started again, also after the ledger has grown: files that are there and
    right stay, the rest is replaced. Raises Conflict if the folder holds anything else, or a
    longer ledger than this one is now; NotFound if there is no ledger; Unavailable if the stored
    ledger does not fit together (run fsck).
    """
    newest = source.note()
    if not newest:
        raise NotFound("no_ledger", "账本尚未创建。", "The ledger has not been created.")
    checkpoint = Checkpoint.parse(Note.parse(newest.encode()).text)
    size = checkpoint.size
    books = _rulebooks(source, size)
    _check_folder(folder, checkpoint)
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
        digest, choices = entry["act"]["rulebook"], entry["act"]["choices"]
        book = find_named(rulebook.find, digest, choices) if index < size else None
        if book is not None:
            found[rulebook_path(digest)] = rulebook.canonical(book.manifest)
    return found


def _vkey(source: Source, origin: str) -> str:
    """The key that signs the checkpoints: the operator's, as the first entry names it."""
    [(_, genesis)] = source.of_kinds("genesis")
    public = base64.b64decode(genesis["act"]["key"], validate=True)
    return Verifier(origin, public, genesis["act"]["algorithm"]).vkey


def _check_folder(folder: Path, checkpoint: Checkpoint) -> None:
    """Never write over the export of another ledger, or one that knows more than we do now."""
    try:
        before = Manifest.parse((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, BundleError):
        return
    if before.origin != checkpoint.origin or before.size > checkpoint.size:
        raise Conflict(
            "other_export",
            f"文件夹中是账本 {before.origin} 的 {before.size} 条记录；现在的账本 "
            f"{checkpoint.origin} 有 {checkpoint.size} 条。请选择空文件夹。",
            f"The folder holds {before.size} entries of {before.origin}; the ledger "
            f"{checkpoint.origin} has {checkpoint.size} now. Choose an empty folder.",
        )


def _clear(folder: Path, keep: Iterable[str]) -> None:
    """Take away what an earlier, smaller or interrupted export left. Raises Conflict."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {*keep, MANIFEST}
    stale = [path for path in files_in(folder) if path not in kept]
    for path in stale:
        if not (_is_tile(path) or rulebook_digest(path) or path.endswith(PART)):
            raise Conflict(
                "folder_in_use",
                f"目标文件夹中有不属于导出的文件：{path}。请选择空文件夹。",
                f"The folder holds a file that is no part of an export: {path}. Choose an empty "
                "folder.",
            )
    for path in stale:
        (folder / path).unlink()


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
    aside = target.with_name(target.name + PART)
    with aside.open("wb") as stream:
        stream.writelines(parts)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(target)
