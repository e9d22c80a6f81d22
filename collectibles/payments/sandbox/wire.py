"""What the sandbox and its merchants speak: signed texts, header names, freshness, nonces.

A request is signed over five lines (method, target, seconds, nonce, body), an answer over the
nonce of its request, status, seconds, nonce and body, a notice over seconds, nonce and body; each
kind begins with its own word, so that none passes for another. RSA PKCS#1 v1.5 with SHA-256, in
base64. Body bytes signed are the bytes sent. Modelled on WeChat Pay v3 (ecosystem notes 1.2).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from Crypto.Cipher import PKCS1_OAEP
from Crypto.Hash import SHA256
from Crypto.PublicKey import RSA
from Crypto.Signature import pkcs1_15

SCHEME = "SANDBOX-RSA-SHA256"
SERIAL_HEADER = "Sandbox-Serial"
TIMESTAMP_HEADER = "Sandbox-Timestamp"
NONCE_HEADER = "Sandbox-Nonce"
SIGNATURE_HEADER = "Sandbox-Signature"

FRESH_MS = 300_000
"""Signed texts are believed for five minutes on either side of the reader's clock."""
MAX_BODY = 65_536
"""No request and no notice is larger, in bytes."""

SERIAL = re.compile(r"[0-9A-F]{40}")
TIMESTAMP = re.compile(r"[0-9]{1,11}")
NONCE = re.compile(r"[0-9A-Za-z]{16,64}")

_AUTHORIZATION = re.compile(
    SCHEME + r' merchant="([0-9A-Za-z_-]{1,32})",serial="([0-9A-F]{40})",'
    r'timestamp="([0-9]{1,11})",nonce="([0-9A-Za-z]{16,64})",signature="([0-9A-Za-z+/=]{1,1024})"'
)


def request_text(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a merchant signs. `target` is path and query, exactly as sent."""
    return f"request\n{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_text(asked: str, status: int, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the gateway signs in answer to the request whose nonce is `asked`."""
    return f"answer\n{asked}\n{status}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def notice_text(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the gateway signs when it speaks first."""
    return f"notice\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


class Signed(NamedTuple):
    """What the four signature headers hold; empty where one is missing."""

    serial: str
    timestamp: str
    nonce: str
    signature: str

    def is_whole(self) -> bool:
        """Whether all four are there in the form they have; nothing is verified yet."""
        return bool(
            SERIAL.fullmatch(self.serial)
            and TIMESTAMP.fullmatch(self.timestamp)
            and NONCE.fullmatch(self.nonce)
            and self.signature
        )


def signature_headers(headers: Mapping[str, str]) -> Signed:
    """Reads them whatever the case of their names."""
    given = {name.lower(): value for name, value in headers.items()}
    names = (SERIAL_HEADER, TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER)
    return Signed(*(given.get(name.lower(), "") for name in names))


class CheckingKey:
    """A public key and its serial (SHA-256 of its DER form, 40 hexadecimal digits)."""

    def __init__(self, pem: bytes | str) -> None:
        self._key = RSA.import_key(pem)
        if self._key.has_private():
            raise ValueError("a private key where a public one belongs")
        if self._key.size_in_bits() < 2048:
            raise ValueError("an RSA key of less than 2048 bits")
        self._verifier = pkcs1_15.new(self._key)
        self.serial = SHA256.new(self._key.export_key("DER")).hexdigest()[:40].upper()

    def verifies(self, text: bytes, signature: str) -> bool:
        """Whether `signature` is this key's, in the one base64 spelling it can have."""
        try:
            raw = base64.b64decode(signature, validate=True)
            if base64.b64encode(raw).decode() != signature:
                return False
            self._verifier.verify(SHA256.new(text), raw)
        except (ValueError, TypeError, binascii.Error):
            return False
        return True

    def seal(self, secret: bytes) -> str:
        """RSA-OAEP (SHA-256) for this key's holder, in base64; at most 190 bytes."""
        cipher = PKCS1_OAEP.new(self._key, hashAlgo=SHA256)
        return base64.b64encode(cipher.encrypt(secret)).decode()


class SigningKey:
    """A private key; signs, and opens what was sealed for it."""

    def __init__(self, pem: bytes) -> None:
        self._key = RSA.import_key(pem)
        if not self._key.has_private():
            raise ValueError("a public key where a private one belongs")
        self._signer = pkcs1_15.new(self._key)
        self.public_pem = self._key.public_key().export_key("PEM")
        self.serial = CheckingKey(self.public_pem).serial

    def sign(self, text: bytes) -> str:
        return base64.b64encode(self._signer.sign(SHA256.new(text))).decode()

    def open(self, sealed: str) -> bytes:
        """Raises ValueError when it was not sealed for this key."""
        cipher = PKCS1_OAEP.new(self._key, hashAlgo=SHA256)
        return cipher.decrypt(base64.b64decode(sealed, validate=True))


def authorization(merchant: str, serial: str, timestamp: str, nonce: str, signature: str) -> str:
    """The `Authorization` header of a request."""
    return (
        f'{SCHEME} merchant="{merchant}",serial="{serial}",timestamp="{timestamp}",'
        f'nonce="{nonce}",signature="{signature}"'
    )


def read_authorization(header: str) -> tuple[str, str, str, str, str] | None:
    """Merchant, serial, timestamp, nonce, signature; None when it is not of that form."""
    match = _AUTHORIZATION.fullmatch(header)
    return None if match is None else match.groups()  # type: ignore[return-value]


def is_fresh(timestamp: str, now_ms: int) -> bool:
    """Whether a signed second lies within five minutes of `now_ms`."""
    return abs(now_ms - int(timestamp) * 1000) < FRESH_MS


def encode(document: dict[str, Any]) -> bytes:
    """The bytes of a document: sorted, compact UTF-8 JSON."""
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def decode(body: bytes) -> dict[str, Any]:
    """The document in those bytes. Raises ValueError when it is not one JSON object."""
    try:
        document = json.loads(body.decode())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return document


class Nonces:
    """The nonces of signed texts still fresh: each may be used once.

    Kept in memory of one process, so it stops a replay to the same process; across processes the
    unique number of the thing itself (charge, refund, notice) is the guard. Only texts whose
    signature was good are remembered, so a stranger cannot fill it.
    """

    def __init__(self) -> None:
        self._until: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, serial: str, nonce: str, now_ms: int) -> bool:
        """True the first time; False for a nonce already seen and not yet out of date."""
        with self._lock:
            while self._until and next(iter(self._until.values())) < now_ms:
                self._until.popitem(last=False)
            if (serial, nonce) in self._until:
                return False
            # A text may be five minutes ahead of the clock, and is then believed five more.
            self._until[(serial, nonce)] = now_ms + 2 * FRESH_MS
            return True
