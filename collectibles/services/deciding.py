"""Between services and the ledger: ask, submit, and turn refusals into reasons people can read."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace

from sqlalchemy.exc import OperationalError

from collectibles.domain.movements import Movement
from collectibles.errors import Refused
from collectibles.followers.following import catch_up
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.services.context import Context
from compliance.decision import PERMITTED, REFUSED, Decision
from compliance.rendering import Explained, explain, read_compact

log = logging.getLogger(__name__)


def ask(ctx: Context, movement: Movement) -> None:
    """Raise Refused, with its reasons, unless the movement would be permitted now.

    Nothing is committed. Raises Conflict where the ledger itself would not take it.
    """
    decision = ctx.ledger.preflight(movement)
    if decision is not None and decision.outcome != PERMITTED:
        raise Refused(decision.outcome, explain_decision(ctx, decision, ctx.clock.now_ms()))


def question_op(ctx: Context, form_key: str) -> str:
    """The operation id of a question that a form asks now.

    Asking again is another question: what has changed meanwhile may change the answer, and the
    same refusal on the same day gets the same receipt anyway.
    """
    mixed = hashlib.sha256(f"{form_key} {ctx.clock.now_ms()}".encode())
    return f"asked-{mixed.hexdigest()[:32]}"


def request(ctx: Context, movement: Movement) -> None:
    """As `ask`, for what somebody has asked for in earnest: a refusal is recorded.

    Raises Refused, with the receipt's entry; nothing happens if it would be permitted, or held: it
    goes on then, and is held for an officer's ruling once it is all there.
    """
    decision = ctx.ledger.preflight(movement)
    if decision is None or decision.outcome != REFUSED:
        return
    receipt = ctx.ledger.submit(replace(movement, asks=True))
    _follow(ctx)
    if receipt.outcome == REFUSED:
        raise Refused(receipt.outcome, explain_receipt(ctx, receipt), receipt.index)


def submit(ctx: Context, movement: Movement) -> Receipt:
    """Have the movement done and followed. Raises Refused, with its reasons, if it is not."""
    receipt = ctx.ledger.submit(movement)
    _follow(ctx)
    if receipt.outcome != PERMITTED:
        raise Refused(receipt.outcome, explain_receipt(ctx, receipt), receipt.index)
    return receipt


def _follow(ctx: Context) -> None:
    """Let the followers read what was just committed, so that the next page shows it.

    What is committed stays so, whatever happens here: the worker follows up.
    """
    try:
        catch_up(ctx.database, ctx.ledger.read)
    except OperationalError as error:
        log.warning("the followers are left to the worker: %s", type(error.orig).__name__)


def explain_receipt(ctx: Context, receipt: Receipt) -> list[Explained]:
    """The reasons in a receipt, as of the moment it was decided."""
    if receipt.entry is not None:
        return explain_entry(ctx, receipt.entry)
    if receipt.decision is not None:
        return explain_decision(ctx, receipt.decision, ctx.clock.now_ms())
    return []


def explain_decision(ctx: Context, decision: Decision, at: int) -> list[Explained]:
    """The reasons of a decision made at `at` (ms UTC)."""
    book = ctx.ledger.rulebook_of(decision.rulebook)
    return [explain(finding, book, at) for finding in decision.findings]


def explain_entry(ctx: Context, entry: dict[str, object]) -> list[Explained]:
    """The reasons a ledger entry carries, from its compact form and the rulebook it names."""
    compact, digest, at = entry.get("dec"), entry.get("rb"), entry["at"]
    if not isinstance(compact, dict) or not isinstance(digest, str) or not isinstance(at, int):
        return []
    book = ctx.ledger.rulebook_of(digest)
    return [explain(finding, book, at) for finding in read_compact(compact, book)]
