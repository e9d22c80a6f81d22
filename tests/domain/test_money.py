"""Yuan text and fen: what is taken, what is refused, and that nothing is lost between."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectibles.domain.money import MAX_FEN, parse_fen, parse_yuan, show, yuan
from collectibles.errors import BadInput


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("199.00", 19900),
        ("199", 19900),
        ("199.9", 19990),
        ("0.01", 1),
        ("0", 0),
        ("9999999999999.99", MAX_FEN),
    ],
)
def test_yuan_as_people_write_it(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", " 199", "199 ", "199\n", "+1", "-1", "-0", "1e3", "1_000", "1,000.00", "¥1"),
        *("1.", ".5", "1..2", "1.2.3", "１９９", "१२", "1．00", "0x10", "inf", "nan", "²", "1\x00"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_yuan(text, "price")
    assert (caught.value.field, caught.value.code) == ("price", "amount_not_a_number")
    with pytest.raises(BadInput):
        parse_fen(text)


def test_less_than_a_fen_is_refused_with_the_smallest_unit() -> None:
    with pytest.raises(BadInput) as caught:
        parse_yuan("0.001", "price")
    assert (caught.value.field, caught.value.code) == ("price", "amount_too_fine")
    assert "0.01 元" in caught.value.zh
    assert "0.01 yuan" in caught.value.en
    with pytest.raises(BadInput):
        parse_yuan("1.000")  # would be exact, but says what cannot be paid


@pytest.mark.parametrize("text", ["10000000000000", "10000000000000.00", "9" * 100_000])
def test_sixteen_digits_of_fen_are_too_many(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_yuan(text)
    assert caught.value.code == "amount_too_large"
    with pytest.raises(BadInput):
        parse_fen(text + "00")


@pytest.mark.parametrize("value", [None, 199, 1.5, True, b"199", ["199"]])
def test_what_is_no_text_is_refused(value: object) -> None:
    for parse in (parse_yuan, parse_fen):
        with pytest.raises(BadInput):
            parse(value)  # type: ignore[arg-type]


@given(st.integers(0, MAX_FEN))
def test_there_and_back(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == parse_fen(str(fen)) == fen
    assert Decimal(yuan(fen)) * 100 == fen
    assert show(fen) == f"¥{yuan(fen)}"


@given(st.text(max_size=20) | st.from_regex(r"[-+0-9０-９._eE,]{0,18}", fullmatch=True))
def test_a_number_or_a_sentence_never_anything_else(text: str) -> None:
    try:
        fen = parse_yuan(text)
    except BadInput:
        return
    assert text.isascii()
    assert fen == Decimal(text) * 100


def test_negative_amounts_are_shown_not_read() -> None:
    assert yuan(-5) == "-0.05"
    assert show(-19900) == "-¥199.00"
