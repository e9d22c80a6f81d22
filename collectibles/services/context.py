"""What every service gets: the installation's settings and its parts, made by wiring once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from collectibles.clock import Clock
from collectibles.ledger.ledger import Ledger
from collectibles.media.pictures import MediaStore
from collectibles.payments.provider import PaymentProvider
from collectibles.services.identity_verifier import IdentityVerifier
from collectibles.store.database import Database
from collectibles.store.vault import Vault
from compliance.rule import Text


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs this installation, as every page's footer says it."""

    name: Text
    filing_number: str
    permits: tuple[str, ...]
    contact: Text


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation's settings; config.py reads them from the environment."""

    database_url: str
    var_dir: Path
    base_url: str
    origin: str
    production: bool
    demonstration: bool
    secret_key: bytes = field(repr=False)
    operator: Operator
    choices: Mapping[str, list[tuple[str, str]]]
    counsel_opinion: str
    rail: str
    sandbox_url: str
    payment_origins: tuple[str, ...]
    operator_id: str = "operator"


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of a running service. `rail` is the way to pay that new orders use; `vkey` the
    key by which anybody checks the ledger's checkpoints (C2SP)."""

    settings: Settings
    clock: Clock
    database: Database
    ledger: Ledger
    vault: Vault
    media: MediaStore
    rails: Mapping[str, PaymentProvider]
    vkey: str
    verifier: IdentityVerifier

    @property
    def rail(self) -> PaymentProvider:
        return self.rails[self.settings.rail]
