"""Facts written in YAML: the plain honest movement of each kind, and changes to it."""

from __future__ import annotations

from datetime import date
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from compliance.calendar import moment, start_of_day
from compliance.facts import Facts, Holding, Licence, Payment, Person, Restraint, Series
from compliance.rulebook import FOLDER
from compliance.yaml_file import RulebookError
from compliance.yaml_file import load as load_yaml

_NESTED = {
    "series": Series,
    "holder": Person,
    "recipient": Person,
    "holding": Holding,
    "payment": Payment,
    "licence": Licence,
}
_hints = cache(get_type_hints)


def plain_facts(kind: str, **changes: Any) -> Facts:
    """The plain honest movement of this kind, with top-level fields replaced."""
    return facts_of(kind, {}, "plain_facts")._replace(**changes)


def facts_of(kind: str, changes: Any, where: str) -> Facts:
    """The plain honest movement of this kind with these changes, as YAML gave them.

    Raises RulebookError, at `where`, for a fact that does not exist or is of another type.
    """
    fields = _merge(_plain(kind, where), changes)
    restraints = fields.pop("restraints", ())
    facts: Facts = _record(Facts, {**fields, "kind": kind}, where)
    return facts._replace(restraints=tuple(_record(Restraint, r, where) for r in restraints))


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
    if isinstance(value, dict):
        value = _record(_NESTED[key], value, where) if key in _NESTED else value
    elif isinstance(value, list):
        value = tuple(value)
    elif key in ("at", "until") or key.endswith(("_at", "_until", "_from")):
        try:
            value = read_time(value)
        except ValueError as error:
            raise RulebookError(where, f"fact {key!r}: {error}") from error
    allowed = tuple(get_origin(kind) or kind for kind in get_args(hint) or (hint,))
    if get_origin(hint) is tuple:
        allowed = (tuple,)
    if type(value) not in allowed and not (value is None and NoneType in allowed):
        wanted = " or ".join(kind.__name__ for kind in allowed)
        raise RulebookError(where, f"fact {key!r} is {wanted}, not {value!r}")
    return value
