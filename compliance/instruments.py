"""The register of cited texts: compliance/instruments.yaml.

Each instrument has a class, an issuer, the days it was in force and how sure we are of what we
say of it. Rules and parameters cite by identifier; which citations are right for an event is
decided by the event's date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from compliance.rule import CLASSES, Text
from compliance.yaml_file import RulebookError, keys, load

#: How sure: read in a stored copy; substance read at a reprint; from memory, to be checked.
CONFIDENCE = ("read", "reprint", "unconfirmed")

Register = dict[str, "Instrument"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A text relied on. In force from `since` until the day before `until` (None: still)."""

    id: str
    title: Text
    issuer: Text
    number: str
    source: str
    since: date
    until: date | None
    confidence: str

    def in_force(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


def load_register(path: Path) -> Register:
    """The register, by identifier. Raises RulebookError naming file and line."""
    raw = load(path)
    if not isinstance(raw, dict):
        raise RulebookError(f"{path.name}:1", "must map identifiers to instruments")
    return {str(key): _instrument(str(key), raw) for key in raw}


def _instrument(identifier: str, register: Any) -> Instrument:
    where = register.lines[identifier]
    raw = keys(
        register[identifier],
        where,
        ("title", "issuer", "source", "since", "confidence"),
        ("number", "until"),
    )
    if raw["source"] not in CLASSES[:-1]:
        raise RulebookError(where, f"class must be one of {CLASSES[:-1]}")
    if raw["confidence"] not in CONFIDENCE:
        raise RulebookError(where, f"confidence must be one of {CONFIDENCE}")
    for key in ("since", "until"):
        if key in raw and not isinstance(raw[key], date):
            raise RulebookError(raw.lines[key], f"{key} must be a day, YYYY-MM-DD")
    for key in ("title", "issuer"):
        keys(raw[key], raw.lines[key], ("zh", "en"))
    return Instrument(
        identifier,
        Text(raw["title"]["zh"], raw["title"]["en"]),
        Text(raw["issuer"]["zh"], raw["issuer"]["en"]),
        str(raw.get("number", "")),
        raw["source"],
        raw["since"],
        raw.get("until"),
        raw["confidence"],
    )
