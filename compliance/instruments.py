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
from compliance.yaml_file import RulebookError, keys, load, name_of

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
        """Whether the text was in force on this day."""
        return self.since <= day and (self.until is None or day < self.until)


def load_register(path: Path) -> Register:
    """The register, by identifier. Raises RulebookError naming file and line."""
    raw = load(path)
    if not isinstance(raw, dict):
        raise RulebookError(f"{name_of(path)}:1", "must map identifiers to instruments")
    return {str(key): _instrument(str(key), raw) for key in raw}


def read_text(raw: Any, where: str) -> Text:
    """A `{zh, en}` mapping as a Text; both must be there and not blank."""
    keys(raw, where, ("zh", "en"))
    for language in ("zh", "en"):
        if not isinstance(raw[language], str) or not raw[language].strip():
            raise RulebookError(raw.lines[language], f"{language} must be a sentence")
    return Text(raw["zh"], raw["en"])


def _instrument(identifier: str, register: Any) -> Instrument:
    raw = keys(
        register[identifier],
        register.lines[identifier],
        ("title", "issuer", "source", "since", "confidence"),
        ("number", "until"),
    )
    if raw["source"] not in CLASSES[:-1]:
        raise RulebookError(raw.lines["source"], f"class must be one of {CLASSES[:-1]}")
    if raw["confidence"] not in CONFIDENCE:
        raise RulebookError(raw.lines["confidence"], f"confidence must be one of {CONFIDENCE}")
    for key in ("since", "until"):
        if key in raw and not isinstance(raw[key], date):
            raise RulebookError(raw.lines[key], f"{key} must be a day, YYYY-MM-DD")
    if "until" in raw and raw["until"] <= raw["since"]:
        raise RulebookError(raw.lines["until"], "ends before it begins")
    return Instrument(
        identifier,
        read_text(raw["title"], raw.lines["title"]),
        read_text(raw["issuer"], raw.lines["issuer"]),
        str(raw.get("number", "")),
        raw["source"],
        raw["since"],
        raw.get("until"),
        raw["confidence"],
    )
