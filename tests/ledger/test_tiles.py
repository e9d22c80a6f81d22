"""Tiles: paths, bundles, which tiles a tree has, and proofs made from nothing but tiles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectibles.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from collectibles.ledger.tiles import (
    ENTRIES,
    MAX_ENTRY_BYTES,
    Tile,
    TileError,
    TileReader,
    bundles_of,
    decode_bundle,
    encode_bundle,
    split_tile,
    tiles_of,
)

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(70_000)]
# All hashes of all tile levels of that tree, by the definition of RFC 6962.
LEVELS = [LEAVES]
while len(LEVELS[-1]) >= 256:
    LEVELS.append(
        [root_of(LEVELS[-1][at : at + 256]) for at in range(0, len(LEVELS[-1]) // 256 * 256, 256)]
    )


def tiles_at(size: int) -> Callable[[int, int, int], bytes]:
    """What a ledger of `size` entries serves: just the tiles that `tiles_of` lists."""
    served = {
        (tile.level, tile.n, tile.width): b"".join(
            LEVELS[tile.level][tile.n * 256 : tile.n * 256 + tile.width]
        )
        for tile in tiles_of(size)
    }
    return lambda level, n, width: served[level, n, width]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(3, 999), "tile/3/999"),
        (Tile(3, 1000), "tile/3/x001/000"),
        (Tile(63, 12, 1), "tile/63/012.p/1"),
        (Tile(1, 1234067, 255), "tile/1/x001/x234/067.p/255"),
        (Tile(ENTRIES, 273), "tile/entries/273"),
        (Tile(ENTRIES, 1_000_000, 112), "tile/entries/x001/x000/000.p/112"),
        (Tile(0, 2**63 - 1), "tile/0/x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_paths_are_written_and_read_as_the_specification_has_them(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@settings(deadline=None, max_examples=300)
@given(
    st.integers(min_value=-1, max_value=63),
    st.integers(min_value=0, max_value=2**63 - 1),
    st.integers(min_value=1, max_value=256),
)
def test_every_path_comes_back(level: int, n: int, width: int) -> None:
    tile = Tile(level, n, width)
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/8/0/000",
        "tile/0/x000",
        "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/x01/000",
        "tile/0/X001/000",
        "tile/0/x009/x223/x372/x036/x854/x775/808",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/300",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/-1",
        "tile/0/000.p/1\n",
        "tile/0/000\n",
        "tile/0/..",
        "tile/0/٠٠٠",
        "tile/entries/000.p/1/2",
        "tile/Entries/000",
    ],
)
def test_a_path_written_another_way_is_refused(path: str) -> None:
    with pytest.raises(TileError):
        Tile.parse(path)


def test_a_tile_out_of_bounds_is_refused() -> None:
    for level, n, width in ((-2, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**63, 1), (0, 0, 0)):
        with pytest.raises(TileError, match="of a tile: expected"):
            Tile(level, n, width)
    with pytest.raises(TileError, match="width of a tile: expected 1 to 256, got 257"):
        Tile(0, 0, 257)


def test_the_tiles_of_a_tree_of_70_000_entries_are_those_of_the_specification() -> None:
    tiles = list(tiles_of(70_000))
    assert tiles[:273] == [Tile(0, n) for n in range(273)]
    assert tiles[273:] == [Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(bundles_of(70_000)) == [
        *(Tile(ENTRIES, n) for n in range(273)),
        Tile(ENTRIES, 273, 112),
    ]


def test_the_tiles_of_small_trees() -> None:
    assert list(tiles_of(0)) == list(bundles_of(0)) == []
    assert list(tiles_of(1)) == [Tile(0, 0, 1)]
    assert list(tiles_of(255)) == [Tile(0, 0, 255)]
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(257)) == [Tile(0, 0), Tile(0, 1, 1), Tile(1, 0, 1)]
    assert list(tiles_of(65_536))[-2:] == [Tile(1, 0), Tile(2, 0, 1)]


@settings(deadline=None, max_examples=100)
@given(st.integers(min_value=0, max_value=70_000), st.integers(min_value=0, max_value=2_000))
def test_new_tiles_are_those_that_the_smaller_tree_has_not(since: int, more: int) -> None:
    for listing in (tiles_of, bundles_of):
        had = set(listing(since))
        expected = [tile for tile in listing(since + more) if tile not in had]
        assert list(listing(since + more, since)) == expected


def test_the_bytes_of_a_bundle() -> None:
    entries = [b"", b"a", b"\x00" * 300]
    data = encode_bundle(entries)
    assert data == b"\x00\x00" + b"\x00\x01a" + b"\x01\x2c" + b"\x00" * 300
    assert decode_bundle(data, 3) == entries


@settings(deadline=None, max_examples=200)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=30))
def test_every_bundle_comes_back_and_no_part_of_it_passes(entries: list[bytes]) -> None:
    data = encode_bundle(entries)
    assert decode_bundle(data, len(entries)) == entries
    for damaged, width in (
        (data[:-1], len(entries)),
        (data + b"\x00", len(entries)),
        (data + b"\x00\x00", len(entries)),
        (data[:1], len(entries)),
        (b"", len(entries)),
        (data, len(entries) + 1),
    ):
        with pytest.raises(TileError, match="bundle: expected"):
            decode_bundle(damaged, width)


def test_the_limits_of_a_bundle() -> None:
    longest = b"x" * 65_535
    assert len(longest) == MAX_ENTRY_BYTES
    assert decode_bundle(encode_bundle([longest] * 2), 2) == [longest] * 2
    assert decode_bundle(encode_bundle([b"x"] * 256), 256) == [b"x"] * 256
    for entries in ([], [b""] * 257, [longest + b"x"]):
        with pytest.raises(TileError, match="expected"):
            encode_bundle(entries)
    for width in (0, -1, 257):
        with pytest.raises(TileError, match="width of a bundle"):
            decode_bundle(b"", width)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 3_000, 65_535, 65_536, 70_000])
def test_proofs_made_from_tiles_verify(size: int) -> None:
    reader = TileReader(size, tiles_at(size))
    leaves = LEAVES[:size]
    root = root_of(leaves)
    places = {0, 1, 2, 254, 255, 256, 257, size // 2, size - 257, size - 2, size - 1}
    for index in (each for each in places if 0 <= each < size):
        proof = inclusion_proof(index, size, reader)
        verify_inclusion(index, size, leaves[index], proof, root)
    for first in (each for each in {*places, size} if 0 < each <= size):
        proof = consistency_proof(first, size, reader)
        verify_consistency(first, size, root_of(leaves[:first]), root, proof)


def test_every_node_of_a_tree_is_read_from_its_tiles() -> None:
    size = 1_300
    reader = TileReader(size, tiles_at(size), keep=2)
    for level in range(12):
        for index in range(size >> level):
            expected = root_of(LEAVES[index << level : (index + 1) << level])
            assert reader(level, index) == expected
        with pytest.raises(IndexError, match=f"no node {size >> level} at level {level}"):
            reader(level, size >> level)
    for level, index in ((-1, 0), (0, -1)):
        with pytest.raises(IndexError):
            reader(level, index)


def test_a_proof_fetches_no_tile_twice_and_only_those_it_needs() -> None:
    fetched: list[tuple[int, int, int]] = []
    tiles = tiles_at(70_000)

    def fetch(level: int, n: int, width: int) -> bytes:
        fetched.append((level, n, width))
        return tiles(level, n, width)

    reader = TileReader(70_000, fetch)
    inclusion_proof(69_999, 70_000, reader)
    inclusion_proof(69_998, 70_000, reader)
    assert sorted(fetched) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]


def test_a_tile_of_another_length_is_refused() -> None:
    for data in (b"", bytes(31), bytes(32 * 9), bytes(32 * 11), bytes(32 * 256)):
        reader = TileReader(10, lambda level, n, width, data=data: data)  # type: ignore[misc]
        with pytest.raises(TileError, match="tile: expected 320 bytes"):
            reader(0, 0)
    assert split_tile(bytes(range(64)), 2) == [bytes(range(32)), bytes(range(32, 64))]


def test_a_changed_tile_makes_no_proof_that_verifies() -> None:
    size = 300
    tiles = tiles_at(size)
    root = root_of(LEAVES[:size])

    def changed(level: int, n: int, width: int) -> bytes:
        data = bytearray(tiles(level, n, width))
        data[32 * (width // 2)] ^= 1
        return bytes(data)

    reader = TileReader(size, changed)
    for index in range(size):
        proof = inclusion_proof(index, size, reader)
        with pytest.raises(ValueError, match="root of the tree"):
            verify_inclusion(index, size, reader(0, index), proof, root)
