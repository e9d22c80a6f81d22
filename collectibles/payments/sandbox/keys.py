"""Key files of the sandbox and of its merchants: made on first use, private ones 0600.

<gateway folder>/private/gateway.pem      the gateway's key
<gateway folder>/public/<serial>.pem      what merchants check its signatures with
<gateway folder>/merchants/<id>.json      merchants it knows: names and public key
<keys folder>/<id>.pem                    a merchant's own key, on the merchant's side
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from Crypto.PublicKey import RSA

from collectibles.payments.sandbox import wire

BITS = 2048


def ensure_key(path: Path) -> wire.SigningKey:
    """The private key in that file; made, once, when there is none (about a second)."""
    if not path.exists():
        write_file(path, RSA.generate(BITS).export_key("PEM"), private=True, replace=False)
    return wire.SigningKey(path.read_bytes())


def publish_key(folder: Path, key: wire.SigningKey) -> None:
    """Puts the public part where merchants look for it, under its serial."""
    path = folder / f"{key.serial}.pem"
    if not path.exists():
        write_file(path, key.public_pem, private=False, replace=True)


def write_file(path: Path, content: bytes, *, private: bool, replace: bool) -> None:
    """Writes a whole file or none of it. Without `replace`, a file already there wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o755)
    trial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            trial.replace(path)
            return
        try:
            os.link(trial, path)
        except FileExistsError:
            return
    finally:
        trial.unlink(missing_ok=True)
