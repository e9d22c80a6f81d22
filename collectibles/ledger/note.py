"""Signed notes: a text, a blank line, and signature lines (C2SP signed-note, c2sp.org/signed-note).

Parsing and trusting are two steps: `Note.parse` refuses what is not a note, `Note.verified_by`
says which of the keys one trusts have signed it. Signatures of other keys are ignored, as the
specification demands; so keys can be rotated and witnesses can add their lines.

A key is known by its name and a 4-byte key ID. Ed25519 (RFC 8032, signature type 0x01) is the
first algorithm of `ALGORITHMS`; another one, SM2 with SM3 say, is another row. A kind of signature
that is made over more than the text (witness cosignatures) only has to look like `NoteSigner` and
`NoteVerifier`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from Crypto.Signature import eddsa

MAX_NOTE_BYTES = 512 * 1024
MAX_SIGNATURES = 64
"""More than the 16 that the specification asks verifiers to accept, few enough to check."""

_KEY_ID_SIZE = 4
_DASH = "—"  # U+2014, with which every signature line starts
_SECRET_PREFIX = "PRIVATE+KEY+"  # noqa: S105  (the mark of the format, no secret)
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")
"""Control characters but newline, and what UTF-8 cannot write."""


class NoteError(ValueError):
    """No note, no key, or no note that the trusted keys have signed: says which and why."""


@dataclass(frozen=True)
class Algorithm:
    """How one signature algorithm makes and checks signatures.

    `signature_type` is what C2SP puts before the public key in key IDs and key encodings: one
    byte, or 0xff and a longer identifier of one's own. No type is the beginning of another.
    `load_public` gives `verify(message, signature) -> bool`; `load_secret` gives
    `sign(message) -> signature` and the public key. Both raise NoteError for a key that is none.
    """

    identifier: str
    signature_type: bytes
    load_public: Callable[[bytes], Callable[[bytes, bytes], bool]]
    load_secret: Callable[[bytes], tuple[Callable[[bytes], bytes], bytes]]


def _load_ed25519_public(public: bytes) -> Callable[[bytes, bytes], bool]:
    if len(public) != 32:
        raise NoteError(f"an Ed25519 public key has 32 bytes, not {len(public)}")
    try:
        key = eddsa.import_public_key(public)
    except ValueError as error:
        raise NoteError(f"not an Ed25519 public key ({error})") from None
    if (key.pointQ * 8).is_point_at_infinity():
        raise NoteError("this Ed25519 public key has small order: anybody could sign with it")
    scheme = eddsa.new(key, "rfc8032")

    def verify(message: bytes, signature: bytes) -> bool:
        try:
            scheme.verify(message, signature)
        except ValueError:
            return False
        return True

    return verify


def _load_ed25519_secret(seed: bytes) -> tuple[Callable[[bytes], bytes], bytes]:
    if len(seed) != 32:
        raise NoteError(f"an Ed25519 seed has 32 bytes, not {len(seed)}")
    key = eddsa.import_private_key(seed)
    scheme = eddsa.new(key, "rfc8032")
    return lambda message: bytes(scheme.sign(message)), key.public_key().export_key(format="raw")


ALGORITHMS: Mapping[str, Algorithm] = {
    "ed25519": Algorithm("ed25519", b"\x01", _load_ed25519_public, _load_ed25519_secret),
}
"""The signature algorithms by identifier."""


@dataclass(frozen=True)
class NoteSignature:
    """One signature line; `signature` is without the key ID before it."""

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.key_id) != _KEY_ID_SIZE or not self.signature:
            raise NoteError(f"a signature of {self.name} needs a 4-byte key ID and its bytes")

    @property
    def line(self) -> str:
        """The line of the note, with its newline."""
        return f"{_DASH} {self.name} {_to_base64(self.key_id + self.signature)}\n"


class NoteVerifier(Protocol):
    """A trusted key: checks signatures that bear its name and key ID."""

    @property
    def name(self) -> str: ...

    @property
    def key_id(self) -> bytes: ...

    def verifies(self, text: str, signature: bytes) -> bool: ...


class NoteSigner(Protocol):
    """Makes the signature line for a text."""

    def sign(self, text: str) -> NoteSignature: ...


@dataclass(frozen=True)
class Note:
    """A text ending in a newline, and the signatures under it, as yet trusted by nobody."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        check_text(self.text)
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise NoteError(
                f"a note has 1 to {MAX_SIGNATURES} signatures, not {len(self.signatures)}"
            )
        keys = [(each.name, each.key_id) for each in self.signatures]
        if len(set(keys)) < len(keys):
            raise NoteError("a note has one signature of a key, not several")

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """The note whose bytes these are; NoteError says what about them is not a note."""
        if len(data) > MAX_NOTE_BYTES:
            raise NoteError(f"a note has at most {MAX_NOTE_BYTES} bytes, not {len(data)}")
        try:
            content = data.decode()
        except UnicodeDecodeError as error:
            raise NoteError(f"a note is UTF-8, byte {error.start} is not") from None
        text, blank, lines = content.rpartition("\n\n")
        if not blank:
            raise NoteError("a note has an empty line between its text and its signatures")
        if not lines.endswith("\n"):
            raise NoteError("a note ends with a signature line and its newline")
        return cls(text + "\n", tuple(_parse_line(line) for line in lines[:-1].split("\n")))

    def encode(self) -> bytes:
        """The bytes of the note; `parse` gives the same note back."""
        return (self.text + "\n" + "".join(each.line for each in self.signatures)).encode()

    def adding(self, *signatures: NoteSignature) -> Note:
        """The same note with more signatures after those it has."""
        return Note(self.text, (*self.signatures, *signatures))

    def verified_by(self, verifiers: Iterable[NoteVerifier]) -> list[NoteVerifier]:
        """The keys among `verifiers` that signed this note: at least one, in the note's order.

        Raises NoteError if none did, or if a signature that claims to be of one of them is not.
        """
        known = {(each.name, each.key_id): each for each in verifiers}
        signed = []
        for each in self.signatures:
            verifier = known.get((each.name, each.key_id))
            if verifier is None:
                continue
            if not verifier.verifies(self.text, each.signature):
                raise NoteError(f"the signature of {each.name}+{each.key_id.hex()} is wrong")
            signed.append(verifier)
        if not signed:
            wanted = ", ".join(f"{name}+{key_id.hex()}" for name, key_id in known) or "no key"
            raise NoteError(f"no signature of a trusted key: expected one of {wanted}")
        return signed


def sign_note(text: str, *signers: NoteSigner) -> Note:
    """The note of `text` signed by each of `signers`; NoteError if the text cannot be one."""
    check_text(text)
    return Note(text, tuple(signer.sign(text) for signer in signers))


class Verifier:
    """A public key with a name, for signatures over the text itself."""

    def __init__(self, name: str, public_key: bytes, algorithm: str = "ed25519") -> None:
        check_name(name)
        self._algorithm = _algorithm(algorithm)
        self._verify = self._algorithm.load_public(public_key)
        self.name = name
        self.public_key = public_key
        self.algorithm = algorithm
        self.key_id = key_id(name, self._algorithm.signature_type, public_key)

    @classmethod
    def from_vkey(cls, vkey: str) -> Verifier:
        """The key written as `<name>+<key ID>+<base64(signature type || public key)>`."""
        name, material = parse_vkey(vkey)
        algorithm, public_key = _by_signature_type(material)
        return cls(name, public_key, algorithm)

    @property
    def vkey(self) -> str:
        """The text that `from_vkey` reads: to be published."""
        return format_vkey(self.name, self._algorithm.signature_type, self.public_key)

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over the UTF-8 bytes of `text`."""
        return self._verify(text.encode(), signature)

    def __repr__(self) -> str:
        return f"Verifier({self.vkey!r})"


class Signer:
    """A secret key with a name, for signatures over the text itself.

    `secret` is the algorithm's secret key, for Ed25519 the 32-byte seed. It stays in this object:
    no representation of it shows the secret, only `skey` gives it out.
    """

    def __init__(self, name: str, secret: bytes, algorithm: str = "ed25519") -> None:
        self._algorithm = _algorithm(algorithm)
        self._sign, public_key = self._algorithm.load_secret(secret)
        self._secret = secret
        self.verifier = Verifier(name, public_key, algorithm)
        self.name = name
        self.key_id = self.verifier.key_id

    @classmethod
    def from_skey(cls, skey: str) -> Signer:
        """The key written as `PRIVATE+KEY+<name>+<key ID>+<base64(signature type || secret)>`."""
        if not skey.startswith(_SECRET_PREFIX):
            raise NoteError(f"a secret key starts with {_SECRET_PREFIX}")
        name, written_id, material = _split_key(skey.removeprefix(_SECRET_PREFIX))
        algorithm, secret = _by_signature_type(material)
        signer = cls(name, secret, algorithm)
        _check_key_id(name, written_id, signer.key_id)
        return signer

    def skey(self) -> str:
        """The text that `from_skey` reads: a secret, to be sealed."""
        material = _to_base64(self._algorithm.signature_type + self._secret)
        return f"{_SECRET_PREFIX}{self.name}+{self.key_id.hex()}+{material}"

    def sign(self, text: str) -> NoteSignature:
        """The signature line of this key for `text`."""
        return NoteSignature(self.name, self.key_id, self._sign(text.encode()))

    def __repr__(self) -> str:
        return f"Signer({self.name}+{self.key_id.hex()})"


def key_id(name: str, signature_type: bytes, public_key: bytes) -> bytes:
    """SHA-256(name || newline || signature type || public key)[:4], as C2SP recommends."""
    return sha256(name.encode() + b"\n" + signature_type + public_key).digest()[:_KEY_ID_SIZE]


def format_vkey(name: str, signature_type: bytes, public_key: bytes) -> str:
    """The text of a public key of any signature type."""
    identity = key_id(name, signature_type, public_key).hex()
    return f"{name}+{identity}+{_to_base64(signature_type + public_key)}"


def parse_vkey(vkey: str) -> tuple[str, bytes]:
    """Name, and signature type with public key, of the text of a public key of any type.

    Raises NoteError if it is malformed or its key ID is not that of its key.
    """
    name, written_id, material = _split_key(vkey)
    _check_key_id(name, written_id, key_id(name, b"", material))
    return name, material


def check_name(name: str) -> None:
    """Raises NoteError unless `name` can be a key name: not empty, no space, plus or control."""
    if not name or "+" in name or any(each.isspace() for each in name) or _FORBIDDEN.search(name):
        raise NoteError(f"not a key name: {name!r} (neither empty, nor spaces, nor a plus sign)")


def check_text(text: str) -> None:
    """Raises NoteError unless `text` can be signed: it ends in a newline, the only control."""
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends with a newline")
    found = _FORBIDDEN.search(text)
    if found:
        raise NoteError(f"the text of a note cannot contain {found.group()!r}")


def _parse_line(line: str) -> NoteSignature:
    fields = line.split(" ")
    if len(fields) != 3 or fields[0] != _DASH:
        raise NoteError(f"a signature line is '{_DASH} <name> <base64>', not {line[:80]!r}")
    name, content = fields[1], _from_base64(fields[2])
    return NoteSignature(name, content[:_KEY_ID_SIZE], content[_KEY_ID_SIZE:])


def _split_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, key ID and material; base64 may contain a plus sign, names and key IDs may not."""
    fields = text.split("+", 2)
    if len(fields) != 3 or not re.fullmatch("[0-9a-f]{8}", fields[1]):
        raise NoteError("a key is written '<name>+<key ID, 8 hexadecimal digits>+<base64>'")
    check_name(fields[0])
    return fields[0], bytes.fromhex(fields[1]), _from_base64(fields[2])


def _check_key_id(name: str, written: bytes, computed: bytes) -> None:
    if written != computed:
        raise NoteError(f"key ID of {name}: expected {computed.hex()}, got {written.hex()}")


def _algorithm(identifier: str) -> Algorithm:
    if identifier not in ALGORITHMS:
        raise NoteError(f"no signature algorithm {identifier!r}: there is {', '.join(ALGORITHMS)}")
    return ALGORITHMS[identifier]


def _by_signature_type(material: bytes) -> tuple[str, bytes]:
    """The algorithm's identifier and the key, from signature type and key."""
    for identifier, algorithm in ALGORITHMS.items():
        if material.startswith(algorithm.signature_type):
            return identifier, material[len(algorithm.signature_type) :]
    raise NoteError(f"no algorithm with signature type 0x{material[:1].hex()}")


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes:
    """RFC 4648 section 4, and only the one encoding that its section 3.5 calls canonical."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data or _to_base64(data) != text:
        raise NoteError("not base64, or not its one canonical form")  # may be a secret: not shown
    return data
