"""The rulebooks of this ledger, past, present and coming, and what each changed."""

from __future__ import annotations

from dataclasses import dataclass

from collectibles.errors import Unavailable
from collectibles.ledger import state
from collectibles.services.context import Context
from compliance.differences import Differences, differences
from compliance.rule import Text
from compliance.rulebook import Rulebook

FIRST = Text("账本创建时的规则库。", "The rulebook that the ledger began with.")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rulebook of the ledger: announced by the entry at `index`, in force from `effective_at`.

    `state` is past, now or coming. `book` is None where this software lacks it; `changed`, what
    differs from the one before, is None then too, and for the first.
    """

    index: int
    announced_at: int
    effective_at: int
    digest: str
    change: Text
    longer_waits: str
    state: str
    book: Rulebook | None
    changed: Differences | None


def rule_changes(ctx: Context) -> list[RuleChange]:
    """Every rulebook of the ledger, the last to take effect first."""
    entries = sorted(
        ctx.ledger.read.of_kinds("genesis", "rulebook"),
        key=lambda found: (found[1]["act"].get("effective_at", found[1]["at"]), found[0]),
    )
    now, found = ctx.clock.now_ms(), []
    before: Rulebook | None = None
    current = _current(ctx, now)
    for index, entry in entries:
        act = entry["act"]
        book = _book(ctx, act["rulebook"])
        effective_at = act.get("effective_at", entry["at"])
        changed = None
        if before is not None and book is not None:
            changed = differences(before.manifest, book.manifest)
        standing = "coming" if effective_at > now else "past"
        if (act["rulebook"], effective_at) == current:
            standing = "now"
        found.append(
            RuleChange(
                index,
                entry["at"],
                effective_at,
                act["rulebook"],
                Text(**act["change"]) if "change" in act else FIRST,
                act.get("longer_waits", "new"),
                standing,
                book,
                changed,
            )
        )
        before = book
    return found[::-1]


def coming_change(ctx: Context) -> tuple[int, Text] | None:
    """When the next rulebook takes effect (ms UTC) and what it changes; None if none is coming."""
    now = ctx.clock.now_ms()
    standing = ctx.ledger.read.value(state.RULEBOOK) or ()
    coming = [book for book in standing if book["effective_at"] > now]
    if not coming:
        return None
    for _, entry in reversed(ctx.ledger.read.of_kinds("rulebook")):
        act = entry["act"]
        if (act["rulebook"], act["effective_at"]) == (
            coming[0]["digest"],
            coming[0]["effective_at"],
        ):
            return act["effective_at"], Text(**act["change"])
    return None


def _current(ctx: Context, now: int) -> tuple[str, int] | None:
    standing = ctx.ledger.read.value(state.RULEBOOK) or ()
    books = [book for book in standing if book["effective_at"] <= now]
    return (books[-1]["digest"], books[-1]["effective_at"]) if books else None


def _book(ctx: Context, digest: str) -> Rulebook | None:
    try:
        return ctx.ledger.rulebook_of(digest)
    except Unavailable:
        return None
