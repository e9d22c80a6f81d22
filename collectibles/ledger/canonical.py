"""One value, one byte string: the JSON of which every entry on the ledger consists.

A subset of the JSON Canonicalization Scheme (RFC 8785): objects with ASCII keys, strings, integers
within ±(2^53-1), `true`, `false`, `null` and arrays. There are no fractions, so the number rules
of RFC 8785 section 3.2.2.3 (which are those of ECMAScript) reduce to plain decimal digits, and
with ASCII keys its sort by UTF-16 code units (section 3.2.3) is the sort by code points. Strings
are escaped as in section 3.2.2.2: `"`, backslash and control characters, nothing else.

The types of values are exact: a tuple, an enum member, any subclass is refused, so that
`decode(encode(value)) == value` holds for whatever `encode` accepts.
"""

from __future__ import annotations

import json
from typing import Any

MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 7493 section 2.2)."""

MAX_DEPTH = 32
"""Arrays and objects within one another. A fixed bound: Python's own differs between machines."""


class CanonicalError(ValueError):
    """A value that has no canonical form, or bytes that are not one: says what, and where."""


# Not `json.dumps` itself: that builds a new encoder for every call with options. Cycles are not
# looked for, they end in a RecursionError.
_to_text = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode


def encode(value: Any) -> bytes:
    """The canonical UTF-8 bytes of `value`.

    Raises CanonicalError naming the place (`payment.amount`, `findings[2].code`) of what does not
    belong: a float, an integer that is too large, a key that is not ASCII text, a lone surrogate,
    a type JSON has not, or nesting deeper than MAX_DEPTH.
    """
    try:
        data = _to_text(value).encode()
        clean = _is_clean(value)
    except (TypeError, ValueError, RecursionError):
        clean = False
    if not clean:
        raise CanonicalError(_fault(value, "", 0))
    return data


def decode(data: bytes) -> Any:
    """The value whose canonical form is `data`, byte for byte.

    Raises CanonicalError with the byte offset, or the place in the value, of the first thing that
    is not canonical: white space, key order, a key given twice, an escape that is not needed, a
    fraction, NaN, a lone surrogate, invalid UTF-8 or JSON.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise CanonicalError(f"byte {error.start}: not UTF-8 ({error.reason})") from None
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode())
        raise CanonicalError(f"byte {offset}: not JSON ({error.msg})") from None
    except RecursionError:
        raise CanonicalError(f"nested deeper than {MAX_DEPTH} levels") from None
    except ValueError:  # Python does not read integers of thousands of digits
        raise CanonicalError(f"an integer is beyond ±{MAX_INTEGER}") from None
    expected = encode(value)
    if expected != data:
        raise CanonicalError(_difference(data, expected, text))
    return value


def _is_clean(value: Any) -> bool:
    """Whether the types and bounds are those of the subset; level by level, because it is fast.

    Runs after the encoder, which has refused what is endless or is no JSON at all, but lets
    floats, large integers, tuples and keys that are numbers pass.
    """
    level: list[Any] = [[value]]
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Any] = []
        for items in level:
            if type(items) is dict:
                if not "".join(items).isascii():  # and a TypeError if one is not text
                    return False
                items = items.values()
            for item in items:
                if type(item) is str:
                    continue
                if type(item) is int:
                    if not -9007199254740991 <= item <= 9007199254740991:
                        return False
                elif type(item) is dict or type(item) is list:
                    deeper.append(item)
                elif item is not None and type(item) is not bool:
                    return False
        if not deeper:
            return True
        level = deeper
    return False


def _fault(value: Any, place: str, depth: int) -> str | None:
    """What is wrong with `value` and where; None if nothing is. Slow, and only for the message."""
    here = place or "the value"
    if value is None or type(value) is bool:
        return None
    if type(value) is str:
        if any("\ud800" <= character <= "\udfff" for character in value):
            return f"{here}: a lone surrogate cannot be written in UTF-8"
        return None
    if type(value) is int:
        if abs(value) > MAX_INTEGER:
            return f"{here}: the integer is beyond ±{MAX_INTEGER}"
        return None
    inner: list[tuple[str, Any]]
    if type(value) is list:
        inner = [(f"{place}[{index}]", item) for index, item in enumerate(value)]
    elif type(value) is dict:
        for key in value:
            if not isinstance(key, str) or not key.isascii():
                return f"{here}: the key {key!r} is not ASCII text"
        inner = [(f"{place}.{key}" if place else key, item) for key, item in value.items()]
    else:
        kind = "floats" if type(value) is float else f"values of type {type(value).__name__}"
        return f"{here}: {kind} have no place in an entry"
    if depth == MAX_DEPTH:
        return f"{here}: nested deeper than {MAX_DEPTH} levels"
    for at, item in inner:
        fault = _fault(item, at, depth + 1)
        if fault:
            return fault
    return None


def _difference(data: bytes, expected: bytes, text: str) -> str:
    """Where `data` first leaves the canonical form `expected` of the same value."""

    def once(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise CanonicalError(f"the key {key!r} is given twice in one object")
            seen.add(key)

    try:
        json.loads(text, object_pairs_hook=once)
    except CanonicalError as error:
        return str(error)
    common = min(len(data), len(expected))
    at = next((i for i in range(common) if data[i] != expected[i]), common)
    got, wanted = (
        f"0x{side[at]:02x}" if at < len(side) else "the end" for side in (data, expected)
    )
    return f"byte {at}: not canonical, expected {wanted}, got {got}"
