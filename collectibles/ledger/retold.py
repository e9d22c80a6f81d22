"""What people would have been told of waiting times if another rulebook had been in force.

A movement says how long a wait was shown to whoever acquires. Asked what a changed rulebook would
have decided, it is that rulebook's wait which would have been shown: so a recorded wait that was
the rulebook's own follows the change, and only one that was not stays as it is.
"""

from __future__ import annotations

from typing import Final

from compliance.facts import Facts
from compliance.rulebook import Rulebook

_FIRST: Final = "gift.first_hold_hours"
_AGAIN: Final = "gift.regift_hours"


def retold(facts: Facts, was: Rulebook, now: Rulebook) -> Facts:
    """The facts as recorded under `was`, with the waits that `now` would have had shown."""
    if was is now or not all(book.has(_FIRST) and book.has(_AGAIN) for book in (was, now)):
        return facts
    name = _AGAIN if facts.kind == "gift" else _FIRST
    shown = _follows(facts.wait_hours, name, facts.at, was, now)
    holding = facts.holding
    if holding is not None:
        told = _AGAIN if holding.acquired_by == "gift" else _FIRST
        hours = _follows(holding.wait_hours, told, holding.acquired_at, was, now)
        holding = holding._replace(wait_hours=hours)
    return facts._replace(wait_hours=shown, holding=holding)


def _follows(hours: int | None, name: str, at: int, was: Rulebook, now: Rulebook) -> int | None:
    value: int | None = now.value(name, at)
    return value if hours is not None and hours == was.value(name, at) else hours
