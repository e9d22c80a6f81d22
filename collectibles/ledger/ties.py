"""What the ledger remembers of who gave to whom, of devices and of means of payment.

Rules against disguised sales look at these aggregates. Each is a value of bounded size under a key
of its own, so that a look costs the same after a million movements; what is older than a year, or
beyond the newest `MOST`, is forgotten. Persons, devices and means appear under random tags.
Functions take a value, or None where there is none yet, and give a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from compliance.facts import Passed, Shared, Ties, Used

#: The most that is remembered of each: what one person gave, got, bought, returned or used.
MOST: Final = 32
#: To how many of those a recipient gave to the ledger looks further.
MOST_CHAINS: Final = 16
#: How many persons are remembered for one device or means within one series.
MOST_SHARING: Final = 16
#: How many earlier holders of one collectible are remembered.
MOST_PAST: Final = 8
#: Over how long a museum's mints are summed up.
MONTH_MS: Final = 30 * 86_400_000
_YEAR_MS: Final = 366 * 86_400_000

Value = dict[str, Any]

_NOTHING: Final[Value] = {"gave": [], "got": [], "bought": [], "returned": [], "used": []}


def bought(value: Value | None, at: int) -> Value:
    """The ties of a person who buys at `at` (ms UTC)."""
    return _with(value, "bought", at, at)


def returned(value: Value | None, at: int) -> Value:
    """The ties of a person who gives a purchase back at `at` (ms UTC)."""
    return _with(value, "returned", at, at)


def used(value: Value | None, what: str, tag: str | None, at: int) -> Value:
    """The ties of a person who acts with a device or a means; nothing new if it is known."""
    old = value or _NOTHING
    if tag is None or any(item[0] == what and item[1] == tag for item in old["used"]):
        return old
    return {**old, "used": [*old["used"], [what, tag, at]][-MOST:]}


def passed(
    giver: Value | None,
    recipient: Value | None,
    persons: tuple[str, str],
    edge: tuple[str, str, int, int],
) -> tuple[Value, Value]:
    """The ties of both after a collectible passed from the first person to the second.

    `edge` is its kind (gift, resale), the collectible, the moment, and the ms it was held before.
    """
    one, other = persons
    kind, collectible, at, waited = edge
    met = has_met(giver, other) or has_met(recipient, one)
    return (
        _with(giver, "gave", [other, kind, collectible, at, waited, met], at),
        _with(recipient, "got", [one, kind, collectible, at, waited, met], at),
    )


def has_met(value: Value | None, person: str) -> bool:
    """Whether something passed between the two before, either way, as far as is remembered."""
    if value is None:
        return False
    return any(edge[0] == person for name in ("gave", "got") for edge in value[name])


def shared(value: list[list[Any]] | None, person: str, at: int) -> list[list[Any]]:
    """The persons, with their first moments, who bought of a series with a device or means."""
    old = value or []
    if any(item[0] == person for item in old):
        return old
    return [*old, [person, at]][-MOST_SHARING:]


def after(past: list[list[Any]], person: str | None, acquired_at: int) -> list[list[Any]]:
    """The earlier holders of a collectible after one more has passed it on."""
    return [*past, [person, acquired_at]][-MOST_PAST:] if person else past


def young_pace(value: list[list[int]] | None, at: int, editions: int) -> list[list[int]]:
    """What a museum minted, [moment, editions] each, over the last month, with these."""
    young = [item for item in value or () if item[0] > at - MONTH_MS]
    if len(young) == MOST:  # the two oldest as one: the sum stays, at the later moment
        young[:2] = [[young[1][0], young[0][1] + young[1][1]]]
    return [*young, [at, editions]]


def reach(value: Value | None) -> list[str]:
    """The persons somebody gave to whose own gifts are looked at, newest first."""
    if value is None:
        return []
    newest = dict.fromkeys(edge[0] for edge in reversed(value["gave"]))
    return list(newest)[:MOST_CHAINS]


def as_ties(value: Value | None) -> Ties:
    """A person's ties, as rules see them."""
    if value is None:
        return Ties()
    return Ties(
        tuple(Passed(*edge) for edge in value["gave"]),
        tuple(Passed(*edge) for edge in value["got"]),
        tuple(value["bought"]),
        tuple(value["returned"]),
        tuple(Used(*item) for item in value["used"]),
        value.get("crowded", False),
    )


def as_shared(what: str, value: list[list[Any]] | None, person: str | None) -> Shared | None:
    """Others with the same device or means, as rules see them; None where there are none."""
    others = [at for other, at in value or () if other != person]
    return Shared(what, len(others), min(others)) if others else None


def _with(value: Value | None, name: str, item: Any, at: int) -> Value:
    """`item` behind the list `name`, what is too old or too much taken off its front."""
    old = value or _NOTHING
    kept = [*_young(old[name], at), item]
    new = {**old, name: kept[-MOST:]}
    if len(kept) > MOST:
        new["crowded"] = True
    return new


def _young(items: Iterable[Any], at: int) -> list[Any]:
    return [item for item in items if _moment(item) > at - _YEAR_MS]


def _moment(item: Any) -> int:
    """The moment of an item: itself, or the fourth part of an edge."""
    return int(item if isinstance(item, int) else item[3])
