"""Dated values with their sources: compliance/parameters/<topic>/<name>.yaml.

A value holds from the start of its day in Asia/Shanghai until the next one's day; null ends it, or
says that it is off, and why. A released value is never edited, only followed. What has no unit, no
source or no day of last review is refused at load.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from compliance.calendar import closed_days, turned_days
from compliance.instruments import Register, read_text
from compliance.rule import CLASSES, Cite, Text
from compliance.yaml_file import Mapping, RulebookError, keys, load, name_of

#: What a value is: how it is read, shown and handed to rules.
UNITS = (
    *("hours", "days", "trading_days", "working_days", "count", "fen", "choice", "words"),
    *("closed_days", "turned_days"),
)
#: The units whose values are lists of days, and what makes of them what checks get.
_DAYS = {"closed_days": closed_days, "turned_days": turned_days}

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
    """The value as checks get it: lists as tuples, lists of days as calendar.py has them."""
    if unit in _DAYS and isinstance(plain, list):
        return _DAYS[unit](date.fromisoformat(day) for day in plain)
    return tuple(plain) if isinstance(plain, list) else plain


def load_parameters(folder: Path, register: Register) -> dict[str, Parameter]:
    """All parameters below `folder`, by name `<topic>.<name>`. Raises RulebookError."""
    found = {}
    for path in sorted(folder.glob("*/*.yaml")):
        name = f"{path.parent.name}.{path.stem}"
        found[name] = _parameter(name, path, register)
    return found


def read_cites(raw: Any, where: str, register: Register) -> tuple[Cite, ...]:
    """A list of `[instrument, article]`; every instrument must be in the register."""
    if not isinstance(raw, list):
        raise RulebookError(where, "cites must be a list of [instrument, article]")
    cites = []
    for item in raw:
        if not isinstance(item, list) or len(item) not in (1, 2):
            raise RulebookError(where, f"{item!r} is not [instrument, article]")
        if item[0] not in register:
            raise RulebookError(where, f"unknown instrument {item[0]!r}")
        cites.append(Cite(str(item[0]), str(item[1]) if len(item) == 2 else ""))
    return tuple(cites)


def _parameter(name: str, path: Path, register: Register) -> Parameter:
    where = f"{name_of(path)}:1"
    raw = keys(load(path), where, ("title", "unit", "reviewed", "values"), ("allowed",))
    if raw["unit"] not in UNITS:
        raise RulebookError(raw.lines["unit"], f"unknown unit {raw['unit']!r}; one of {UNITS}")
    if not isinstance(raw["reviewed"], date):
        raise RulebookError(raw.lines["reviewed"], "reviewed must be a day, YYYY-MM-DD")
    values = raw["values"]
    if not isinstance(values, Mapping) or not values:
        raise RulebookError(raw.lines["values"], "at least one value is needed, by its first day")
    allowed = _allowed(raw)
    series = [_value(day, values, raw["unit"], allowed, register) for day in values]
    days = [value.since for value in series]
    if days != sorted(days):
        raise RulebookError(values.where, "dates must stand in order")
    title = read_text(raw["title"], raw.lines["title"])
    return Parameter(name, title, raw["unit"], raw["reviewed"], allowed, tuple(series))


def _allowed(raw: Any) -> tuple[str, ...]:
    if "allowed" not in raw:
        return ()
    allowed = raw["allowed"]
    if raw["unit"] != "choice" or not isinstance(allowed, list) or len(allowed) < 2:
        raise RulebookError(raw.lines["allowed"], "allowed lists the words of a choice")
    return tuple(allowed)


def _value(day: Any, values: Any, unit: str, allowed: tuple[str, ...], register: Register) -> Value:
    where = values.lines[day]
    if not isinstance(day, date):
        raise RulebookError(where, f"{day!r} is not a day, YYYY-MM-DD")
    raw = keys(values[day], where, ("value", "source"), ("cites", "note"))
    if raw["source"] not in CLASSES:
        raise RulebookError(raw.lines["source"], f"unknown class of source {raw['source']!r}")
    cites = read_cites(raw.get("cites", []), raw.lines.get("cites", where), register)
    ranks = [CLASSES.index(register[cite.instrument].source) for cite in cites]
    if raw["source"] != "policy" and CLASSES.index(raw["source"]) < min(ranks, default=99):
        what = f"no citation of class {raw['source']!r} or stronger"
        raise RulebookError(raw.lines["source"], what)
    if "note" not in raw and (not cites or raw["value"] is None):
        raise RulebookError(where, "no citation, or no value: a note must say why")
    note = read_text(raw["note"], raw.lines["note"]) if "note" in raw else Text("", "")
    value = _plain(raw["value"], unit, raw.lines["value"])
    if allowed and value is not None and value not in allowed:
        raise RulebookError(raw.lines["value"], f"{value!r} is not one of {allowed}")
    return Value(day, value, raw["source"], cites, note)


def _plain(value: Any, unit: str, where: str) -> Plain:
    if value is None:
        return None
    if unit == "words" or unit in _DAYS:
        wanted = date if unit in _DAYS else str
        if not isinstance(value, list) or not all(isinstance(item, wanted) for item in value):
            raise RulebookError(where, f"a value in {unit} is a list of {wanted.__name__}s")
        plain = [str(item) for item in value]
        if len(set(plain)) != len(plain) or (unit in _DAYS and not plain):
            raise RulebookError(where, f"a value in {unit} lists each once, and not nothing")
        if any("," in item for item in plain):
            raise RulebookError(where, "a word has no comma in it")
        return plain
    if unit == "choice":
        if not isinstance(value, str):
            raise RulebookError(where, "a choice is a word")
        return value
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise RulebookError(where, f"a value in {unit} is a whole number from 0")
    return value
