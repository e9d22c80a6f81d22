"""The ledger's state: a mapping from keys to JSON values, folded from the entries.

Values are never changed in place: a write puts a new value. `Overlay` keeps what a batch writes
apart from what was loaded, and what one movement writes apart from the batch until it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

LEDGER: Final = "ledger"
RULEBOOK: Final = "rulebook"
PLATFORM: Final = "platform"
#: When changes of the rulebook began that lengthen waiting times for everybody, holders included.
WAITS: Final = "waits"


def member(identifier: str) -> str:
    return f"member/{identifier}"


def account(identifier: str) -> str:
    return f"account/{identifier}"


def series(identifier: str) -> str:
    return f"series/{identifier}"


def collectible(series_identifier: str, edition: int) -> str:
    return f"collectible/{series_identifier}/{edition}"


def bought(person: str, series_identifier: str) -> str:
    """How many of a series one person has bought and not returned."""
    return f"bought/{person}/{series_identifier}"


def ties(person: str) -> str:
    """What is remembered of one person's gifts, purchases and devices (see ties.py)."""
    return f"ties/{person}"


def sharing(series_identifier: str, tag: str) -> str:
    """The persons who bought of a series with one device or means of payment."""
    return f"sharing/{series_identifier}/{tag}"


def accounts(person: str) -> str:
    """The open accounts of one person."""
    return f"accounts/{person}"


def picture(digest: str) -> str:
    """The series that was made with a picture."""
    return f"picture/{digest}"


def pace(issuer: str) -> str:
    """How many editions a museum minted, by day, over the last month."""
    return f"pace/{issuer}"


def operation(by: str, op_id: str) -> str:
    return f"op/{by}/{op_id}"


def refund(identifier: str) -> str:
    return f"refund/{identifier}"


def hold(index: int) -> str:
    return f"hold/{index}"


def correction(index: int) -> str:
    return f"correction/{index}"


class Folded(dict[str, Any]):
    """A whole state in memory: a key that was never written reads as None."""

    def __missing__(self, key: str) -> None:
        return None


class Overlay:
    """Reads through to what was loaded; remembers what was written.

    Reading a key that was not loaded is a defect of `needs`, and raises KeyError.
    """

    __slots__ = ("_base", "_staged", "changes")

    def __init__(self, base: Mapping[str, Any]) -> None:
        self._base = base
        self._staged: dict[str, Any] = {}
        self.changes: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key in self._staged:
            return self._staged[key]
        if key in self.changes:
            return self.changes[key]
        return self._base[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._staged[key] = value

    def keep(self) -> None:
        """What was written since the last keep or drop becomes part of the batch."""
        self.changes.update(self._staged)
        self._staged.clear()

    def drop(self) -> None:
        """Forget what was written since the last keep or drop."""
        self._staged.clear()


def frozen(value: Any, at: int) -> bool:
    """Whether a freeze in this account, series or collectible value is in force at `at`."""
    if value is None or value["freeze"] is None:
        return False
    until = value["freeze"]["until"]
    return until is None or at < until


def locked(value: Any, at: int) -> dict[str, Any] | None:
    """The lock on a collectible in force at `at` (a reserved resale, a hold), or None."""
    lock: dict[str, Any] | None = value["lock"] if value else None
    return lock if lock is not None and at < lock["until"] else None
