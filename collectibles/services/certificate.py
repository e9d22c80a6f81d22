"""A collectible's certificate: what it is, that it is on the ledger, and the proof of it.

It names no person and no price. The proof is of the entry by which the collectible came into the
hands it is in, or of its minting while nobody has bought it; anybody can check it with the
ledger's public key alone, also when this service is gone.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from collectibles.ledger.merkle import leaf_hash
from collectibles.ledger.storage.reader import Proof
from collectibles.services.context import Context
from collectibles.services.trail import Step, standing, trail_of
from collectibles.store.tables.oversight import Holding


@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything a certificate shows. `entry` is public as far as its hash goes: `leaf`."""

    series: dict[str, Any]
    edition: int
    held: bool
    gone: str | None
    entry: int
    leaf: bytes
    proof: Proof
    steps: list[Step]


def certify(ctx: Context, series: str, edition: int) -> Certificate:
    """The certificate as of now. Raises NotFound for what was never minted."""
    now = standing(ctx, series, edition)
    steps = trail_of(ctx, series, edition, refusals=False)
    with ctx.database.begin() as session:
        entry = session.scalar(
            select(Holding.entry).where(Holding.series == series, Holding.edition == edition)
        )
    if entry is None:
        entry = next(step.index for step in reversed(steps) if step.kind == "mint")
    body = ctx.ledger.read.bodies(entry, entry + 1)[0]
    value = now.value or {"holder": None, "gone": None}
    return Certificate(
        series=now.series,
        edition=edition,
        held=value["holder"] is not None,
        gone=value["gone"],
        entry=entry,
        leaf=leaf_hash(body),
        proof=ctx.ledger.read.inclusion(entry),
        steps=steps,
    )


def as_document(certificate: Certificate, vkey: str) -> dict[str, Any]:
    """The certificate for programs: leaf hash, proof and checkpoint, in base64 as C2SP has it."""
    proof = certificate.proof
    return {
        "format": "diancang certificate 1",
        "series": certificate.series["series"],
        "edition": certificate.edition,
        "picture_sha256": certificate.series["picture"],
        "entry": certificate.entry,
        "leaf_hash": _base64(certificate.leaf),
        "inclusion_proof": [_base64(each) for each in proof.hashes],
        "checkpoint": proof.note,
        "key": vkey,
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
