"""The Merkle tree against published vectors, the recursive definitions and forged proofs.

The oracles here are written from RFC 6962 (recursion over lists of leaf hashes) and from the
verification steps of RFC 9162, and share no code with the module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectibles.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The eight entries, and the roots of the trees of 0 to 8 of them, with which implementations of
# Certificate Transparency are tested.
ENTRIES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(each)
    for each in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
N_0_1 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
N_2_3 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N_4_5 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N_6_7 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N_0_3 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
N_4_7 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LEAF_0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
LEAF_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
LEAF_6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"

SIZES = range(65)
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(130)]


def node_of(leaves: list[bytes]) -> Callable[[int, int], bytes]:
    """Complete subtrees of a list of leaf hashes, by the definition; others do not exist."""

    def get_node(level: int, index: int) -> bytes:
        span = leaves[index << level : (index + 1) << level]
        if len(span) != 1 << level:
            raise AssertionError(f"no complete subtree {index} at level {level}")
        return mth(span)

    return get_node


def mth(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = below(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], known: bool) -> list[bytes]:
    """RFC 6962 section 2.1.2."""
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def accepts_inclusion(index: int, size: int, leaf: bytes, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def accepts_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: list[bytes]
) -> bool:
    """RFC 9162 section 2.1.4.2, for 0 < first < second."""
    if not proof:
        return False
    if first & (first - 1) == 0:
        proof = [first_root, *proof]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr = sha256(b"\x01" + c + fr).digest()
            sr = sha256(b"\x01" + c + sr).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha256(b"\x01" + sr + c).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def forgeries(proof: list[bytes], others: list[bytes]) -> Iterator[list[bytes]]:
    """The proof with one element changed, dropped, added, doubled, swapped or of other length."""
    for at, each in enumerate(proof):
        for bit in (0, 100, 255):
            changed = bytearray(each)
            changed[bit // 8] ^= 1 << bit % 8
            yield [*proof[:at], bytes(changed), *proof[at + 1 :]]
        yield proof[:at] + proof[at + 1 :]
        yield proof[: at + 1] + proof[at:]
        yield [*proof[:at], each[:31], *proof[at + 1 :]]
        yield [*proof[:at], each + b"\x00", *proof[at + 1 :]]
        for other in range(at):
            swapped = list(proof)
            swapped[at], swapped[other] = swapped[other], swapped[at]
            if swapped != proof:
                yield swapped
    for added in (*others, b"", bytes(32)):
        for at in range(len(proof) + 1):
            yield [*proof[:at], added, *proof[at:]]
    if proof:
        yield []


def test_published_roots_of_the_trees_of_0_to_8_entries() -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    frontier = Frontier()
    for size, expected in enumerate(ROOTS):
        assert root_of(leaves[:size]) == expected
        assert frontier.root() == expected
        if size < len(leaves):
            frontier.append(leaves[size])
    assert ROOTS[0] == EMPTY_ROOT
    assert node_hash(leaves[0], leaves[1]) == ROOTS[2]


@pytest.mark.parametrize(
    ("index", "size", "expected"),
    [
        (0, 1, []),
        (0, 8, [LEAF_1, N_2_3, N_4_7]),
        (5, 8, [LEAF_4, N_6_7, N_0_3]),
        (2, 3, [N_0_1]),
        (1, 5, [LEAF_0, N_2_3, LEAF_4]),
    ],
)
def test_published_inclusion_proofs(index: int, size: int, expected: list[str]) -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    proof = [bytes.fromhex(each) for each in expected]
    assert inclusion_proof(index, size, node_of(leaves)) == proof
    verify_inclusion(index, size, leaves[index], proof, ROOTS[size])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (1, 1, []),
        (1, 8, [LEAF_1, N_2_3, N_4_7]),
        (6, 8, [N_4_5, N_6_7, N_0_3]),
        (2, 5, [N_2_3, LEAF_4]),
        (6, 7, [N_4_5, LEAF_6, N_0_3]),
    ],
)
def test_published_consistency_proofs(first: int, second: int, expected: list[str]) -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    proof = [bytes.fromhex(each) for each in expected]
    assert consistency_proof(first, second, node_of(leaves)) == proof
    verify_consistency(first, second, ROOTS[first], ROOTS[second], proof)


def test_every_inclusion_proof_is_that_of_the_definition_and_verifies() -> None:
    get_node = node_of(LEAVES)
    for size in SIZES:
        root = mth(LEAVES[:size])
        for index in range(size):
            proof = inclusion_proof(index, size, get_node)
            assert proof == path(index, LEAVES[:size])
            assert accepts_inclusion(index, size, LEAVES[index], proof, root)
            verify_inclusion(index, size, LEAVES[index], proof, root)


def test_every_consistency_proof_is_that_of_the_definition_and_verifies() -> None:
    get_node = node_of(LEAVES)
    roots = [mth(LEAVES[:size]) for size in SIZES]
    for second in SIZES:
        for first in range(second + 1):
            proof = consistency_proof(first, second, get_node)
            assert proof == (subproof(first, LEAVES[:second], True) if first else [])
            if 0 < first < second:
                assert accepts_consistency(first, second, roots[first], roots[second], proof)
            verify_consistency(first, second, roots[first], roots[second], proof)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 21, 32, 33, 64])
def test_no_forged_inclusion_proof_verifies(size: int) -> None:
    root = mth(LEAVES[:size])
    refused = 0
    for index in range(size):
        proof = path(index, LEAVES[:size])
        leaf = LEAVES[index]
        others = [root, leaf, *proof]
        claims = [(index, size, leaf, forged, root) for forged in forgeries(proof, others)]
        claims += [
            (other, size, leaf, proof, root) for other in range(-1, size + 2) if other != index
        ]
        claims += [(index, other, leaf, proof, root) for other in (0, index, 2 * size)]
        claims += [
            (index, size, LEAVES[size], proof, root),
            (index, size, leaf, proof, EMPTY_ROOT),
            (index, size, leaf, proof, root[:31]),
            (index, size, b"", proof, root),
        ]
        for claim in claims:
            with pytest.raises(ProofError):
                verify_inclusion(*claim)
        refused += len(claims)
    assert refused > 10 * size


@pytest.mark.parametrize("second", [1, 2, 3, 5, 7, 8, 21, 32, 33, 64])
def test_no_forged_consistency_proof_verifies(second: int) -> None:
    roots = [mth(LEAVES[:size]) for size in range(second + 2)]
    refused = 0
    for first in range(second + 1):
        proof = subproof(first, LEAVES[:second], True) if first else []
        old, new = roots[first], roots[second]
        claims = [
            (first, second, old, new, forged) for forged in forgeries(proof, [old, new, *proof])
        ]
        claims += [
            (first, second, roots[second + 1], new, proof),
            (first, second, old[:31], new, proof),
            (first, second, old, new[:31], proof),
            (second + 1, second, old, new, proof),
            (-1, second, old, new, proof),
        ]
        if first > 0:
            claims += [(first, second, old, roots[second + 1], proof)]
            claims += [(first, second, roots[first - 1], new, proof)]
        if 0 < first < second:
            claims += [(first, second, new, old, proof), (second, first, old, new, proof)]
            claims += [(first, second, old, old, proof), (first, second, new, new, proof)]
        for claim in claims:
            with pytest.raises(ProofError):
                verify_consistency(*claim)
        refused += len(claims)
    assert refused > 10 * second


@settings(deadline=None, max_examples=300)
@given(
    st.integers(min_value=2, max_value=130),
    st.data(),
)
def test_random_proofs_are_judged_as_rfc_9162_judges_them(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(min_value=1, max_value=size - 1))
    nodes = [*LEAVES[:4], *path(first, LEAVES[:size]), *subproof(first, LEAVES[:size], True)]
    proof = data.draw(st.lists(st.sampled_from(nodes), max_size=9))
    if data.draw(st.booleans()):
        proof = path(first, LEAVES[:size])
    claimed = data.draw(st.integers(min_value=0, max_value=size))
    root, old = mth(LEAVES[:size]), mth(LEAVES[:first])
    leaf = LEAVES[first]
    assert raises(verify_inclusion, claimed, size, leaf, proof, root) != accepts_inclusion(
        claimed, size, leaf, proof, root
    )
    assert raises(verify_consistency, first, size, old, root, proof) != accepts_consistency(
        first, size, old, root, proof
    )


def raises(verify: Callable[..., None], *claim: object) -> bool:
    try:
        verify(*claim)
    except ProofError:
        return True
    return False


def test_a_refused_proof_says_what_was_expected_and_what_came() -> None:
    proof = path(3, LEAVES[:7])
    root = mth(LEAVES[:7])
    with pytest.raises(ProofError, match="expected 3 hashes, got 2") as short:
        verify_inclusion(3, 7, LEAVES[3], proof[:-1], root)
    assert (short.value.expected, short.value.got) == ("3 hashes", "2")
    with pytest.raises(ProofError, match="root of the tree") as other:
        verify_inclusion(3, 7, LEAVES[4], proof, root)
    assert other.value.expected == root.hex()
    assert len(bytes.fromhex(other.value.got)) == 32


def test_another_prefix_of_the_same_size_is_found() -> None:
    rewritten = [*LEAVES[:4], leaf_hash(b"rewritten"), *LEAVES[5:40]]
    for first in range(5, 40):
        proof = subproof(first, rewritten, True)
        with pytest.raises(ProofError, match=r"root of the (first|second) tree"):
            verify_consistency(first, 40, mth(LEAVES[:first]), mth(rewritten), proof)


def test_proofs_outside_the_tree_are_not_made() -> None:
    get_node = node_of(LEAVES)
    for index, size in ((-1, 5), (5, 5), (0, 0)):
        with pytest.raises(IndexError):
            inclusion_proof(index, size, get_node)
    for first, second in ((-1, 5), (6, 5)):
        with pytest.raises(IndexError):
            consistency_proof(first, second, get_node)


@settings(deadline=None, max_examples=60)
@given(st.integers(min_value=0, max_value=130), st.integers(min_value=0, max_value=130))
def test_a_stored_frontier_goes_on_where_it_stopped(stop: int, size: int) -> None:
    stop = min(stop, size)
    before = Frontier()
    before.extend(LEAVES[:stop])
    after = Frontier(before.size, before.hashes)
    trial = after.copy()
    after.extend(LEAVES[stop:size])
    assert (after.size, after.root()) == (size, mth(LEAVES[:size]))
    assert (trial.size, trial.root(), before.root()) == (stop, before.root(), mth(LEAVES[:stop]))


def test_a_frontier_that_does_not_fit_its_size_is_refused() -> None:
    for size, hashes in ((1, []), (0, LEAVES[:1]), (3, LEAVES[:1]), (4, LEAVES[:2]), (-1, [])):
        with pytest.raises(ValueError, match="a frontier of"):
            Frontier(size, hashes)
    with pytest.raises(ValueError, match="a hash is 32 bytes"):
        Frontier(1, [b"short"])
    frontier = Frontier()
    with pytest.raises(ValueError, match="a hash is 32 bytes"):
        frontier.append(b"the entry, not its hash")
    assert frontier.size == 0
    assert frontier.root() == EMPTY_ROOT
