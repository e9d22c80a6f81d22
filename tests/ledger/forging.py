"""Entries written past the engine, by somebody who holds the operator's key.

Each forgery takes an entry of a ledger and gives the bytes that stand in its place; the batch is
signed anew, as `Memory` signs whatever batches it has. None where the entry is not of the sort.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

from collectibles.ledger import canonical
from collectibles.ledger.replay import Replayed, replay_all
from compliance import rulebook
from tests.ledger.build import Act, Memory

Forge = Callable[[Act], Act | None]


class Told:
    """A ledger in memory as a past to be decided again (collectibles/ledger/history.py)."""

    def __init__(self, batches: list[list[bytes]]) -> None:
        self._batches = batches
        self.size = sum(map(len, batches))

    def batches(self) -> Iterator[list[bytes]]:
        return iter(self._batches)


def replayed(ledger: Memory) -> Replayed:
    """What comes of deciding the ledger again under the rulebooks then in force."""
    return replay_all(Told(ledger.batches), rulebook.find)


def planted(ledger: Memory, index: int, body: bytes) -> Memory:
    """Another ledger with this body in the place of that entry."""
    other, first = ledger.copy(), 0
    for number, batch in enumerate(other.batches):
        if first <= index < first + len(batch):
            place = index - first
            other.batches[number] = [*batch[:place], body, *batch[place + 1 :]]
        first += len(batch)
    return other


def appended(ledger: Memory, body: bytes) -> Memory:
    """Another ledger with one batch more, of this entry."""
    other = ledger.copy()
    other.batches.append([body])
    return other


def forged(forge: Forge, entry: Act) -> bytes | None:
    """The forged entry's bytes, canonical as they must be; None if it is not of the sort."""
    made = forge(copy.deepcopy(entry))
    return None if made is None else canonical.encode(made)


def _as_if(letters: str) -> str:
    return "".join("p" if letter in "fh" else letter for letter in letters)


def _done(entry: Act, kind: str) -> Act | None:
    """What was refused or held, as if every rule had let it pass."""
    if entry["kind"] != kind or entry["act"].get("asked"):
        return None
    inner = {"kind": entry["act"]["kind"], "act": entry["act"]["act"]}
    decided = {"a": _as_if(entry["dec"]["a"]), "f": []}
    return {**entry, **inner, "dec": decided}


def refusal_as_permitted(entry: Act) -> Act | None:
    return _done(entry, "refusal")


def hold_skipped(entry: Act) -> Act | None:
    return _done(entry, "hold")


def refusal_as_hold(entry: Act) -> Act | None:
    """What was refused, waiting for a ruling instead."""
    if entry["kind"] != "refusal" or entry["act"].get("asked"):
        return None
    act = {"kind": entry["act"]["kind"], "act": entry["act"]["act"]}
    act |= {"until": entry["at"] + 86_400_000, "officers": 1}
    letters = entry["dec"]["a"].replace("f", "h")
    return {**entry, "kind": "hold", "act": act, "dec": {**entry["dec"], "a": letters}}


def answer_changed(entry: Act) -> Act | None:
    """One rule that passed is said not to have been concerned."""
    if "p" not in entry.get("dec", {}).get("a", ""):
        return None
    entry["dec"]["a"] = entry["dec"]["a"].replace("p", "-", 1)
    return entry


def figure_changed(entry: Act) -> Act | None:
    """One figure of a finding is another."""
    for finding in entry.get("dec", {}).get("f", ()):
        for place in range(2, len(finding)):
            if isinstance(finding[place], int):
                finding[place] += 1
                return entry
    return None


def finding_dropped(entry: Act) -> Act | None:
    if len(entry.get("dec", {}).get("f", ())) < 2:
        return None
    del entry["dec"]["f"][-1]
    return entry


def term_changed(entry: Act) -> Act | None:
    """A hold that waits a millisecond longer than its rulebook says."""
    if entry["kind"] != "hold":
        return None
    entry["act"]["until"] += 1
    return entry


def rulebook_forged(entry: Act) -> Act | None:
    if "rb" not in entry:
        return None
    entry["rb"] = entry["rb"][::-1]
    return entry


def decision_left_out(entry: Act) -> Act | None:
    if "rb" not in entry or entry["kind"] in ("refusal", "hold"):
        return None
    return {name: value for name, value in entry.items() if name not in ("rb", "dec")}


def price_raised(entry: Act) -> Act | None:
    """A sale for one fen more than was shown and paid, with the decision it had."""
    if entry["kind"] != "sale":
        return None
    entry["act"]["consideration"] += 1
    return entry


def members_act_changed(entry: Act) -> Act | None:
    """A series for one fen more than its museum signed."""
    if entry["kind"] != "series":
        return None
    entry["act"]["price"] += 1
    return entry


FORGERIES: tuple[Forge, ...] = (
    *(refusal_as_permitted, hold_skipped, refusal_as_hold, answer_changed, figure_changed),
    *(finding_dropped, term_changed, rulebook_forged, decision_left_out, price_raised),
    members_act_changed,
)
