"""The signer signs what it has computed itself, and nothing else."""

from __future__ import annotations

import random

import pytest

from collectibles.ledger.checkpoint import Checkpoint, open_checkpoint
from collectibles.ledger.merkle import Frontier, ProofError, leaf_hash, root_of
from collectibles.ledger.note import NoteError, Signer
from collectibles.ledger.signer import CheckpointSigner
from tests.trial import Counts

ORIGIN = "tests.ledger"
KEY = Signer(ORIGIN, bytes(32))
Batch = tuple[str, Frontier, list[bytes], bytes]


def entries(count: int, start: int = 0) -> list[bytes]:
    return [b'{"entry":%d}' % number for number in range(start, start + count)]


def batch(before: int, count: int) -> Batch:
    """What an orderer hands over: the last note, the tree so far, the entries, the new root."""
    leaves = [leaf_hash(data) for data in entries(before)]
    frontier = Frontier()
    frontier.extend(leaves)
    note = ""
    if before:
        note = Checkpoint(ORIGIN, before, root_of(leaves)).sign(KEY).encode().decode()
    new = entries(count, before)
    after = frontier.copy()
    after.extend(leaf_hash(data) for data in new)
    return note, frontier, new, after.root()


def test_every_small_tree_and_batch() -> None:
    for before in range(40):
        signer = CheckpointSigner(KEY)
        for count in range(1, 20):
            note = signer.sign(*batch(before, count))
            opened = open_checkpoint(note.encode(), [KEY.verifier]).checkpoint
            leaves = [leaf_hash(data) for data in entries(before + count)]
            assert opened == Checkpoint(ORIGIN, before + count, root_of(leaves))


def test_batch_after_batch_without_reading_its_own_note_again() -> None:
    signer, note, frontier = CheckpointSigner(KEY), "", Frontier()
    for count in (1, 3, 255, 1, 300, 7, 512, 2):
        new = entries(count, frontier.size)
        after = frontier.copy()
        after.extend(leaf_hash(data) for data in new)
        note = signer.sign(note, frontier, new, after.root())
        frontier = after
    opened = open_checkpoint(note.encode(), [KEY.verifier]).checkpoint
    assert opened.size == frontier.size == 1081
    assert opened.root == root_of([leaf_hash(data) for data in entries(1081)])


def _flip(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data) * 8)
    changed = bytearray(data)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


@pytest.mark.parametrize("where", ["entry", "root", "frontier", "note"])
def test_one_flipped_bit_is_never_signed(where: str, rng: random.Random, counts: Counts) -> None:
    """Bits of what the orderer holds in memory, between its own computing and the signature."""
    for _ in range(counts(60, 1000)):
        before, count = rng.randrange(1, 600), rng.randrange(1, 60)
        note, frontier, new, root = batch(before, count)
        if where == "entry":
            place = rng.randrange(len(new))
            new[place] = _flip(new[place], rng)
        elif where == "root":
            root = _flip(root, rng)
        elif where == "frontier":
            hashes = frontier.hashes
            place = rng.randrange(len(hashes))
            hashes[place] = _flip(hashes[place], rng)
            frontier = Frontier(frontier.size, hashes)
        else:
            note = _flip(note.encode(), rng).decode(errors="replace")
        signer = CheckpointSigner(KEY)
        with pytest.raises((ProofError, NoteError)):
            signer.sign(note, frontier, new, root)


def test_a_tree_that_is_not_the_signed_one_is_refused() -> None:
    note, frontier, new, root = batch(10, 5)
    other_note, other, _, _ = batch(9, 5)
    for last, before in ((other_note, frontier), (note, other), ("", frontier)):
        with pytest.raises(ProofError):
            CheckpointSigner(KEY).sign(last, before, new, root)


def test_nor_one_signed_by_another_key_or_ledger() -> None:
    note, frontier, new, root = batch(10, 5)
    for stranger in (Signer(ORIGIN, b"\1" * 32), Signer("other.ledger", bytes(32))):
        with pytest.raises(NoteError):
            CheckpointSigner(stranger).sign(note, frontier, new, root)


def test_the_key_it_publishes_is_the_one_it_signs_with() -> None:
    signer = CheckpointSigner(KEY)
    assert signer.origin == ORIGIN
    assert signer.vkey == KEY.verifier.vkey
