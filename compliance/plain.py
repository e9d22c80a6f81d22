"""Facts written in YAML: the plain honest movement of each kind, and changes to it."""

from __future__ import annotations

from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from compliance.calendar import moment, start_of_day
from compliance.facts import Facts
from compliance.rulebook import FOLDER
from compliance.yaml_file import RulebookError
from compliance.yaml_file import load as load_yaml

_hints = cache(get_type_hints)


def plain_facts(kind: str, **changes: Any) -> Facts:
    """The plain honest movement of this kind, with top-level fields replaced."""
    return facts_of(kind, {}, "plain_facts")._replace(**changes)


def facts_of(kind: str, changes: Any, where: str) -> Facts:
    """The plain honest movement of this kind with these changes, as YAML gave them.

    Raises RulebookError, at `where`, for a fact that does not exist or is of another type.
    """
    fields = _merge(_plain(kind, where), changes)
    facts: Facts = _record(Facts, {**fields, "kind": kind}, where)
    return facts


def read_time(value: Any) -> Any:
    """A day or a moment in Asia/Shanghai as milliseconds UTC; anything else as it is."""
    if isinstance(value, date):
        return start_of_day(value)
    return moment(value) if isinstance(value, str) else value


def _plain(kind: str, where: str) -> dict[str, Any]:
    """The plain movement: the shared parts it names, and its own."""
    raw = _plain_file()
    if kind not in raw:
        raise RulebookError(where, f"plain_facts.yaml has no {kind!r}")
    own = dict(raw[kind])
    parts = {part: raw["shared"][part] for part in own.pop("shared", ())}
    return _merge(parts, own)


@cache
def _plain_file() -> Any:
    return load_yaml(FOLDER / "plain_facts.yaml")


def _merge(plain: dict[str, Any], changes: Any) -> dict[str, Any]:
    merged = dict(plain)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _record(cls: Any, raw: Any, where: str) -> Any:
    if not isinstance(raw, dict):
        raise RulebookError(where, f"{raw!r} is not a {cls.__name__}")
    hints = _hints(cls)
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in hints:
            raise RulebookError(where, f"{cls.__name__} has no fact {key!r}")
        values[key] = _value(key, value, hints[key], where)
    required = [name for name in cls._fields if name not in cls._field_defaults]
    missing = [name for name in required if name not in values]
    if missing:
        raise RulebookError(where, f"{cls.__name__} lacks {', '.join(missing)}")
    return cls(**values)


def _value(key: str, value: Any, hint: Any, where: str) -> Any:
    """A fact from YAML as its type says: records and lists of them, moments as they are written."""
    kinds = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    if value is None and NoneType in kinds:
        return None
    for kind in kinds:
        if get_origin(kind) is tuple and isinstance(value, list):
            return _items(key, value, get_args(kind), where)
        if isinstance(kind, type) and issubclass(kind, tuple) and isinstance(value, dict):
            return _record(kind, value, where)
        if kind is int and (isinstance(value, date) or _is_time(value)):
            try:
                return read_time(value)
            except ValueError as error:
                raise RulebookError(where, f"fact {key!r}: {error}") from error
        if type(value) is kind:
            return value
    wanted = " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)
    raise RulebookError(where, f"fact {key!r} is {wanted}, not {value!r}")


def _is_time(value: Any) -> bool:
    """Whether it is written like a day or a moment: 2026-03-10, perhaps with a time."""
    return isinstance(value, str) and value[:4].isdecimal() and value[4:5] == "-"


def _items(key: str, values: list[Any], hints: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    """A list: as many of one type as there are, or one of each type."""
    if hints[-1] is Ellipsis:
        return tuple(_value(key, value, hints[0], where) for value in values)
    if len(values) != len(hints):
        raise RulebookError(where, f"fact {key!r} has {len(hints)} parts, not {values!r}")
    pairs = zip(values, hints, strict=True)
    return tuple(_value(key, value, hint, where) for value, hint in pairs)
