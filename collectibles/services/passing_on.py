"""What gifts and resales have in common: the holder's side is asked before the other is known."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from collectibles.domain.movements import Movement
from collectibles.errors import Conflict, NotFound
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.deciding import ask

#: Stands for a recipient who is not known yet: verified, of age, under no restraint.
_SOMEBODY: Final = "a-somebody"
_HONEST: Final = {
    "person": "p-somebody",
    "verified_at": 0,
    "adult_from": 0,
    "open": True,
    "freeze": None,
    "said": None,
}


def check_holder(ctx: Context, account: str, series: str, edition: int) -> dict[str, Any]:
    """The collectible's state on the ledger. Raises NotFound unless this account holds it."""
    value: dict[str, Any] | None = ctx.ledger.read.value(state.collectible(series, edition))
    if value is None or value["holder"] != account:
        raise NotFound(
            "not_held",
            "您的收藏中没有这件藏品。",
            "This collectible is not in your collection.",
        )
    return value


def ask_supposing(ctx: Context, kind: str, act: dict[str, Any]) -> None:
    """Raise Refused with what stands against the act on the holder's side alone."""
    movement = Movement(kind, "expected", ctx.settings.operator_id, {**act, "to": _SOMEBODY})
    ask(ctx, movement, {state.account(_SOMEBODY): dict(_HONEST)})


def done_on_ledger(ctx: Context, op_id: str) -> tuple[int, dict[str, Any]] | None:
    """The entry that answered an operation of ours, with its index; None if there is none."""
    known = ctx.ledger.read.value(state.operation(ctx.settings.operator_id, op_id))
    return None if known is None else (known[0], ctx.ledger.read.entry(known[0]))


def link_hash(secret: str) -> bytes:
    """What is kept of a one-time link."""
    return hashlib.sha256(secret.encode()).digest()


def over() -> Conflict:
    """The offer cannot be acted on any more."""
    return Conflict(
        "offer_over",
        "这份邀约已被领取、撤回或过期。",
        "This offer has been taken, withdrawn, or has lapsed.",
    )
