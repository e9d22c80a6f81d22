"""Personal data at rest: sealed field by field, found again by a keyed index, erased by a key.

Each person has a data key; the vault's key-encryption keys wrap it. Whoever drops a person's
wrapped data key makes every field sealed with it unreadable for ever. What is sealed is bound to
its place (`table.column:row id`), so a field moved to another row or column does not open. Pure
cryptography: no SQL here.

Envelope, version 1: `version (1) | algorithm (1) | [key id (8), wrapped data keys only] |
nonce (12) | ciphertext | tag (16)`. The algorithm byte leaves room for others beside AES-256-GCM
(NIST SP 800-38D), such as SM4-GCM.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from Crypto.Cipher import AES

from collectibles.errors import CollectiblesError, Unavailable

KEY_BYTES = 32
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_TAG_BYTES = 16
_VERSION = 1
_AES_256_GCM = 1
_HEAD = bytes((_VERSION, _AES_256_GCM))
_DATA_KEY_PLACE = b"data key"
_PLACE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*:[!-~]{1,128}")
_LABEL = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_FORMAT = "diancang-keys-1"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Key-encryption keys by id, the sealing one first, and the key of the blind index."""

    ring: tuple[tuple[bytes, bytes], ...]
    index_key: bytes

    @classmethod
    def new(cls) -> Keys:
        """A fresh ring of one key, and a fresh index key."""
        return cls((_new_key(),), secrets.token_bytes(KEY_BYTES))

    def with_new_key(self) -> Keys:
        """The same keys with a fresh one in front: it seals from now on, the others still open."""
        return Keys((_new_key(), *self.ring), self.index_key)


class KeyFile:
    """The file that holds the vault's keys. Only its user may read it (mode 0600)."""

    @staticmethod
    def load_or_create(path: Path) -> Keys:
        """The keys in the file; made, and written durably, when there is no file yet.

        Two processes that start together end with the same keys. Raises `CollectiblesError` when
        others may read the file, or when it is no key file.
        """
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, Keys.new(), replace=False)
        return KeyFile.load(path)

    @staticmethod
    def load(path: Path) -> Keys:
        """The keys in the file; raises `CollectiblesError` as `load_or_create` does."""
        try:
            number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise _not_a_key_file(path) from error
        with open(number, "rb") as stream:
            status = os.fstat(number)
            if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
                raise CollectiblesError(
                    "key_file_open_to_others",
                    f"密钥文件 {path} 可被其他用户读取。请执行 chmod 600 {path}，并考虑更换密钥。",
                    f"Other users may read the key file {path}. Run: chmod 600 {path}"
                    " - and consider changing the keys.",
                    path=str(path),
                )
            data = stream.read(1 << 20)
        try:
            return _decode(data)
        except (ValueError, KeyError, TypeError) as error:
            raise _not_a_key_file(path) from error

    @staticmethod
    def add_key(path: Path) -> Keys:
        """Put a fresh sealing key in front of those in the file; returns all of them."""
        keys = KeyFile.load(path).with_new_key()
        _write(path, keys, replace=True)
        return keys


class Vault:
    """Seals and opens fields with a person's data key, and computes blind indexes.

    A data key is handed around wrapped, as it is stored; it is bare only inside a call.
    """

    def __init__(self, keys: Keys) -> None:
        if not keys.ring:
            raise ValueError("a vault needs at least one key")
        self._ring = dict(keys.ring)
        self._sealing_id = keys.ring[0][0]
        self._index_key = keys.index_key

    def new_data_key(self) -> bytes:
        """A fresh data key, wrapped: store it with the person; without it nothing opens."""
        return self._wrap(secrets.token_bytes(KEY_BYTES))

    def rewrap(self, data_key: bytes) -> bytes:
        """The same data key under the sealing key, after a change of keys."""
        return self._wrap(self._unwrap(data_key))

    def is_current(self, data_key: bytes) -> bool:
        """Whether this wrapped data key is under the sealing key already."""
        return data_key[2 : 2 + _KEY_ID_BYTES] == self._sealing_id

    def seal(self, data_key: bytes, where: str, text: str) -> bytes:
        """Text -> sealed bytes for the place `where`, written `table.column:row id`."""
        return _HEAD + _encrypt(self._unwrap(data_key), _place(where), text.encode())

    def open(self, data_key: bytes, where: str, sealed: bytes) -> str:
        """Sealed bytes -> text. Raises `Unavailable` when key, place or bytes do not belong."""
        place = _place(where)
        if sealed[:2] != _HEAD:
            raise _unreadable(where)
        try:
            return _decrypt(self._unwrap(data_key), place, sealed[2:]).decode()
        except ValueError:
            raise _unreadable(where) from None

    def blind_index(self, label: str, text: str) -> bytes:
        """32 bytes to look `text` up by, or to keep it unique, without storing it.

        HMAC-SHA256 under a key of its own: a document number has some forty bits of uncertainty,
        so a plain hash of it could be turned back by trying. `label` names the column, so equal
        text in two columns has unequal indexes; `text` is to be in its normal form already.
        """
        if _LABEL.fullmatch(label) is None:
            raise ValueError("a label is at most 64 of a-z 0-9 _ .")
        return hmac.digest(self._index_key, f"{label}\0{text}".encode(), hashlib.sha256)

    def tag(self, label: str, text: str) -> str:
        """`text` as a random-looking identifier of 26 characters, which the ledger may hold."""
        return f"{label[0]}-{self.blind_index(label, text).hex()[:24]}"

    def _wrap(self, bare: bytes) -> bytes:
        body = _encrypt(self._ring[self._sealing_id], _DATA_KEY_PLACE + self._sealing_id, bare)
        return _HEAD + self._sealing_id + body

    def _unwrap(self, data_key: bytes) -> bytes:
        key_id = data_key[2 : 2 + _KEY_ID_BYTES]
        key = self._ring.get(key_id)
        if data_key[:2] != _HEAD or key is None:
            raise _unreadable("data key")
        try:
            return _decrypt(key, _DATA_KEY_PLACE + key_id, data_key[2 + _KEY_ID_BYTES :])
        except ValueError:
            raise _unreadable("data key") from None


def _encrypt(key: bytes, place: bytes, text: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
    cipher.update(_HEAD + place)
    body, tag = cipher.encrypt_and_digest(text)
    return nonce + body + tag


def _decrypt(key: bytes, place: bytes, envelope: bytes) -> bytes:
    if len(envelope) < _NONCE_BYTES + _TAG_BYTES:
        raise ValueError("too short")
    nonce, body = envelope[:_NONCE_BYTES], envelope[_NONCE_BYTES:]
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=_TAG_BYTES)
    cipher.update(_HEAD + place)
    return cipher.decrypt_and_verify(body[:-_TAG_BYTES], body[-_TAG_BYTES:])


def _place(where: str) -> bytes:
    if _PLACE.fullmatch(where) is None:
        raise ValueError("a place is written table.column:row id")
    return where.encode("ascii")


def _new_key() -> tuple[bytes, bytes]:
    return secrets.token_bytes(_KEY_ID_BYTES), secrets.token_bytes(KEY_BYTES)


def _unreadable(where: str) -> Unavailable:
    return Unavailable(
        "sealed_data_unreadable",
        f"加密保存的资料无法读取（{where}）：密钥不符或数据已损坏。请运营方检查密钥文件。",
        f"Sealed data cannot be read ({where}): the key does not fit or the data is damaged."
        " The operator should check the key file.",
        where=where,
    )


def _not_a_key_file(path: Path) -> CollectiblesError:
    return CollectiblesError(
        "key_file_unreadable",
        f"{path} 不是可用的密钥文件。请从备份恢复；没有它，已加密的资料无法读取。",
        f"{path} is not a usable key file. Restore it from a backup; without it, what is sealed"
        " cannot be read.",
        path=str(path),
    )


def _encode(keys: Keys) -> bytes:
    ring = [{"id": key_id.hex(), "key": key.hex()} for key_id, key in keys.ring]
    fields = {"format": _FORMAT, "ring": ring, "index_key": keys.index_key.hex()}
    return json.dumps(fields, indent=1).encode() + b"\n"


def _decode(data: bytes) -> Keys:
    fields = json.loads(data)
    ring = tuple((bytes.fromhex(k["id"]), bytes.fromhex(k["key"])) for k in fields["ring"])
    keys = Keys(ring, bytes.fromhex(fields["index_key"]))
    sizes = {len(key) for _, key in ring} | {len(keys.index_key)}
    ids = {key_id for key_id, _ in ring}
    if (
        fields["format"] != _FORMAT
        or sizes != {KEY_BYTES}
        or len(ids) != len(ring)
        or {len(key_id) for key_id in ids} != {_KEY_ID_BYTES}
    ):
        raise ValueError("not the format of a key file")
    return keys


def _write(path: Path, keys: Keys, *, replace: bool) -> None:
    """Write the file whole and durably; unless `replace`, a file that is there by now stays."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".keys-")
    try:
        with open(number, "wb") as stream:
            os.fchmod(number, 0o600)
            stream.write(_encode(keys))
            stream.flush()
            os.fsync(number)
        if replace:
            os.replace(name, path)
        else:
            try:
                os.link(name, path)
            except FileExistsError:
                return
    finally:
        Path(name).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
