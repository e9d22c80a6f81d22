"""Movements: everything that can be asked of the ledger, and what each consists of.

A movement is an act of a kind, answered for by a member, under an operation id that the member
never uses for anything else. The fields of an act are listed here, once, for those who submit,
for the ledger machine and for auditors. Amounts are fen, moments milliseconds UTC. No act has a
field for personal data: accounts, persons and staff appear under random tags.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from collectibles.domain import fields as f
from collectibles.domain.fields import Field

_MEMBER_ROLES = ("operator", "museum", "regulator", "attestor", "witness")
_CHOICES = f.many(
    f.record({"parameter": f.words(64), "since": f.words(10), "value": f.words(32)}), 0, 16
)
_KEY: Final[dict[str, Field]] = {
    "algorithm": f.one_of("ed25519"),
    "key": f.base64,
    "custody": f.one_of("own", "hosted"),
}
_SIGNATURE = f.record({"algorithm": _KEY["algorithm"], "value": f.base64})
_OFFICERS = f.many(f.identifier, 2, 4)
_BASIS: Final[dict[str, Field]] = {
    "document": f.words(80),
    "authority": f.words(80),
    "basis": f.words(200),
}
_COLLECTIBLE: Final[dict[str, Field]] = {"series": f.identifier, "edition": f.edition}

PAYMENT: Final = f.record(
    {
        "rail": f.identifier,
        "channel": f.identifier,
        "licence": f.words(80),
        "instrument": f.identifier,
        "currency": f.words(3),
        "amount": f.fen,
        "payer": f.one_of("confirmed", "mismatch", "rail_cannot_tell"),
        "settled": f.truth,
        "refundable_until": f.optional(f.moment),
        "notice": f.digest,
    }
)

_LICENCE = f.record(
    {
        "rights": f.many(f.identifier, 0, 12),
        "starts_at": f.moment,
        "ends_at": f.optional(f.moment),
        "reference": f.words(80),
    }
)

_SERIES: Final[dict[str, Field]] = {
    "series": f.identifier,
    "title": f.text_pair(120),
    "object": f.record(
        {"museum": f.words(120), "number": f.words(80), "title": f.words(200), "terms": f.words(40)}
    ),
    "picture": f.digest,
    "derivation": f.identifier,
    "adaptor": f.text(80),
    "creative_statement": f.text(600),
    "right_holder": f.text(120),
    "licence": f.optional(_LICENCE),
    "offered_terms": f.identifier,
    "issuer": f.identifier,
    "seller": f.identifier,
    "edition_size": f.edition,
    "price": f.fen,
    "currency": f.words(3),
    "opens_at": f.moment,
    "closes_at": f.moment,
    "grants": f.many(f.identifier, 0, 12),
    "disclosures": f.many(f.identifier, 0, 24),
    "terms": f.digest,
    "prepared_by": f.identifier,
    "reviewed_by": f.text(64),
    "reviewed_at": f.optional(f.moment),
}

_RESALE: Final = {
    "reserve": f.record(
        {
            "step": f.one_of("reserve"),
            "resale": f.identifier,
            **_COLLECTIBLE,
            "from": f.identifier,
            "to": f.optional(f.identifier),
            "named": f.truth,
            "consideration": f.fen,
            "payment": PAYMENT,
            "until": f.moment,
        }
    ),
    "post": f.record(
        {
            "step": f.one_of("post"),
            "resale": f.identifier,
            **_COLLECTIBLE,
            "from": f.identifier,
            "to": f.identifier,
            "consideration": f.fen,
            "payment": PAYMENT,
            "refund": f.record({"amount": f.fen, "notice": f.digest}),
            "return_until": f.optional(f.moment),
        }
    ),
    "void": f.record(
        {
            "step": f.one_of("void"),
            "resale": f.identifier,
            **_COLLECTIBLE,
            "reason": f.identifier,
        }
    ),
}

_REFUND: Final = {
    step: f.record(
        {
            "step": f.one_of(step),
            "refund": f.identifier,
            **_COLLECTIBLE,
            "amount": f.fen,
            **({"reason": f.identifier} if step == "pending" else {"notice": f.digest}),
        }
    )
    for step in ("pending", "done", "failed")
}

#: What each kind of act consists of.
ACTS: Final[dict[str, Field]] = {
    "genesis": f.record(
        {
            "origin": f.words(100),
            "operator": f.identifier,
            **_KEY,
            "demonstration": f.truth,
            "rulebook": f.digest,
            "choices": _CHOICES,
        }
    ),
    "member": f.record(
        {
            "member": f.identifier,
            "name": f.text_pair(120),
            "roles": f.many(f.one_of(*_MEMBER_ROLES), 0, 5),
            **_KEY,
        }
    ),
    "rulebook": f.record(
        {
            "rulebook": f.digest,
            "choices": _CHOICES,
            "effective_at": f.moment,
            "change": f.text_pair(1000),
        }
    ),
    "account": f.record(
        {
            "account": f.identifier,
            "person": f.optional(f.identifier),
            "verifier": f.optional(f.identifier),
            "verified_at": f.optional(f.moment),
            "adult_from": f.optional(f.moment),
            "screened_at": f.optional(f.moment),
            "open": f.truth,
        }
    ),
    "series": f.record(_SERIES),
    "mint": f.record({"series": f.identifier, "first": f.edition, "count": f.edition}),
    "sale": f.record(
        {
            **_COLLECTIBLE,
            "account": f.identifier,
            "order": f.identifier,
            "consideration": f.fen,
            "payment": PAYMENT,
            "return_until": f.optional(f.moment),
            "terms": f.digest,
        }
    ),
    "gift": f.record(
        {
            **_COLLECTIBLE,
            "from": f.identifier,
            "to": f.optional(f.identifier),
            "named": f.truth,
            "gratuitous": f.truth,
            "offer": f.identifier,
        }
    ),
    "resale": f.either("step", _RESALE),
    "refund": f.either("step", _REFUND),
    "return": f.record(
        {**_COLLECTIBLE, "account": f.identifier, "refund": f.identifier, "amount": f.fen}
    ),
    "restraint": f.either(
        "action",
        {
            "freeze": f.record(
                {
                    "action": f.one_of("freeze"),
                    "scope": f.one_of("account", "series", "collectible"),
                    "subject": f.subject,
                    **_BASIS,
                    "officers": _OFFICERS,
                    "until": f.optional(f.moment),
                }
            ),
            "release": f.record(
                {
                    "action": f.one_of("release"),
                    "scope": f.one_of("account", "series", "collectible"),
                    "subject": f.subject,
                    **_BASIS,
                    "officers": _OFFICERS,
                }
            ),
        },
    ),
    "takedown": f.record(
        {"action": f.one_of("takedown", "restore"), "series": f.identifier, **_BASIS}
    ),
    "burn": f.record({**_COLLECTIBLE, **_BASIS}),
    "forced": f.record(
        {
            **_COLLECTIBLE,
            "from": f.identifier,
            "to": f.identifier,
            **_BASIS,
            "officers": _OFFICERS,
        }
    ),
    "correction": f.record({"corrects": f.index, "note": f.text_pair(1000)}),
    "ruling": f.record(
        {
            "hold": f.index,
            "ruling": f.one_of("permit", "refuse"),
            "officers": f.many(f.identifier, 1, 4),
            "reasons": f.words(1000),
        }
    ),
}

#: Kinds that record what became of another movement; the machine makes them, nobody submits them.
MADE_BY_THE_LEDGER: Final = ("refusal", "hold")

#: Acts that other members sign themselves; the rest is covered by the signature over the batch.
ROLE_OF: Final = {
    "series": "museum",
    "mint": "museum",
    "restraint": "regulator",
    "forced": "regulator",
    "takedown": "regulator",
    "burn": "museum",
}


class Malformed(ValueError):
    """A movement that is not of its form. The message names the field."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A member's detached signature over a movement (ledger/keys.py says over which bytes)."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True)
class Movement:
    """An act of a kind by a member. `signature` where the member signs for itself.

    With `asks` it is a question: should it be refused, the refusal is recorded like any other;
    should it not, nothing happens.
    """

    kind: str
    op_id: str
    by: str
    act: dict[str, Any]
    signature: Signature | None = None
    asks: bool = False


def check(movement: Movement) -> None:
    """Raise Malformed, naming the field, unless the movement is of its form."""
    field = ACTS.get(movement.kind) if isinstance(movement.kind, str) else None
    if field is None:
        raise Malformed(f"kind: {movement.kind!r} cannot be submitted")
    complaint = f.op_id(movement.op_id)
    if complaint:
        raise Malformed(f"op_id: {complaint}")
    complaint = f.identifier(movement.by)
    if complaint:
        raise Malformed(f"by: {complaint}")
    complaint = field(movement.act)
    if complaint:
        raise Malformed(f"{movement.kind}: {complaint}")
    if not movement.asks and "to" in movement.act and movement.act["to"] is None:
        raise Malformed(f"{movement.kind}: to: only a question may leave the recipient open")
    if movement.signature is not None:
        value = {"algorithm": movement.signature.algorithm, "value": movement.signature.value}
        complaint = _SIGNATURE(value)
        if complaint:
            raise Malformed(f"signature: {complaint}")


def collectible_id(series: str, edition: int) -> str:
    """How a collectible is named: `series/edition`."""
    return f"{series}/{edition}"
