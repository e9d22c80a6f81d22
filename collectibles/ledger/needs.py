"""Which keys of the state a batch needs: asked again until nothing is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from collectibles.domain.movements import Movement
from collectibles.ledger import state


def needs(batch: Iterable[Movement], loaded: Mapping[str, Any]) -> set[str]:
    """The keys still to be loaded before the batch can be applied; empty when all are there.

    Keys that hang on other values (a person's count hangs on the account's person) come in a
    later round. Malformed acts ask for what they name and are refused when applied.
    """
    wanted = {state.LEDGER, state.RULEBOOK}
    for movement in batch:
        wanted.add(state.operation(movement.by, movement.op_id))
        wanted.add(state.member(movement.by))
        _of_act(movement.kind, movement.act, loaded, wanted)
    return wanted - loaded.keys()


def _of_act(kind: str, act: dict[str, Any], loaded: Mapping[str, Any], wanted: set[str]) -> None:
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
    if kind in ("sale", "return"):
        buyer = loaded.get(state.account(str(named("account"))))
        if buyer is not None and buyer["person"] is not None:
            wanted.add(state.bought(buyer["person"], str(series)))
    elif kind in ("member", "genesis"):
        wanted.add(state.member(str(named("member") or named("operator"))))
    elif kind == "restraint":
        wanted.add(f"{named('scope')}/{named('subject')}")
    elif kind == "correction":
        wanted.add(state.correction(named("corrects") or 0))
    elif kind == "ruling":
        held = loaded.get(state.hold(named("hold") or 0))
        wanted.add(state.hold(named("hold") or 0))
        if held is not None:
            _of_act(held["kind"], held["act"], loaded, wanted)
    if kind in ("return", "refund"):
        wanted.add(state.refund(str(named("refund"))))


def _of_holder(value: Any, wanted: set[str]) -> None:
    """A refund or a return concerns the holder, whom its act does not name."""
    if value and value["holder"]:
        wanted.add(state.account(value["holder"]))
