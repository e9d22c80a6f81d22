"""A verifier of proofs written from RFC 6962 and the C2SP texts alone: nothing of the project.

It is what somebody else would write to check a certificate, and so an independent judge of ours.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def leaf(entry: bytes) -> bytes:
    """RFC 6962 section 2.1: the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """Section 2.1: the Merkle tree hash of leaf hashes, by its recursive definition."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return node(root_of(leaves[:split]), root_of(leaves[split:]))


def root_from_inclusion(index: int, size: int, hashed: bytes, path: list[bytes]) -> bytes:
    """Section 2.1.1: the root that an audit path leads to, recursively from the top."""
    if size == 1:
        assert index == 0, "no such leaf"
        assert not path, "the path is too long"
        return hashed
    split = 1
    while 2 * split < size:
        split *= 2
    *rest, top = path
    if index < split:
        return node(root_from_inclusion(index, split, hashed, rest), top)
    return node(top, root_from_inclusion(index - split, size - split, hashed, rest))


def roots_from_consistency(first: int, second: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """Section 2.1.2: both roots that a consistency proof leads to, for 0 < first < second.

    When the first tree is complete its root is no part of the proof: give it as path[0].
    """
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for each in path[1:]:
        assert sn, "the proof is too long"
        if fn & 1 or fn == sn:
            fr, sr = node(each, fr), node(each, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, each)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0, "the proof is too short"
    return fr, sr


def open_checkpoint(note: str, vkey: str) -> tuple[str, int, bytes]:
    """C2SP tlog-checkpoint and signed-note: origin, size and root, if the key has signed them."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    name, key_hash, key = vkey.split("+", 2)
    raw = base64.b64decode(key)
    assert raw[0] == 1, "not an Ed25519 key"
    computed = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    assert computed.hex() == key_hash, "the key's hash is not its own"
    for line in signatures.splitlines():
        mark, who, signature = line.split(" ")
        signed = base64.b64decode(signature)
        if (mark, who, signed[:4]) == ("—", name, computed):
            Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signed[4:], text.encode())
            break
    else:
        raise AssertionError("nobody of that key has signed it")
    origin, size, root = text.splitlines()[:3]
    return origin, int(size), base64.b64decode(root)
