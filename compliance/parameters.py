"""Dated values with their sources: compliance/parameters/<topic>/<name>.yaml.

A value holds from the start of its day in Asia/Shanghai until the next one's day; null ends it. A
released value is never edited, only followed. What has no unit, no source or no day of last
review is refused at load.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from compliance.instruments import Register
from compliance.rule import CLASSES, Cite, Text
from compliance.yaml_file import RulebookError, keys, load

#: What a value is: how it is read, shown and handed to rules.
UNITS = ("hours", "trading_days", "count", "fen", "choice", "words", "closed_days")

Plain = int | str | list[str] | None


@dataclass(frozen=True, slots=True)
class Value:
    """One value from `since` on, with the class of its source and what it rests on."""

    since: date
    value: Plain
    source: str
    cites: tuple[Cite, ...]
    note: Text


@dataclass(frozen=True, slots=True)
class Parameter:
    """A series of values. `allowed` names the values an installation may choose, if it may."""

    name: str
    title: Text
    unit: str
    reviewed: date
    allowed: tuple[str, ...]
    values: tuple[Value, ...]


def for_rules(unit: str, plain: Plain) -> Any:
    """The value as checks get it: lists as tuples, closed days as a set of day numbers."""
    if unit == "closed_days" and isinstance(plain, list):
        return frozenset(day_number_of(day) for day in plain)
    return tuple(plain) if isinstance(plain, list) else plain


def day_number_of(day: str) -> int:
    """The day number (see compliance/calendar.py) of an ISO date."""
    return (date.fromisoformat(day) - date(1970, 1, 1)).days


def load_parameters(folder: Path, register: Register) -> dict[str, Parameter]:
    """All parameters below `folder`, by name `<topic>.<name>`. Raises RulebookError."""
    found = {}
    for path in sorted(folder.glob("*/*.yaml")):
        name = f"{path.parent.name}.{path.stem}"
        found[name] = _parameter(name, path, register)
    return found


def read_text(raw: Any, where: str) -> Text:
    """A `{zh, en}` mapping as a Text; both must be there and not blank."""
    keys(raw, where, ("zh", "en"))
    for language in ("zh", "en"):
        if not isinstance(raw[language], str) or not raw[language].strip():
            raise RulebookError(raw.lines[language], f"{language} must be a sentence")
    return Text(raw["zh"], raw["en"])


def read_cites(raw: Any, where: str, register: Register) -> tuple[Cite, ...]:
    """A list of `[instrument, article]`; every instrument must be in the register."""
    if not isinstance(raw, list):
        raise RulebookError(where, "cites must be a list of [instrument, article]")
    cites = []
    for item in raw:
        if not isinstance(item, list) or not item or len(item) > 2:
            raise RulebookError(where, f"{item!r} is not [instrument, article]")
        if item[0] not in register:
            raise RulebookError(where, f"unknown instrument {item[0]!r}")
        cites.append(Cite(str(item[0]), str(item[1]) if len(item) == 2 else ""))
    return tuple(cites)


def _parameter(name: str, path: Path, register: Register) -> Parameter:
    raw = keys(load(path), f"{path.name}:1", ("title", "unit", "reviewed", "values"), ("allowed",))
    if raw["unit"] not in UNITS:
        raise RulebookError(raw.lines["unit"], f"unknown unit {raw['unit']!r}; one of {UNITS}")
    if not isinstance(raw["reviewed"], date):
        raise RulebookError(raw.lines["reviewed"], "reviewed must be a day, YYYY-MM-DD")
    values = keys(raw["values"], raw.lines["values"], list(raw["values"] or ()))
    if not values:
        raise RulebookError(raw.lines["values"], "at least one value is needed")
    series = [_value(day, values, raw["unit"], register) for day in values]
    if [value.since for value in series] != sorted(value.since for value in series):
        raise RulebookError(values.where, "dates must stand in order")
    allowed = tuple(raw.get("allowed", ()))
    return Parameter(
        name,
        read_text(raw["title"], raw.lines["title"]),
        raw["unit"],
        raw["reviewed"],
        allowed,
        tuple(series),
    )


def _value(day: Any, values: Any, unit: str, register: Register) -> Value:
    where = values.lines[day]
    if not isinstance(day, date):
        raise RulebookError(where, f"{day!r} is not a day, YYYY-MM-DD")
    raw = keys(values[day], where, ("value", "source"), ("cites", "note"))
    if raw["source"] not in CLASSES:
        raise RulebookError(raw.lines["source"], f"unknown class of source {raw['source']!r}")
    cites = read_cites(raw.get("cites", []), where, register)
    if not cites and raw["source"] != "policy":
        raise RulebookError(where, "a value that is not our policy needs a citation")
    if "note" not in raw and not cites:
        raise RulebookError(where, "a value without a citation needs a note that says why")
    note = read_text(raw["note"], raw.lines["note"]) if "note" in raw else Text("", "")
    return Value(day, _plain(raw["value"], unit, raw.lines["value"]), raw["source"], cites, note)


def _plain(value: Any, unit: str, where: str) -> Plain:
    if value is None:
        return None
    if unit in ("words", "closed_days"):
        wanted = date if unit == "closed_days" else str
        if not isinstance(value, list) or not all(isinstance(item, wanted) for item in value):
            raise RulebookError(where, f"a value in {unit} is a list of {wanted.__name__}s")
        return [str(item) for item in value]
    if unit == "choice":
        if not isinstance(value, str):
            raise RulebookError(where, "a choice is a word")
        return value
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise RulebookError(where, f"a value in {unit} is a whole number from 0")
    return value
