"""Joins everything: the only module that knows which parts an installation is made of."""

from __future__ import annotations

from collectibles import config
from collectibles.clock import Clock, SystemClock
from collectibles.ledger.creation import genesis, prepare
from collectibles.ledger.keys import SigningKey
from collectibles.ledger.ledger import Ledger
from collectibles.ledger.machine import Machine
from collectibles.ledger.note import Signer
from collectibles.ledger.orderers.local import LocalOrderer
from collectibles.ledger.signer import CheckpointSigner
from collectibles.ledger.storage.reader import LedgerReader
from collectibles.media.pictures import MediaStore
from collectibles.payments.provider import PaymentProvider
from collectibles.payments.sandbox.transport import HttpTransport, Transport
from collectibles.payments.sandbox_rail import SandboxRail
from collectibles.services.context import Context, Settings
from collectibles.services.declare_platform import declare_platform
from collectibles.services.identity_verifier import DemonstrationVerifier, NoVerifier
from collectibles.store.database import Database
from collectibles.store.vault import KeyFile, Vault
from compliance import rulebook


def context(
    settings: Settings, clock: Clock | None = None, sandbox: Transport | None = None
) -> Context:
    """The parts of a service with these settings.

    `clock` and `sandbox` are for building a history in one process: a clock that is set, and a
    way to a payment sandbox in the same process.
    """
    clock = clock or SystemClock()
    database = Database(settings.database_url)
    signer = CheckpointSigner(Signer(settings.origin, config.secret(settings, "ledger")))
    orderer = LocalOrderer(settings.database_url, Machine(rulebook.find), signer, clock)
    reader = LedgerReader(database)
    keys = KeyFile.load_or_create(settings.var_dir / "secrets" / "vault.json")
    return Context(
        settings=settings,
        clock=clock,
        database=database,
        ledger=Ledger(orderer, reader, rulebook.find, clock),
        vault=Vault(keys),
        media=MediaStore(settings.var_dir / "media"),
        rails=_rails(settings, clock, sandbox),
        vkey=signer.vkey,
        verifier=NoVerifier() if settings.production else DemonstrationVerifier(),
    )


def create_ledger(ctx: Context) -> None:
    """Make this installation's ledger, if it is not there, and say on it who runs the service."""
    prepare(ctx.settings.database_url)
    if ctx.ledger.read.size() == 0:
        settings = ctx.settings
        key = SigningKey(config.secret(settings, "ledger"))
        book = rulebook.load(settings.choices)
        ctx.ledger.submit(
            genesis(
                settings.origin,
                settings.operator_id,
                key,
                book.digest,
                settings.choices,
                settings.demonstration,
            )
        )
    declare_platform(ctx)


def _rails(
    settings: Settings, clock: Clock, sandbox: Transport | None
) -> dict[str, PaymentProvider]:
    """The ways to pay. The sandbox refuses by itself to be one in production."""
    folder = settings.var_dir / "sandbox"
    rail = SandboxRail(
        transport=sandbox or HttpTransport(settings.sandbox_url),
        clock=clock,
        gateway_keys=folder / "public",
        merchant_keys=settings.var_dir / "secrets" / "merchants",
        pages=settings.payment_origins,
        production=settings.production,
    )
    return {rail.name: rail}
