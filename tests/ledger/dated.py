"""A rulebook with a term for holds: the first release's rules, the newest parameters of holds, and
trial rules that hold what a test wants held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from collectibles.domain.movements import Movement
from collectibles.ledger import state
from collectibles.ledger.replay import Replay
from compliance import rulebook
from compliance.calendar import moment
from compliance.facts import Facts
from compliance.rule import Answer, Rule, Text, hold
from compliance.rulebook import Rulebook
from tests.ledger.build import (
    CHOICES,
    ISSUE_AT,
    MINT_AT,
    SALE_AT,
    Memory,
    account,
    appeal,
    mint,
    payment,
    ruling,
    sale,
    series,
)

_NAMES = ("hold.working_days", "hold.appeal_days", "calendar.working")

#: Two officers permit what is watched: what these accounts give, return or verify again.
WATCHED = ("a2", "a3", "a4")
UNSURE = payment(payer="rail_cannot_tell")  # held by the rule payer_match
TWO = ["officer-a", "officer-b"]
OTHERS = ["officer-c", "officer-d"]
#: Ten working days after Tuesday, 10 March 2026.
SALE_UNTIL = moment("2026-03-25 00:00:00")
#: From this moment on another rule holds whatever a8 buys or gives.
LATE = SALE_AT + 3 * 86_400_000


def _watch(facts: Facts) -> Answer | None:
    someone = facts.holder or facts.recipient
    watched = someone is not None and someone.account in WATCHED
    return hold("watched") if watched and facts.kind != "sale" else None


def _late(facts: Facts) -> Answer | None:
    someone = facts.holder or facts.recipient
    return hold("late") if facts.at >= LATE and someone and someone.account == "a8" else None


def _rule(code: str, check: Callable[..., Answer | None], rulings: int) -> Rule:
    kinds = ("sale", "gift", "resale", "return", "refund", "account", "forced")
    title = Text("试验", "Trial")
    since = date(2020, 1, 1)
    return Rule(code, 1, title, kinds, since, "policy", (), (), {}, check, rulings=rulings)


def dated_book() -> Rulebook:
    """The rulebook."""
    now = rulebook.current_manifest()["parameters"]
    first = rulebook.released()[0]
    parameters = first["parameters"] | {name: now[name] for name in _NAMES}
    book = rulebook.bind(rulebook.with_choices({**first, "parameters": parameters}, CHOICES))
    more = (_rule("zz_late", _late, 1), _rule("zz_watch", _watch, 2))
    return replace(book, digest="d" * 64, rules=(*book.rules, *more), _plans={})


BOOK = dated_book()


def find_dated(digest: str, choices: Mapping[str, Any]) -> Rulebook | None:
    """This rulebook by its digest, and any other as usual."""
    return BOOK if digest == BOOK.digest else rulebook.find(digest, choices)


def begun() -> Memory:
    """A ledger in memory under this rulebook."""
    return Memory(find_dated, BOOK.digest)


def dated_shop() -> Memory:
    """s1 on sale under a rulebook with a term for holds; editions 1 to 4 sold to a1 to a4."""
    ledger = begun()
    ledger.done(series(edition_size=100), at=ISSUE_AT)
    ledger.done(mint(count=12), at=MINT_AT)
    ledger.done(*(account(f"a{number}") for number in (1, 5, 6, 7, 8, 9)), at=MINT_AT)
    for watched in ("a2", "a3", "a4"):
        index = held_at(ledger, account(watched), MINT_AT)
        ledger.done(ruling(index, "permit", officers=TWO), at=MINT_AT)
    ledger.done(*(sale(number, f"a{number}") for number in range(1, 5)), at=SALE_AT)
    return ledger


def held_at(ledger: Memory, made: Movement, at: int) -> int:
    result = ledger.one(made, at)
    assert result.outcome == "held", result
    assert result.index is not None
    return result.index


def copy_of(ledger: Memory, edition: int) -> Any:
    return ledger.state[state.collectible("s1", edition)]


def hold_value(ledger: Memory, hold: int) -> Any:
    return ledger.state[state.hold(hold)]


def decided_again(ledger: Memory) -> None:
    """Decided again from its bytes, the ledger comes out the same; else this raises Differs."""
    replay = Replay(find_dated)
    for batch in ledger.batches:
        replay.batch(batch)
    replay.close()
    assert replay.size == ledger.size


def refused_and_appealed(
    dated: Memory, made: Movement, at: int, **changes: Any
) -> tuple[Memory, int, int]:
    """A held movement refused at `at` + 1 and appealed against at `at` + 2; hold and appeal."""
    ledger = dated.copy()
    index = held_at(ledger, made, at)
    ledger.done(ruling(index, "refuse", **changes), at=at + 1)
    place = ledger.size
    who = hold_value(ledger, index)["whom"]
    ledger.done(appeal(index, who, at + 2), at=at + 2)
    return ledger, index, place


def outcome(index: int, place: int, verdict: str, **changes: Any) -> Movement:
    changes = {"officers": OTHERS} | changes
    return ruling(index, verdict, f"outcome-{index}", appeal=place, **changes)
