"""Members' keys and the signatures under single acts.

Algorithms are named, so that SM2 can stand beside Ed25519 (RFC 8032) later. What is signed is
bound to the ledger's origin and to this purpose, so that a signature fits nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import replace
from functools import lru_cache
from typing import Any

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from collectibles.domain.movements import Movement, Signature
from collectibles.ledger import canonical

ED25519 = "ed25519"
_PURPOSE = b"diancang act v1\n"


class SigningKey:
    """A member's private key (Ed25519), made from its 32-byte seed."""

    algorithm = ED25519

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise ValueError("an Ed25519 seed has 32 bytes")
        self._signer = eddsa.new(eddsa.import_private_key(seed), "rfc8032")
        public = eddsa.import_private_key(seed).public_key().export_key(format="raw")
        self.public_bytes = bytes(public)

    @property
    def public(self) -> str:
        """The public key in base64, as member entries carry it."""
        return base64.b64encode(self.public_bytes).decode("ascii")

    def sign(self, message: bytes) -> bytes:
        return bytes(self._signer.sign(message))


@lru_cache(maxsize=256)
def _public_key(public: str) -> ECC.EccKey:
    return eddsa.import_public_key(base64.b64decode(public, validate=True))


def verify(algorithm: str, public: str, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of `public` (base64) over `message`. False if unreadable."""
    if algorithm != ED25519:
        return False
    try:
        eddsa.new(_public_key(public), "rfc8032").verify(message, signature)
    except (ValueError, binascii.Error):
        return False
    return True


def act_digest(movement: Movement) -> str:
    """The digest an operation id is bound to: of kind and act, in hexadecimal SHA-256."""
    return digest_of(movement.kind, canonical.encode(movement.act))


def digest_of(kind: str, act: bytes) -> str:
    """`act_digest` of an act in canonical bytes; kinds are plain words, nothing to escape."""
    return hashlib.sha256(b'{"act":%b,"kind":"%b"}' % (act, kind.encode())).hexdigest()


def signing_bytes(origin: str, movement: Movement) -> bytes:
    """What a member signs under its own act."""
    bound: dict[str, Any] = {
        "origin": origin,
        "kind": movement.kind,
        "op": movement.op_id,
        "by": movement.by,
        "act": movement.act,
    }
    if movement.asks:  # who signs a question has not signed the act
        bound["asks"] = True
    return _PURPOSE + canonical.encode(bound)


def sign_act(key: SigningKey, origin: str, movement: Movement) -> Movement:
    """The movement with its member's signature."""
    value = base64.b64encode(key.sign(signing_bytes(origin, movement))).decode("ascii")
    signature = Signature(key.algorithm, value)
    return replace(movement, signature=signature)


def act_signature_fits(public: str, origin: str, movement: Movement) -> bool:
    """Whether the movement carries a good signature of this key."""
    if movement.signature is None:
        return False
    try:
        value = base64.b64decode(movement.signature.value, validate=True)
    except (ValueError, binascii.Error):
        return False
    return verify(movement.signature.algorithm, public, signing_bytes(origin, movement), value)
