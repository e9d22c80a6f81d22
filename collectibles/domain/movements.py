"""Movements: everything that can be asked of the ledger.

A movement is an act of a kind, answered for by a member, under an operation id that the member
never uses for anything else. What acts consist of stands in acts.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from collectibles.domain import fields as f
from collectibles.domain.acts import ACTS
from collectibles.domain.fields import Field

_SIGNATURE: Final[Field] = f.record({"algorithm": f.one_of("ed25519"), "value": f.base64})


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
