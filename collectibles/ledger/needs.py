"""Which keys of the state a batch needs: asked again until nothing is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from collectibles.domain.movements import Movement
from collectibles.ledger import state, ties

Persons = dict[str, list[str]]
"""The persons whom earlier movements of the batch name, by account."""

#: The kinds that read or write what is remembered of persons.
_TYING: Final = ("sale", "gift", "resale", "return", "forced")


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
            _of_act(movement.kind, movement.act, movement.by, loaded, persons, wanted)
    missing = wanted - loaded.keys()
    return {key for key in missing if key.isascii() and key.isprintable()}


def _of_act(
    kind: str,
    act: dict[str, Any],
    by: str,
    loaded: Mapping[str, Any],
    persons: Persons,
    wanted: set[str],
) -> None:
    named = act.get
    series, edition = named("series"), named("edition")
    if isinstance(series, str):
        wanted.add(state.series(series))
        value = loaded.get(state.series(series))
        if value is not None:
            wanted.add(state.member(value["issuer"]))
        if isinstance(edition, int):
            key = state.collectible(series, edition)
            wanted.add(key)
            _of_holder(loaded.get(key), wanted)
    for field in ("account", "from", "to"):
        account = named(field)
        if isinstance(account, str):
            wanted.add(state.account(account))
    if kind == "account":
        _of_account(str(named("account")), named("person"), loaded, persons, wanted)
    elif kind in ("sale", "return", "resale"):
        for person in _persons(str(named("account") or named("to")), loaded, persons):
            wanted.add(state.bought(person, str(series)))
    if kind in _TYING:
        _of_ties(kind, act, loaded, persons, wanted)
    if kind in ("series", "sale"):
        wanted.add(state.PLATFORM)
    if kind == "series":
        wanted.add(state.picture(str(named("picture"))))
        wanted.add(state.member(str(named("issuer"))))
    elif kind == "mint":
        wanted.add(state.pace(by))
    if kind in ("member", "genesis"):
        wanted.add(state.member(str(named("member") or named("operator"))))
    elif kind == "platform":
        wanted.add(state.PLATFORM)
    elif kind == "rulebook":
        wanted.add(state.WAITS)
    elif kind == "restraint":
        wanted.add(f"{named('scope')}/{named('subject')}")
        wanted.add(state.series(str(named("subject")).partition("/")[0]))
    elif kind == "correction":
        wanted.add(state.correction(named("corrects") or 0))
    elif kind in ("ruling", "appeal"):
        held = loaded.get(state.hold(named("hold") or 0))
        wanted.add(state.hold(named("hold") or 0))
        if held is not None:
            if held.get("whom"):
                wanted.add(state.account(held["whom"]))
            _of_act(held["kind"], held["act"], held["by"], loaded, persons, wanted)
    if kind in ("return", "refund"):
        wanted.add(state.refund(str(named("refund"))))


def _of_holder(value: Any, wanted: set[str]) -> None:
    """A refund or a return concerns the holder, whom its act does not name."""
    if value and value["holder"]:
        wanted.add(state.account(value["holder"]))


def _persons(account: str, loaded: Mapping[str, Any], persons: Persons) -> list[str]:
    """The person of an account, and those whom the batch may make it be of."""
    value = loaded.get(state.account(account))
    known = [value["person"]] if value and value["person"] else []
    return [*known, *persons.get(account, ())]


def _of_account(
    account: str, person: Any, loaded: Mapping[str, Any], persons: Persons, wanted: set[str]
) -> None:
    for known in _persons(account, loaded, persons):
        wanted.add(state.accounts(known))
    if isinstance(person, str):
        persons.setdefault(account, []).append(person)
        wanted.add(state.accounts(person))


def _of_ties(
    kind: str,
    act: dict[str, Any],
    loaded: Mapping[str, Any],
    persons: Persons,
    wanted: set[str],
) -> None:
    """What is remembered of those concerned, and of those to whom the recipient gave."""
    if kind in ("gift", "resale", "forced"):
        wanted.add(state.WAITS)
    for field in ("account", "from", "to"):
        account = act.get(field)
        if not isinstance(account, str):
            continue
        for person in _persons(account, loaded, persons):
            key = state.ties(person)
            wanted.add(key)
            if field == "to":
                wanted.update(state.ties(other) for other in ties.reach(loaded.get(key)))
    payment = act.get("payment")
    if kind == "sale" and isinstance(payment, dict):
        for tag in (act.get("device"), payment.get("means")):
            if isinstance(tag, str):
                wanted.add(state.sharing(str(act.get("series")), tag))
