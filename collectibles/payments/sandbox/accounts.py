"""Merchant accounts at the sandbox: who may ask for payments, and with which key."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path

from collectibles.errors import BadInput
from collectibles.payments.fields import SELLER
from collectibles.payments.sandbox import keys, wire

_FILE = re.compile(SELLER.pattern + r"\.json")


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant the sandbox knows: identifier, names as the cashier prints them, public key."""

    merchant: str
    name_zh: str
    name_en: str
    key: wire.CheckingKey


class Accounts:
    """The folder of merchants; a file added while the gateway runs is found."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Merchant] = {}
        self._lock = threading.Lock()

    def find(self, merchant: str, serial: str | None = None) -> Merchant | None:
        """The merchant, with the key of that serial when one is named; None when unknown."""
        with self._lock:
            known = self._known.get(merchant)
            if known is None or (serial is not None and known.key.serial != serial):
                known = self._read(merchant)
        if known is None or (serial is not None and known.key.serial != serial):
            return None
        return known

    def all(self) -> list[str]:
        """Every merchant's identifier, in order."""
        return sorted(p.stem for p in self._folder.glob("*.json") if _FILE.fullmatch(p.name))

    def register(self, merchant: str, name_zh: str, name_en: str, public_pem: str) -> None:
        """Adds a merchant, or gives it another key. Raises BadInput for what is no key."""
        if not SELLER.fullmatch(merchant):
            raise BadInput(
                "merchant",
                "merchant_invalid",
                "商户号只能由 1 至 32 位字母、数字、下划线或连字符组成。",
                "A merchant number has 1 to 32 letters, digits, underscores or hyphens.",
            )
        try:
            wire.CheckingKey(public_pem)
        except (ValueError, IndexError, TypeError):
            raise BadInput(
                "public_key",
                "merchant_key_invalid",
                "公钥须为 2048 位以上的 RSA 公钥（PEM）。",
                "The public key must be an RSA key of at least 2048 bits, in PEM.",
            ) from None
        document = {"name_zh": name_zh, "name_en": name_en, "public_key": public_pem}
        path = self._folder / f"{merchant}.json"
        keys.write_file(path, wire.encode(document), private=False, replace=True)
        with self._lock:
            self._known.pop(merchant, None)

    def _read(self, merchant: str) -> Merchant | None:
        if not SELLER.fullmatch(merchant):
            return None
        try:
            document = wire.decode((self._folder / f"{merchant}.json").read_bytes())
        except FileNotFoundError:
            return None
        found = Merchant(
            merchant,
            document["name_zh"],
            document["name_en"],
            wire.CheckingKey(document["public_key"]),
        )
        self._known[merchant] = found
        return found


def open_account(
    gateway_folder: Path, keys_folder: Path, merchant: str, name_zh: str, name_en: str
) -> None:
    """Gives a merchant a key on its own side and makes it known to the gateway; may run twice.

    For the demonstration and tests, where both sides share a disk. `keys_folder` belongs to the
    merchant's side: the gateway never reads it.
    """
    key = keys.ensure_key(keys_folder / f"{merchant}.pem")
    Accounts(gateway_folder / "merchants").register(
        merchant, name_zh, name_en, key.public_pem.decode()
    )
