"""Which keys of the state a batch needs: asked again until nothing is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from collectibles.domain.movements import Movement
from collectibles.ledger import state

Persons = dict[str, list[str]]
"""The persons whom earlier movements of the batch name, by account."""


def needs(batch: Iterable[Movement], loaded: Mapping[str, Any]) -> set[str]:
    """The keys still to be loaded before the batch can be applied; empty when all are there.

    Keys that hang on other values (a person's count hangs on the account's person) come in a
    later round. Malformed movements are refused when applied, before anything is read for them;
    what they name here may be anything, and is left out where it could not be a key.
    """
    wanted = {state.LEDGER, state.RULEBOOK}
    persons: Persons = {}
    for movement in batch:
        wanted.add(state.operation(movement.by, movement.op_id))
        wanted.add(state.member(movement.by))
        if isinstance(movement.act, dict):
            _of_act(movement.kind, movement.act, loaded, persons, wanted)
    missing = wanted - loaded.keys()
    return {key for key in missing if key.isascii() and key.isprintable()}


def _of_act(
    kind: str, act: dict[str, Any], loaded: Mapping[str, Any], persons: Persons, wanted: set[str]
) -> None:
    named = act.get
    series, edition = named("series"), named("edition")
    if isinstance(series, str):
        wanted.add(state.series(series))
        if isinstance(edition, int):
            key = state.collectible(series, edition)
            wanted.add(key)
            _of_holder(loaded.get(key), wanted)
    for field in ("account", "from", "to"):
        account = named(field)
        if isinstance(account, str):
            wanted.add(state.account(account))
    if kind == "account":
        persons.setdefault(str(named("account")), []).append(str(named("person")))
    elif kind in ("sale", "return", "resale"):
        account = str(named("account") or named("to"))
        value = loaded.get(state.account(account))
        for person in (value and value["person"], *persons.get(account, ())):
            wanted.add(state.bought(person, str(series)))
    elif kind in ("member", "genesis"):
        wanted.add(state.member(str(named("member") or named("operator"))))
    elif kind == "restraint":
        wanted.add(f"{named('scope')}/{named('subject')}")
        wanted.add(state.series(str(named("subject")).partition("/")[0]))
    elif kind == "correction":
        wanted.add(state.correction(named("corrects") or 0))
    elif kind == "ruling":
        held = loaded.get(state.hold(named("hold") or 0))
        wanted.add(state.hold(named("hold") or 0))
        if held is not None:
            _of_act(held["kind"], held["act"], loaded, persons, wanted)
    if kind in ("return", "refund"):
        wanted.add(state.refund(str(named("refund"))))


def _of_holder(value: Any, wanted: set[str]) -> None:
    """A refund or a return concerns the holder, whom its act does not name."""
    if value and value["holder"]:
        wanted.add(state.account(value["holder"]))
