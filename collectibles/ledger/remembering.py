"""What a movement adds to the bounded memory that rules against disguised sales read.

The part of the fold that writes ties.py's values under their keys, and the names of those keys for
`needs`. Accounts without a known person leave no trace here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collectibles.ledger import state, ties
from collectibles.ledger.state import Overlay

Act = dict[str, Any]


def means_of(act: Act) -> Iterator[tuple[str, str]]:
    """The device and the means of payment of a purchase, as far as they are known."""
    device, means = act.get("device"), act["payment"].get("means")
    if isinstance(device, str):
        yield "device", device
    if isinstance(means, str):
        yield "means", means


def person_of(account: str, overlay: Overlay) -> str | None:
    value = overlay[state.account(account)]
    person: str | None = value["person"] if value else None
    return person


def of_sale(act: Act, at: int, overlay: Overlay) -> None:
    """When, and with what, somebody bought."""
    person = person_of(act["account"], overlay)
    if person is None:
        return
    key = state.ties(person)
    value = ties.bought(overlay[key], at)
    for what, tag in means_of(act):
        value = ties.used(value, what, tag, at)
        together = state.sharing(act["series"], tag)
        overlay[together] = ties.shared(overlay[together], person, at)
    overlay[key] = value


def of_passing(kind: str, act: Act, at: int, overlay: Overlay) -> None:
    """That a collectible passed between two persons, and with what device."""
    giver, recipient = person_of(act["from"], overlay), person_of(act["to"], overlay)
    if giver is None or recipient is None or giver == recipient:
        return
    value = overlay[state.collectible(act["series"], act["edition"])]
    edge = (kind, f"{act['series']}/{act['edition']}", at, at - value["at"])
    one, other = state.ties(giver), state.ties(recipient)
    gave, got = ties.passed(overlay[one], overlay[other], (giver, recipient), edge)
    actor = "gave" if kind == "gift" else "got"  # the giver gives; the new holder pays
    device = act.get("device")
    overlay[one] = ties.used(gave, "device", device, at) if actor == "gave" else gave
    overlay[other] = ties.used(got, "device", device, at) if actor == "got" else got


def of_return(act: Act, at: int, overlay: Overlay) -> None:
    """That somebody gave a purchase back."""
    person = person_of(act["account"], overlay)
    if person is not None:
        overlay[state.ties(person)] = ties.returned(overlay[state.ties(person)], at)


def past_of(value: Act, overlay: Overlay) -> list[list[Any]]:
    """The earlier holders of a collectible, with its present one among them."""
    holder = value["holder"]
    person = person_of(holder, overlay) if holder else None
    return ties.after(value.get("past") or [], person, value["at"])


def of_account(account: str, before: str | None, value: Act, overlay: Overlay) -> None:
    """Which open accounts a person has. `before` is the person the account was of, if any."""
    for person in dict.fromkeys(p for p in (before, value["person"]) if p):
        key = state.accounts(person)
        others = [other for other in overlay[key] or () if other != account]
        mine = [account] if value["open"] and person == value["person"] else []
        overlay[key] = [*others, *mine][-ties.MOST_PAST :]


def of_mint(act: Act, at: int, issuer: str, overlay: Overlay) -> None:
    """How many editions a museum minted, for as long as a rule may ask."""
    key = state.pace(issuer)
    overlay[key] = ties.young_pace(overlay[key], at, act["count"])
