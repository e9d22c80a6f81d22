"""Signs checkpoints, and only such as it has computed itself from the bytes to be stored.

The batch's new root is computed twice: by the frontier that the orderer keeps, and here by the
recursive definition, from the last signed checkpoint on. One flipped bit between the two would
otherwise make a log that can never be repaired.
"""

from __future__ import annotations

from collections.abc import Sequence

from collectibles.ledger.checkpoint import Checkpoint, open_checkpoint
from collectibles.ledger.merkle import (
    Frontier,
    ProofError,
    consistency_proof,
    leaf_hash,
    root_of,
    verify_consistency,
)
from collectibles.ledger.note import Signer


class CheckpointSigner:
    """The ledger's key, under the ledger's origin as its name."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._last: str = ""

    @property
    def origin(self) -> str:
        return self._signer.name

    @property
    def vkey(self) -> str:
        """The key by which anybody checks what is signed here."""
        return self._signer.verifier.vkey

    def sign(self, last_note: str, before: Frontier, encoded: Sequence[bytes], root: bytes) -> str:
        """The signed note over the tree of `before` and the new entries' bytes.

        `last_note` is the last signed checkpoint, of the tree `before` (empty for a new ledger).
        Raises ProofError or NoteError, and signs nothing, if any of it does not fit.
        """
        old_root = self._signed_root(last_note, before)
        leaves = [leaf_hash(data) for data in encoded]
        size = before.size + len(leaves)

        def get_node(level: int, index: int) -> bytes:
            start, end = index << level, (index + 1) << level
            if end <= before.size:
                return _subtree(before, start, level)
            return root_of(leaves[start - before.size : end - before.size])

        if before.size:
            proof = consistency_proof(before.size, size, get_node)
            verify_consistency(before.size, size, old_root, root, proof)
        elif root_of(leaves) != root:
            raise ProofError("root of a new ledger", root_of(leaves).hex(), root.hex())
        note = Checkpoint(self.origin, size, root).sign(self._signer).encode().decode()
        self._last = note
        return note

    def _signed_root(self, last_note: str, before: Frontier) -> bytes:
        """The last signed root, checked to be that of the tree this batch extends."""
        if not last_note:
            if before.size:
                raise ProofError("checkpoint of the tree so far", "a signed note", "none")
            return before.root()
        if last_note == self._last:
            checkpoint = Checkpoint.parse(last_note.split("\n\n")[0] + "\n")
        else:
            opened = open_checkpoint(last_note.encode(), [self._signer.verifier])
            checkpoint = opened.checkpoint
        if (checkpoint.size, checkpoint.root) != (before.size, before.root()):
            raise ProofError("tree so far", checkpoint.root.hex(), before.root().hex())
        return checkpoint.root


def _subtree(frontier: Frontier, start: int, level: int) -> bytes:
    """The frontier's hash of the complete subtree that begins at `start`."""
    begins = 0
    for place, each in enumerate(_levels(frontier.size)):
        if (begins, each) == (start, level):
            return frontier.hashes[place]
        begins += 1 << each
    raise IndexError(f"the frontier of {frontier.size} has no subtree at {start} of level {level}")


def _levels(size: int) -> list[int]:
    return [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
