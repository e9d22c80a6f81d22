"""Checks of what movements are made of: each field's type and bounds.

A field is a function from a value to a complaint, or None when the value fits. The same checks
run on what is submitted and on what an auditor reads, so they know nothing of either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Field = Callable[[Any], str | None]

#: Whole numbers that every JSON reader keeps exactly (RFC 8785 section 3.2.2.3).
MAX_INTEGER: Final = 2**53 - 1
#: The most one movement may cost: far above any price, far below the integer bound.
MAX_FEN: Final = 10**13

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}", re.ASCII)
_SUBJECT = re.compile(_IDENTIFIER.pattern + r"(/[1-9][0-9]{0,6})?", re.ASCII)
_OP_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{2,400}={0,2}", re.ASCII)


def _matching(pattern: re.Pattern[str], what: str) -> Field:
    fullmatch = pattern.fullmatch

    def check(value: Any) -> str | None:
        return None if isinstance(value, str) and fullmatch(value) else f"must be {what}"

    return check


identifier: Final = _matching(_IDENTIFIER, "an identifier of at most 64 of a-z 0-9 _ . : -")
subject: Final = _matching(_SUBJECT, "an identifier, or a collectible as series/edition")
op_id: Final = _matching(_OP_ID, "an operation id of at most 64 of A-Z a-z 0-9 _ . : -")
digest: Final = _matching(_DIGEST, "a SHA-256 digest in 64 hexadecimal digits")
base64: Final = _matching(_BASE64, "base64 text")


def whole(low: int, high: int, what: str) -> Field:
    """A whole number from `low` to `high`."""

    def check(value: Any) -> str | None:
        if type(value) is int and low <= value <= high:
            return None
        return f"must be {what}, a whole number from {low} to {high}"

    return check


fen: Final = whole(0, MAX_FEN, "an amount in fen")
moment: Final = whole(0, MAX_INTEGER, "a moment in milliseconds UTC")
edition: Final = whole(1, 1_000_000, "an edition number")
index: Final = whole(0, MAX_INTEGER, "an entry's index")


def truth(value: Any) -> str | None:
    """true or false."""
    return None if value is True or value is False else "must be true or false"


def words(longest: int) -> Field:
    """Text of 1 to `longest` characters without control characters."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            return f"must be text of 1 to {longest} characters"
        if value.isprintable():
            return None
        if any((ord(c) < 32 and c != "\n") or 0xD800 <= ord(c) <= 0xDFFF for c in value):
            return "must not contain control characters"
        return None

    return check


def text(longest: int) -> Field:
    """Text as `words`, or none of it: what a statement left out looks like."""
    some = words(longest)

    def check(value: Any) -> str | None:
        return None if value == "" else some(value)

    return check


def one_of(*choices: str) -> Field:
    """One of these words."""

    def check(value: Any) -> str | None:
        return None if value in choices and isinstance(value, str) else f"must be one of {choices}"

    return check


def optional(field: Field) -> Field:
    """null, or what `field` takes."""

    def check(value: Any) -> str | None:
        return None if value is None else field(value)

    return check


def many(field: Field, low: int, high: int) -> Field:
    """A list of `low` to `high` of what `field` takes."""

    def check(value: Any) -> str | None:
        if not isinstance(value, list) or not low <= len(value) <= high:
            return f"must be a list of {low} to {high}"
        for place, item in enumerate(value):
            complaint = field(item)
            if complaint:
                return f"[{place}] {complaint}"
        return None

    return check


def record(fields: Mapping[str, Field], added: Mapping[str, Field] | None = None) -> Field:
    """A mapping with exactly these fields, and any of those `added` later.

    What was added later is missing in older entries, which are read for ever.
    """
    required = frozenset(fields)
    checks = {**fields, **(added or {})}
    names = frozenset(checks)

    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be a mapping"
        if not required <= value.keys() <= names:
            odd = sorted(map(str, (required - value.keys()) | (value.keys() - names)))
            return f"has missing or unknown fields: {', '.join(odd)}"
        for name, item in value.items():
            complaint = checks[name](item)
            if complaint:
                return f"{name}: {complaint}"
        return None

    return check


def either(choose: str, variants: Mapping[str, Field]) -> Field:
    """A mapping whose field `choose` says which of the variants it must fit."""

    def check(value: Any) -> str | None:
        chosen = value.get(choose) if isinstance(value, dict) else None
        if not isinstance(chosen, str) or chosen not in variants:
            return f"{choose}: must be one of {tuple(variants)}"
        return variants[chosen](value)

    return check


def text_pair(longest: int) -> Field:
    """The same text in Chinese and English."""
    return record({"zh": words(longest), "en": words(longest)})
