"""A collectible's certificate: what it is, that it is on the ledger, and the proof of it.

It names no person and no price. It proves two entries: the minting, whose words are given in full
because they concern nobody, and the last movement by which the collectible came to where it is, of
which only the hash is public. Anybody can check both with the ledger's public key alone, also when
this service is gone.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from collectibles.ledger import state
from collectibles.ledger.merkle import leaf_hash
from collectibles.ledger.storage.reader import Proof
from collectibles.services.context import Context
from collectibles.services.trail import Step, standing, steps_of
from collectibles.store.tables.oversight import Holding


@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything a certificate shows. `entry` is that of the last movement, public as far as its
    hash goes: `leaf`. `minting` is the mint entry's bytes as the ledger has them. Both proofs lead
    to the same checkpoint. `frozen` says whether a freeze is in force now.
    """

    series: dict[str, Any]
    edition: int
    held: bool
    gone: str | None
    frozen: bool
    entry: int
    leaf: bytes
    proof: Proof
    minted_by: int
    minting: bytes
    minting_proof: list[bytes]
    steps: list[Step]


def certify(ctx: Context, series: str, edition: int) -> Certificate:
    """The certificate as of now. Raises NotFound for what was never minted."""
    now = standing(ctx, series, edition)
    steps = steps_of(ctx, series, edition, refusals=False)
    with ctx.database.read() as session:
        entry = session.scalar(
            select(Holding.entry).where(Holding.series == series, Holding.edition == edition)
        )
    minted_by = next(step.index for step in reversed(steps) if step.kind == "mint")
    if entry is None:
        entry = minted_by
    read = ctx.ledger.read
    proof = read.inclusion(entry)
    minting, body = read.bodies_at(minted_by, entry)
    value = now.value or {"holder": None, "gone": None, "freeze": None}
    at = ctx.clock.now_ms()
    return Certificate(
        series=now.series,
        edition=edition,
        held=value["holder"] is not None,
        gone=value["gone"],
        frozen=state.frozen(value, at) or state.frozen(now.series, at),
        entry=entry,
        leaf=leaf_hash(body),
        proof=proof,
        minted_by=minted_by,
        minting=minting,
        minting_proof=read.inclusion_at(minted_by, proof.size),
        steps=steps,
    )


def as_document(certificate: Certificate, vkey: str) -> dict[str, Any]:
    """The certificate for programs: hashes, proofs and checkpoint, in base64 as C2SP has it.

    `minting.entry` hashes to the leaf that its proof starts from (RFC 6962 section 2.1).
    """
    proof = certificate.proof
    return {
        "format": "diancang certificate 1",
        "series": certificate.series["series"],
        "title": certificate.series["title"],
        "edition": certificate.edition,
        "edition_size": certificate.series["edition_size"],
        "issuer": certificate.series["issuer"],
        "picture_sha256": certificate.series["picture"],
        "minting": {
            "index": certificate.minted_by,
            "entry": _base64(certificate.minting),
            "inclusion_proof": [_base64(each) for each in certificate.minting_proof],
        },
        "last_movement": {
            "index": certificate.entry,
            "leaf_hash": _base64(certificate.leaf),
            "inclusion_proof": [_base64(each) for each in proof.hashes],
        },
        "size": proof.size,
        "checkpoint": proof.note,
        "key": vkey,
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
