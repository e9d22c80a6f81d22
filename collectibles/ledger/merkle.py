"""The Merkle tree of the ledger: RFC 6962 section 2.1, over SHA-256.

Hashes are 32 bytes, indexes start at 0, and a tree of `size` entries holds the entries 0..size-1.
A *complete subtree* of 2**level leaves is named `(level, index)`: it spans the leaves
`index * 2**level` up to and without `(index + 1) * 2**level`. Proofs are made from such subtrees
only, through a function `get_node(level, index) -> hash`, so they work alike over a list, a table
or tiles. Nothing here knows what an entry is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Literal

HASH_SIZE = 32

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without entries (RFC 6962 section 2.1)."""

GetNode = Callable[[int, int], bytes]
"""`get_node(level, index)`: the hash of a complete subtree of 2**level leaves."""

Side = Literal["left", "right"]


class ProofError(ValueError):
    """A proof that does not prove its claim; `expected` and `got` are what was compared."""

    def __init__(self, message: str, expected: str, got: str) -> None:
        super().__init__(f"{message}: expected {expected}, got {got}")
        self.expected = expected
        self.got = got


def leaf_hash(entry: bytes) -> bytes:
    """MTH of one entry: a 0x00 byte sets leaves apart from nodes (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """MTH of two subtrees, from their hashes (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes, straight from the recursive definition of RFC 6962.

    The second code for what `Frontier` computes step by step: checks use it.
    """
    if not leaf_hashes:
        return EMPTY_ROOT
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    split = _split(len(leaf_hashes))
    return node_hash(root_of(leaf_hashes[:split]), root_of(leaf_hashes[split:]))


class Frontier:
    """The right edge of a tree: all that is needed to append to it and to know its root.

    Holds one hash per set bit of `size`, for the complete subtrees from left (largest) to right.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """The empty tree, or the tree stored as `size` and `hashes`; ValueError if they differ."""
        self._hashes = list(hashes)
        self.size = size
        if size < 0 or len(self._hashes) != size.bit_count():
            raise ValueError(
                f"a frontier of {size} entries has {size.bit_count()} hashes, "
                f"not {len(self._hashes)}"
            )
        for each in self._hashes:
            _check_hash(each)

    @property
    def hashes(self) -> list[bytes]:
        """The hashes to store, largest subtree first (a copy)."""
        return list(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash: on average one node hash of work."""
        _check_hash(leaf)
        carry, size = leaf, self.size
        while size & 1:  # two subtrees of one size join into one of double the size
            carry = sha256(b"\x01" + self._hashes.pop() + carry).digest()
            size >>= 1
        self._hashes.append(carry)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Adds leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The root hash of the tree so far."""
        return _fold(self._hashes)

    def copy(self) -> Frontier:
        """Another frontier of the same tree: to try a batch without spoiling this one."""
        return Frontier(self.size, self._hashes)


def inclusion_proof(index: int, size: int, get_node: GetNode) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1: siblings from the leaf up to the root.

    Raises IndexError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise IndexError(f"a tree of {size} entries has no entry {index}")
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_hash(middle, end, get_node))
            end = middle
        else:
            proof.append(_range_hash(start, middle, get_node))
            start = middle
    return proof[::-1]


def consistency_proof(first: int, second: int, get_node: GetNode) -> list[bytes]:
    """PROOF(first, D[second]) of RFC 6962 section 2.1.2; empty for `first` 0 or `second`.

    Raises IndexError unless 0 <= first <= second.
    """
    if not 0 <= first <= second:
        raise IndexError(f"a tree of {first} entries is no prefix of one of {second}")
    if first in (0, second):
        return []
    proof = []
    start, end = 0, second
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(_range_hash(middle, end, get_node))
            end = middle
        else:
            proof.append(_range_hash(start, middle, get_node))
            start = middle
    if start > 0:  # otherwise this subtree is the first tree, whose root the verifier has
        proof.append(_range_hash(start, end, get_node))
    return proof[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Checks that `leaf` (a leaf hash) is entry `index` of the tree of `size` entries and `root`.

    What RFC 9162 section 2.1.3.2 checks. `size` and `root` come from one signed checkpoint: the
    proof alone does not show that they belong together. Raises ProofError.
    """
    if not 0 <= index < size:
        raise ProofError("entry index out of the tree", f"0 <= index < {size}", str(index))
    sides = _inclusion_sides(index, size)
    _check_proof(proof, len(sides), (leaf, root))
    computed = leaf
    for side, sibling in zip(reversed(sides), proof, strict=True):
        left, right = (computed, sibling) if side == "right" else (sibling, computed)
        computed = node_hash(left, right)
    _check_equal("root of the tree by the inclusion proof", root, computed)


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Checks that the tree of `first` entries is a prefix of the tree of `second` entries.

    What RFC 9162 section 2.1.4.2 checks; the empty tree is a prefix of every tree, by an empty
    proof and the root that the empty tree has. Raises ProofError.
    """
    if not 0 <= first <= second:
        raise ProofError("tree sizes", f"0 <= first <= {second}", str(first))
    if first in (0, second):
        _check_proof(proof, 0, (first_root, second_root))
        same_as_first = EMPTY_ROOT if first == 0 else second_root
        _check_equal("root of the first tree", same_as_first, first_root)
        if second == 0:
            _check_equal("root of the second tree", EMPTY_ROOT, second_root)
        return
    sides, starts_at_root = _consistency_sides(first, second)
    seeds = 0 if starts_at_root else 1
    _check_proof(proof, len(sides) + seeds, (first_root, second_root))
    old = new = first_root if starts_at_root else proof[0]
    for side, sibling in zip(reversed(sides), proof[seeds:], strict=True):
        if side == "right":
            new = node_hash(new, sibling)  # what was added after the first tree
        else:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
    _check_equal("root of the first tree by the consistency proof", first_root, old)
    _check_equal("root of the second tree by the consistency proof", second_root, new)


def _inclusion_sides(index: int, size: int) -> list[Side]:
    """From the root down to the leaf: on which side each sibling is."""
    sides: list[Side] = []
    while size > 1:
        split = _split(size)
        if index < split:
            sides.append("right")
            size = split
        else:
            sides.append("left")
            index, size = index - split, size - split
    return sides


def _consistency_sides(first: int, second: int) -> tuple[list[Side], bool]:
    """From the root of the second tree down: on which side each sibling is, until a subtree ends
    where the first tree ends; and whether that subtree is the first tree itself."""
    sides: list[Side] = []
    starts_at_root = True
    while first != second:
        split = _split(second)
        if first <= split:
            sides.append("right")
            second = split
        else:
            sides.append("left")
            first, second = first - split, second - split
            starts_at_root = False
    return sides, starts_at_root


def _split(size: int) -> int:
    """The largest power of two below `size` (k in RFC 6962 section 2.1); `size` > 1."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_hash(start: int, end: int, get_node: GetNode) -> bytes:
    """MTH(D[start:end]) of a range that is a subtree, complete or at the right edge."""
    return _fold([get_node(level, index) for level, index in _complete_subtrees(start, end)])


def _complete_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees that a subtree's range consists of, largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The root over complete subtrees of falling size: joined from the right."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for each in hashes[-2::-1]:
        root = node_hash(each, root)
    return root


def _check_hash(value: bytes) -> None:
    if type(value) is not bytes or len(value) != HASH_SIZE:
        raise ValueError(f"a hash is {HASH_SIZE} bytes, this is {value!r}")


def _check_proof(proof: Sequence[bytes], length: int, others: tuple[bytes, ...]) -> None:
    if len(proof) != length:
        raise ProofError("length of the proof", f"{length} hashes", str(len(proof)))
    for each in (*proof, *others):
        if len(each) != HASH_SIZE:
            raise ProofError("length of a hash", f"{HASH_SIZE} bytes", str(len(each)))


def _check_equal(what: str, expected: bytes, got: bytes) -> None:
    if expected != got:
        raise ProofError(what, expected.hex(), got.hex())
