"""Operation ids for acts that may be tried again after a refusal.

An operation id is used once for ever: the same again gets the first receipt. That is right for a
repeat, but a movement that was refused because of a freeze or a licence not yet begun has to be
possible later. So each refusal, and each hold that has ended, uses up one attempt.
"""

from __future__ import annotations

from collectibles.ledger import state
from collectibles.services.context import Context


def next_attempt(ctx: Context, by: str, base: str) -> str:
    """`base`, `base-2`, …: the first that no refusal and no ended hold of member `by` has used.

    What was done under one of them is found again under the same one, so a repeat of it still gets
    its first receipt. At most 60 characters of `base`.
    """
    number = 1
    while True:
        op_id = base if number == 1 else f"{base}-{number}"
        before = ctx.ledger.read.value(state.operation(by, op_id))
        if before is None or not _used_up(ctx, before[0]):
            return op_id
        number += 1


def _used_up(ctx: Context, index: int) -> bool:
    kind = ctx.ledger.read.entry(index)["kind"]
    if kind != "hold":
        return bool(kind == "refusal")
    held = ctx.ledger.read.value(state.hold(index))
    over = held["until"] <= ctx.clock.now_ms()
    ended = ("refuse", "lapse", "withdraw")
    return bool(held["ruling"] in ended or (over and held["ruling"] is None))
