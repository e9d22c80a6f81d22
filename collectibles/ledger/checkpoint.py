"""The signed head of the ledger (C2SP tlog-checkpoint, c2sp.org/tlog-checkpoint).

The text of a note with at least three lines: the ledger's origin, its number of entries in decimal,
its Merkle root in base64. Extension lines may follow; we write none, but read those of others.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from collectibles.ledger.merkle import EMPTY_ROOT, HASH_SIZE
from collectibles.ledger.note import Note, NoteError, NoteVerifier, Signer, check_text, sign_note

MAX_SIZE = 2**63 - 1
"""More entries than this no proof line limit of tlog-witness (63 hashes) allows for."""

_DECIMAL = re.compile("0|[1-9][0-9]{0,18}")


class CheckpointError(NoteError):
    """A note, but no checkpoint, or not the one of the ledger whose key signed it."""


@dataclass(frozen=True)
class Checkpoint:
    """That the ledger `origin` has `size` entries under the Merkle root `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line:
                raise CheckpointError(f"origin and extensions are lines with content: {line!r}")
        if not 0 <= self.size <= MAX_SIZE:
            raise CheckpointError(f"tree size: expected 0 to {MAX_SIZE}, got {self.size}")
        if len(self.root) != HASH_SIZE:
            raise CheckpointError(f"root: expected {HASH_SIZE} bytes, got {len(self.root)}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointError(
                f"root of the empty tree: expected {EMPTY_ROOT.hex()}, got {self.root.hex()}"
            )
        check_text(self.to_text())

    def to_text(self) -> str:
        """The text of the note, which is what is signed."""
        root = base64.b64encode(self.root).decode()
        return "\n".join((self.origin, str(self.size), root, *self.extensions, ""))

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint that `to_text` writes so, and no other way; else NoteError."""
        *lines, rest = text.split("\n")
        if rest or len(lines) < 3:
            raise CheckpointError("a checkpoint has three lines or more, each with its newline")
        origin, size, root, *extensions = lines
        if not _DECIMAL.fullmatch(size):
            raise CheckpointError(f"tree size: expected a decimal number, got {size[:40]!r}")
        try:
            root_hash = base64.b64decode(root, validate=True)
        except ValueError:
            raise CheckpointError(f"root: expected base64, got {root[:80]!r}") from None
        checkpoint = cls(origin, int(size), root_hash, tuple(extensions))
        if checkpoint.to_text() != text:
            raise CheckpointError(f"root: expected canonical base64, got {root[:80]!r}")
        return checkpoint

    def sign(self, *signers: Signer) -> Note:
        """The note with the signatures of the ledger's keys, which bear its origin as name."""
        for signer in signers:
            if signer.name != self.origin:
                raise CheckpointError(f"name of the key: expected {self.origin}, got {signer.name}")
        return sign_note(self.to_text(), *signers)


@dataclass(frozen=True)
class OpenedCheckpoint:
    """A checkpoint, the note it came in, and the trusted keys whose signatures were right."""

    checkpoint: Checkpoint
    note: Note
    signed_by: tuple[NoteVerifier, ...]


def open_checkpoint(data: bytes, verifiers: Iterable[NoteVerifier]) -> OpenedCheckpoint:
    """The checkpoint in a note, if a trusted key of the ledger itself signed it.

    `verifiers` are the ledger's keys and those of trusted witnesses. Signatures by others are
    ignored; one by a trusted key that is wrong refuses the whole. Raises NoteError.
    """
    note = Note.parse(data)
    signed_by = tuple(note.verified_by(verifiers))
    checkpoint = Checkpoint.parse(note.text)
    if all(each.name != checkpoint.origin for each in signed_by):
        names = ", ".join(each.name for each in signed_by)
        raise CheckpointError(f"signed by the ledger: expected {checkpoint.origin}, got {names}")
    return OpenedCheckpoint(checkpoint, note, signed_by)
