"""The ledger as files that never change (C2SP tlog-tiles, c2sp.org/tlog-tiles).

A tile is 256 consecutive hashes of one level of the Merkle tree, 8 levels apart; the rightmost
one of a level may be partial. Level 0 holds leaf hashes; a hash of a level above is the root of a
full tile below. An entry bundle holds the entries under a tile of level 0. Whoever has the tiles
of a checkpoint can make every proof (`TileReader` is a `merkle.GetNode`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from collectibles.ledger.merkle import HASH_SIZE, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_LEVEL = 63
MAX_ENTRY_BYTES = 2**16 - 1
"""The longest entry whose length fits the two bytes before it."""

ENTRIES = -1
"""The `level` of an entry bundle."""

_MAX_N = 2**63 - 1
_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<n>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[0-9]{1,3}))?"
)

FetchTile = Callable[[int, int, int], bytes]
"""`tile(level, n, width)`: the hashes of one tile, exactly `width` of them, concatenated."""


class TileError(ValueError):
    """A path, a tile or a bundle that is not as tlog-tiles has it."""


@dataclass(frozen=True)
class Tile:
    """Which tile, or with level ENTRIES which entry bundle: the `n`-th of its level, from 0."""

    level: int
    n: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        for what, value, lowest, highest in (
            ("level", self.level, ENTRIES, MAX_LEVEL),
            ("index", self.n, 0, _MAX_N),
            ("width", self.width, 1, TILE_WIDTH),
        ):
            if not lowest <= value <= highest:
                raise TileError(f"{what} of a tile: expected {lowest} to {highest}, got {value}")

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`; 1234067 is x001/x234/067."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        n, last = divmod(self.n, 1000)
        groups = [f"{last:03}"]
        while n:
            n, group = divmod(n, 1000)
            groups.append(f"x{group:03}")
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile of a path that `path` writes so, and no other way; else TileError."""
        match = _PATH.fullmatch(path)
        if not match:
            raise TileError(f"not the path of a tile: {path[:80]!r}")
        level = ENTRIES if match["level"] == "entries" else int(match["level"])
        n = int(re.sub("[x/]", "", match["n"]))
        tile = cls(level, n, int(match["width"] or TILE_WIDTH))
        if tile.path != path:
            raise TileError(f"path of the tile: expected {tile.path}, got {path}")
        return tile


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """All hash tiles of a tree of `size` entries, by level and index.

    With `since`, without the tiles that the tree of `since` entries has just so: what is new.
    """
    for level in range(MAX_LEVEL + 1):
        now, before = size >> (TILE_HEIGHT * level), since >> (TILE_HEIGHT * level)
        if now == 0:
            return
        if now > before:
            yield from _row(level, now, before)


def bundles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """All entry bundles of a tree of `size` entries; with `since` only those that are new."""
    if size > since:
        yield from _row(ENTRIES, size, since)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """1 to 256 entries, each after its length in two bytes, big-endian."""
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise TileError(f"entries of a bundle: expected 1 to {TILE_WIDTH}, got {len(entries)}")
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TileError(f"entry: expected at most {MAX_ENTRY_BYTES} bytes, got {len(entry)}")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle; TileError if it ends early, late or has another number."""
    if not 1 <= width <= TILE_WIDTH:
        raise TileError(f"width of a bundle: expected 1 to {TILE_WIDTH}, got {width}")
    entries = []
    at = 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data):  # slices beyond the end are short, but `at` goes on and tells
        raise TileError(f"bundle: expected {width} entries in {at} bytes, got {len(data)} bytes")
    return entries


def split_tile(data: bytes, width: int) -> list[bytes]:
    """The `width` hashes of a tile; TileError if it has another length."""
    if len(data) != width * HASH_SIZE:
        raise TileError(f"tile: expected {width * HASH_SIZE} bytes, got {len(data)}")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


class Tiles:
    """Tiles that were fetched, with the nodes within them; the last `keep` of them stay.

    What a tile of one width holds never changes, so these serve trees of every size.
    """

    def __init__(self, fetch: FetchTile, keep: int = 64) -> None:
        self._fetch = fetch
        self.rows = lru_cache(keep)(self._read)

    def _read(self, tile_level: int, n: int, width: int) -> list[list[bytes]]:
        """The tile's hashes, and row by row the nodes over complete pairs of the row below."""
        rows = [split_tile(self._fetch(tile_level, n, width), width)]
        while len(rows[-1]) > 1:
            below = iter(rows[-1])  # a last one without partner belongs to no complete subtree
            rows.append([node_hash(left, right) for left, right in zip(below, below, strict=False)])
        return rows


class TileReader:
    """Nodes of the tree of `size` entries, computed from its tiles: a `merkle.GetNode`.

    `tiles` are asked for the tiles of just this size, in their exact width (who only has the full
    tile left cuts it): a way to fetch them, of which the last `keep` stay, or ones shared.
    The hashes are as true as the tiles: a proof made of them is to be verified against a signed
    root like any other.
    """

    def __init__(self, size: int, tiles: FetchTile | Tiles, keep: int = 64) -> None:
        self.size = size
        self._tiles = tiles if isinstance(tiles, Tiles) else Tiles(tiles, keep)

    def __call__(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of 2**level leaves at `index`.

        Raises IndexError if the tree does not have it, TileError if its tile is not well formed.
        """
        if level < 0 or index < 0 or (index + 1) << level > self.size:
            raise IndexError(f"a tree of {self.size} entries has no node {index} at level {level}")
        tile_level, height = divmod(level, TILE_HEIGHT)
        n, place = divmod(index, TILE_WIDTH >> height)
        width = min(TILE_WIDTH, (self.size >> (TILE_HEIGHT * tile_level)) - n * TILE_WIDTH)
        return self._tiles.rows(tile_level, n, width)[height][place]


def _row(level: int, now: int, before: int) -> Iterator[Tile]:
    """The tiles over `now` hashes of a level from the first that is not full over `before`."""
    first, full = before // TILE_WIDTH, now // TILE_WIDTH
    for n in range(first, full):
        yield Tile(level, n)
    if now % TILE_WIDTH:
        yield Tile(level, full, now % TILE_WIDTH)
