"""Which series, edition and account an entry is about: one reading for all followers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Protocol

from collectibles.ledger import state
from collectibles.ledger.holds import does
from compliance.decision import HELD, PERMITTED, REFUSED


class About(NamedTuple):
    """The movement an entry records, whatever became of it. Edition 0 is the whole series."""

    kind: str
    outcome: str
    act: dict[str, Any]
    series: str
    edition: int
    account: str | None
    amount: int


class Read(Protocol):
    """What is read of the ledger here."""

    def entries_at(self, indices: Iterable[int]) -> dict[int, dict[str, Any]]: ...

    def values(self, keys: Iterable[str]) -> dict[str, Any]: ...


Entries = dict[int, dict[str, Any]]

#: Kinds that the rules decide and that are of no series.
_OF_NO_SERIES: Final = ("platform", "member", "rulebook", "account")


def with_holds(read: Read, entries: Entries) -> Entries:
    """Entries by index, each ruling and appeal with the act of its hold under `held`, each hold
    with the account concerned under `whom`."""
    named = {e["act"]["hold"] for e in entries.values() if e["kind"] in ("ruling", "appeal")}
    holds = [state.hold(index) for index, e in entries.items() if e["kind"] == "hold"]
    if not named and not holds:
        return entries
    held, values = read.entries_at(named), read.values(holds)
    seen = {}
    for index, entry in entries.items():
        if entry["kind"] in ("ruling", "appeal"):
            seen[index] = {**entry, "held": held[entry["act"]["hold"]]["act"]}
        elif entry["kind"] == "hold":
            inner = entry["act"]["act"]
            whom = values[state.hold(index)].get("whom") or inner.get("account")
            seen[index] = {**entry, "whom": whom or inner.get("from")}
        else:
            seen[index] = entry
    return seen


def about(entry: dict[str, Any]) -> About | None:
    """What an entry is about; None for those the rules have no say in. A ruling is about what was
    held, if it comes from `with_holds`: permitted where the ruling does it, refused otherwise."""
    kind, act, outcome = entry["kind"], entry["act"], PERMITTED
    if kind in ("ruling", "appeal"):
        held = entry.get("held")
        if held is None or kind == "appeal":
            return None
        outcome = PERMITTED if does(held, act) else REFUSED
        kind, act = held["kind"], held["act"]
    if kind in ("refusal", "hold"):
        outcome = REFUSED if kind == "refusal" else HELD
        kind, act = act["kind"], act["act"]
    series, edition = act.get("series"), act.get("edition", 0)
    if kind == "restraint":
        if act["scope"] == "account":
            return About(kind, outcome, act, "", 0, act["subject"], 0)
        series, _, number = act["subject"].partition("/")
        edition = int(number or 0)
    if kind in _OF_NO_SERIES:
        return About(kind, outcome, act, "", 0, act.get("account"), 0)
    if series is None:
        return None
    account = act.get("account") or act.get("from")
    amount = act.get("consideration", act.get("amount", 0))
    return About(kind, outcome, act, series, edition, account, amount)
