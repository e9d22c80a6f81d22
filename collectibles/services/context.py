"""What every service gets: the installation's settings and its parts, made by wiring once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from collectibles.clock import Clock
from collectibles.ledger.ledger import Ledger
from collectibles.media.pictures import MediaStore
from collectibles.payments.provider import PaymentProvider
from collectibles.services.identity_verifier import IdentityVerifier
from collectibles.store.database import Database
from collectibles.store.vault import Vault
from compliance.rule import Text
from compliance.words import show_word


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit: its kind, number, first day, and the day it ends (None: no end)."""

    kind: str
    number: str
    starts_on: date
    ends_on: date | None

    @property
    def name(self) -> Text:
        """The permit as a page shows it."""
        return Text(show_word(self.kind, "zh"), show_word(self.kind, "en"))


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs this installation, as every page's footer and the ledger say it.

    `models` are its businesses (self_issue, third_party_issue, publication, auction); `ends_on` is
    the day the service ends and `end_told_on` the day that was announced. Days are those of
    Asia/Shanghai.
    """

    name: Text
    contact: Text
    uscc: str
    scope: str
    models: tuple[str, ...]
    started_on: date
    filing_number: str
    filed_on: date
    permits: tuple[Permit, ...]
    ends_on: date | None = None
    end_told_on: date | None = None


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
