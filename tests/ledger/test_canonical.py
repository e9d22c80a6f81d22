"""Canonical JSON against the `rfc8785` package, and against everything that is not canonical."""

from __future__ import annotations

import enum
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from collectibles.ledger.canonical import MAX_DEPTH, MAX_INTEGER, CanonicalError, decode, encode

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = (
    st.none() | st.booleans() | st.integers(min_value=-MAX_INTEGER, max_value=MAX_INTEGER) | texts
)
keys = st.text(st.characters(max_codepoint=127), max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=30,
)
many = settings(deadline=None, max_examples=300)


def nested(levels: int) -> Any:
    value: Any = 7
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@many
@given(values)
def test_bytes_are_those_of_another_implementation_of_rfc_8785(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)


@many
@given(values)
def test_what_is_encoded_decodes_to_the_same_value_and_types(value: Any) -> None:
    again = decode(encode(value))
    assert again == value
    assert repr(again) == repr(json.loads(json.dumps(value, sort_keys=True)))


@many
@given(values, st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_a_changed_byte_is_refused_or_is_another_value(value: Any, at: int, byte: int) -> None:
    data = bytearray(encode(value))
    at %= len(data)
    if data[at] == byte:
        byte ^= 1
    data[at] = byte
    changed = bytes(data)
    try:
        other = decode(changed)
    except CanonicalError:
        return
    assert encode(other) == changed
    assert encode(value) != changed


@many
@given(values, st.sampled_from(["spaces", "escaped", "indented"]))
def test_other_json_of_the_same_value_is_refused(value: Any, way: str) -> None:
    options: dict[str, dict[str, Any]] = {
        "spaces": {"separators": (", ", ": ")},
        "escaped": {"ensure_ascii": True, "separators": (",", ":")},
        "indented": {"indent": 1},
    }
    other = json.dumps(value, **options[way]).encode()
    if other == encode(value):
        assert decode(other) == value
    else:
        with pytest.raises(CanonicalError, match=r"byte [0-9]+: not canonical"):
            decode(other)


@many
@given(st.dictionaries(keys, scalars, max_size=6), st.permutations(range(6)))
def test_the_order_in_which_keys_were_added_does_not_matter(
    value: dict[str, Any], order: list[int]
) -> None:
    items = list(value.items())
    shuffled = dict(items[place] for place in order if place < len(items))
    assert encode(shuffled) == encode(value)


@many
@given(values, st.floats(), st.lists(st.booleans(), max_size=10))
def test_a_float_is_refused_wherever_it_is(value: Any, fraction: float, way: list[bool]) -> None:
    hidden: Any = fraction
    for in_array in way:
        hidden = [value, hidden] if in_array else {"a": value, "b": hidden}
    with pytest.raises(CanonicalError, match="floats"):
        encode(hidden)


def test_example_of_rfc_8785_section_3_2_without_its_fractions() -> None:
    given_text = (
        r'{"string": "\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/",'
        r' "literals": [null, true, false]}'
    )
    expected = (
        '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    )
    assert encode(json.loads(given_text)) == expected


def test_every_control_character_is_escaped_as_section_3_2_2_2_says() -> None:
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}
    for code in range(0x20):
        escape = short.get(code, f"\\u{code:04x}")
        assert encode(chr(code)).decode() == f'"{escape}"'
    assert encode("\x7f\u2028/€\U00010000") == '"\x7f\u2028/€\U00010000"'.encode()


def test_the_form_of_an_entry_is_frozen() -> None:
    entry = {
        "v": 1,
        "kind": "sale",
        "at": 1767225600000,
        "edition": 17,
        "payment": {"amount": 19900, "currency": "CNY", "payer": "confirmed", "digest": None},
        "decision": {"answers": "p" * 12, "findings": [{"code": "limit", "left": -1}]},
        "title": '青花"瓷"\n',
        "open": [True, False, [], {}],
    }
    assert encode(entry) == (
        b'{"at":1767225600000,"decision":{"answers":"pppppppppppp","findings":[{"code":"limit",'
        b'"left":-1}]},"edition":17,"kind":"sale","open":[true,false,[],{}],"payment":{"amount":'
        b'19900,"currency":"CNY","digest":null,"payer":"confirmed"},"title":"\xe9\x9d\x92\xe8\x8a'
        b'\xb1\\"\xe7\x93\xb7\\"\\n","v":1}'
    )


class Outcome(enum.StrEnum):
    REFUSED = "refused"


class Count(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.5, "the value: floats have no place in an entry"),
        ({"payment": {"amount": 1.0}}, "payment.amount: floats"),
        ({"a": [0, {"b": [1, 2, float("nan")]}]}, r"a\[1\].b\[2\]: floats"),
        ([float("inf")], r"\[0\]: floats"),
        ({"n": MAX_INTEGER + 1}, "n: the integer is beyond ±9007199254740991"),
        ({"n": -MAX_INTEGER - 1}, "n: the integer is beyond"),
        ({"n": 10**5000}, "n: the integer is beyond"),
        ({"名": 1}, "the value: the key '名' is not ASCII text"),
        ({"a": {1: 2}}, "a: the key 1 is not ASCII text"),
        ({"a": 1, 2: 3}, "the value: the key 2 is not ASCII text"),
        ({None: 1}, "the key None is not ASCII text"),
        ({"t": "a\ud800"}, "t: a lone surrogate"),
        ({"t": "\udfffa"}, "t: a lone surrogate"),
        ({"t": (1, 2)}, "t: values of type tuple"),
        ({"t": b"x"}, "t: values of type bytes"),
        ({"t": {1, 2}}, "t: values of type set"),
        ({"t": Outcome.REFUSED}, "t: values of type Outcome"),
        ({"t": Count.ONE}, "t: values of type Count"),
        ({"a": nested(MAX_DEPTH - 1), "b": 0.5}, "b: floats"),
        (nested(MAX_DEPTH + 1), r"a\[0\](.a\[0\]){15}: nested deeper than 32 levels"),
        (nested(5000), "nested deeper than 32 levels"),
    ],
)
def test_a_value_outside_the_subset_is_refused_with_its_place(value: Any, message: str) -> None:
    with pytest.raises(CanonicalError, match=message):
        encode(value)


def test_a_value_within_itself_is_refused() -> None:
    circle: list[Any] = []
    circle += [circle, circle]
    with pytest.raises(CanonicalError, match="nested deeper"):
        encode(circle)


def test_the_bounds_themselves_are_within() -> None:
    for value in (MAX_INTEGER, -MAX_INTEGER, nested(MAX_DEPTH)):
        assert decode(encode(value)) == value


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "byte 0: not JSON"),
        (b'{"a":1}x', "byte 7: not JSON"),
        ('{"é":"é"x'.encode(), "byte 10: not JSON"),
        (b'{"a":\xff}', "byte 5: not UTF-8"),
        (b'"\xed\xa0\x80"', "byte 1: not UTF-8"),
        (b'\xef\xbb\xbf{"a":1}', "byte 0: not JSON"),
        (b'{"a": 1}', "byte 5: not canonical, expected 0x31, got 0x20"),
        (b'{"a":1}\n', "byte 7: not canonical, expected the end, got 0x0a"),
        (b'{"b":1,"a":2}', "byte 2: not canonical, expected 0x61, got 0x62"),
        (b'{"a":1,"a":1}', "the key 'a' is given twice in one object"),
        (b'[{"x":{"a":2,"b":1,"b":3}}]', "the key 'b' is given twice"),
        (b'{"a":1.0}', "a: floats"),
        (b'{"a":1e2}', "a: floats"),
        (b'{"a":1e999}', "a: floats"),
        (b'{"a":NaN}', "a: floats"),
        (b'{"a":-Infinity}', "a: floats"),
        (b"[-0]", "byte 1: not canonical"),
        (b"[01]", "byte 2: not JSON"),
        (b"[9007199254740992]", r"\[0\]: the integer is beyond"),
        (b"[" + b"9" * 5000 + b"]", "an integer is beyond"),
        (rb'"\ud800"', "the value: a lone surrogate"),
        (rb'"\ud83d\ude00"', "byte 1: not canonical"),
        (rb'"\u0041"', "byte 1: not canonical"),
        (rb'"\/"', "byte 1: not canonical"),
        (rb'"\u001F"', "byte 6: not canonical"),
        (rb'"\u000a"', "byte 2: not canonical"),
        (b'"\x01"', "byte 1: not JSON"),
        ('{"名":1}'.encode(), "the key '名' is not ASCII text"),
        (b"[" * 100_000, "nested deeper than 32 levels"),
        (b"[" * 33 + b"]" * 33, "nested deeper than 32 levels"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused_with_their_place(
    data: bytes, message: str
) -> None:
    with pytest.raises(CanonicalError, match=message):
        decode(data)
