"""The files of an exported ledger, held against one another: no key and no rulebook is needed.

Reads what bundle_layout.py describes. What is missing, extra, of another form or does not fit the
rest raises Differs with its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from collectibles.ledger.bundle_layout import (
    CHECKPOINTS,
    MANIFEST,
    BundleError,
    Manifest,
    files_in,
    paths_of,
    read_notes,
    rulebook_digest,
)
from collectibles.ledger.difference import differs, entry_differs
from collectibles.ledger.merkle import leaf_hash, root_of
from collectibles.ledger.progress import Progress
from collectibles.ledger.tiles import (
    MAX_ENTRY_BYTES,
    TILE_WIDTH,
    Tile,
    TileError,
    bundles_of,
    decode_bundle,
    split_tile,
)

#: More bytes than any file has that is read as a whole.
MOST_BYTES: Final = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)


class Exported:
    """One bundle. `altered` are the files that are not those the manifest lists."""

    def __init__(self, folder: Path) -> None:
        """Read the manifest. Raises OSError if there is none."""
        self.folder = folder
        self.altered: list[str] = []
        self._full_tiles: list[bytes] = []  # the roots of the full tiles of level 0
        try:
            self.manifest = Manifest.parse((folder / MANIFEST).read_bytes())
        except BundleError as error:
            raise differs(MANIFEST, "不合格式", f"not as it must be: {error}") from None

    def check_files(self, progress: Progress) -> None:
        """Every file of a ledger of this size is there and no other; fills `altered`."""
        listed = self.manifest.files
        if self.manifest.size > TILE_WIDTH * len(listed):  # before the paths of so many are made
            raise differs(MANIFEST, "文件太少", "too few files for its size", "", len(listed))
        needed = paths_of(self.manifest.size) | {path for path in listed if rulebook_digest(path)}
        for path in sorted(listed.keys() ^ needed):
            zh, en = f"不应列出或漏列 {path}", f"it lists {path} where it must not, or does not"
            raise differs(MANIFEST, zh, en)
        for path in sorted({*files_in(self.folder)} ^ {*listed, MANIFEST}):
            if path in listed:
                raise differs(path, "文件缺失", "the file is missing")
            raise differs(path, "多余的文件", "the file does not belong here")
        for count, path in enumerate(sorted(listed)):
            if self._digest(path) != listed[path]:
                self.altered.append(path)
            progress("files", count + 1, len(listed))

    def read(self, path: str) -> bytes:
        """The file's bytes."""
        with (self.folder / path).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise differs(path, "文件过大", "the file is too large", f"<= {MOST_BYTES} bytes")
        return data

    def notes(self) -> Iterator[bytes]:
        """Every batch's signed checkpoint, in order."""
        with (self.folder / CHECKPOINTS).open("rb") as stream:
            try:
                yield from read_notes(stream)
            except BundleError as error:
                en = f"not as it must be: {error}"
                raise differs(CHECKPOINTS, "不合格式", en) from None

    def entries(self) -> Iterator[tuple[bytes, bytes]]:
        """Leaf hash and bytes of every entry in order, the bundles held against the tiles."""
        for bundle in bundles_of(self.manifest.size):
            tile = Tile(0, bundle.n, bundle.width)
            try:
                bodies = decode_bundle(self.read(bundle.path), bundle.width)
            except TileError as error:
                raise differs(bundle.path, "不合格式", f"not a bundle: {error}") from None
            leaves, listed = [leaf_hash(body) for body in bodies], self._tile(tile)
            for place in range(bundle.width):
                if leaves[place] != listed[place]:
                    zh = f"{bundle.path} 中的内容与 {tile.path} 中的哈希不符"
                    en = f"what {bundle.path} holds has not the hash in {tile.path}"
                    index = bundle.n * TILE_WIDTH + place
                    raise entry_differs(index, zh, en, listed[place], leaves[place])
            if bundle.width == TILE_WIDTH:
                self._full_tiles.append(root_of(leaves))
            yield from zip(leaves, bodies, strict=True)

    def check_upper_tiles(self) -> None:
        """After all entries: the tiles above level 0 hold the roots of the full tiles below."""
        row, level = self._full_tiles, 1
        while row:
            for n in range(0, len(row), TILE_WIDTH):
                expected = row[n : n + TILE_WIDTH]
                tile = Tile(level, n // TILE_WIDTH, len(expected))
                if self._tile(tile) != expected:
                    zh, en = "与下层哈希不符", "its hashes are not those of the tiles below"
                    raise differs(tile.path, zh, en)
            full = range(0, len(row) // TILE_WIDTH * TILE_WIDTH, TILE_WIDTH)
            row, level = [root_of(row[n : n + TILE_WIDTH]) for n in full], level + 1

    def _tile(self, tile: Tile) -> list[bytes]:
        try:
            return split_tile(self.read(tile.path), tile.width)
        except TileError as error:
            raise differs(tile.path, "不合格式", f"not a tile: {error}") from None

    def _digest(self, path: str) -> str:
        file = self.folder / path
        if not file.is_file() or file.is_symlink():
            raise differs(path, "不是普通文件", "this is no plain file")
        digest = sha256()
        with file.open("rb") as stream:
            while data := stream.read(1 << 20):
                digest.update(data)
        return digest.hexdigest()
