"""Document numbers, credit codes, phones: against the printed samples and python-stdnum."""

from __future__ import annotations

import string
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from collectibles.domain.calendar import SHANGHAI, shanghai_date, start_of_day
from collectibles.domain.identity import (
    adult_month,
    birth_date,
    mask_document_number,
    mask_name,
    mask_phone,
    parse_document_number,
    parse_phone,
    parse_uscc,
)
from collectibles.errors import BadInput

NOW = start_of_day(date(2026, 2, 6))
SAMPLES = [
    "11010519491231002X",
    "440524188001010014",
    "810000188001010015",
    "820000188001010017",
    "830000188001010019",
]
CODES = ["91330108MA2KHYALX1", "91440300MA5G83AB64", "91512081MA62K0260E", "91350100M000100Y43"]


@pytest.mark.parametrize("number", SAMPLES)
def test_samples_of_the_standard(number: str) -> None:
    assert parse_document_number(number, NOW) == number
    assert ric.calc_check_digit(number) == number[-1]


def test_one_normal_form() -> None:
    wide = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")
    plain = "11010519491231002x"
    for typed in (plain, f" {plain.upper()}\n", plain.translate(wide)):
        assert parse_document_number(typed, NOW) == "11010519491231002X"


@pytest.mark.parametrize("number", SAMPLES)
def test_every_single_wrong_character_is_found(number: str) -> None:
    for place in range(18):
        for char in string.digits + "X":
            wrong = number[:place] + char + number[place + 1 :]
            if wrong == number:
                continue
            with pytest.raises(BadInput):
                parse_document_number(wrong, NOW)


def test_two_digits_exchanged_are_found() -> None:
    for number in SAMPLES:
        for place in range(16):
            if number[place] != number[place + 1]:
                pair = number[place + 1] + number[place]
                with pytest.raises(BadInput):
                    parse_document_number(number[:place] + pair + number[place + 2 :], NOW)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "X" * 18, "130503670401001", "11010519491231002", "11010519491231002XX"),
        *("1101051949123100 2X", "११०१०५१९४९१२३१००२X", "9" * 10_000_000),
        *(None, 110105194912310021, b"11010519491231002X"),
    ],
)
def test_other_shapes_are_refused_without_repeating_them(typed: object) -> None:
    with pytest.raises(BadInput) as caught:
        parse_document_number(typed, NOW, "number")  # type: ignore[arg-type]
    assert caught.value.field == "number"
    assert set(caught.value.figures) == {"field"}


def test_a_roman_ten_is_an_x() -> None:
    """NFKC folds it, as it folds full-width letters; the normal form is the same."""
    assert parse_document_number("11010519491231002\u2169", NOW) == SAMPLES[0]


def with_check(seventeen: str) -> str:
    return seventeen + ric.calc_check_digit(seventeen + "0")


@given(st.dates(date(1880, 1, 1), date(1899, 12, 31)), st.integers(0, 999), st.integers(0, 9999))
def test_agrees_with_stdnum_on_the_check_character(born: date, sequence: int, wrong: int) -> None:
    body = f"110105{born:%Y%m%d}{sequence:03d}"
    number = with_check(body)
    assert parse_document_number(number, NOW) == number
    assert birth_date(number) == born
    spoiled = f"{body[:13]}{wrong:04d}{number[17]}"
    try:
        ours = parse_document_number(spoiled, NOW) == spoiled
    except BadInput:
        ours = False
    assert ours == ric.is_valid(spoiled)


@pytest.mark.parametrize("day", ["18800230", "19000229", "18801301", "18800100", "18800431"])
def test_days_that_never_were(day: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_document_number(with_check(f"110105{day}001"), NOW)
    assert caught.value.code == "document_number_birth_date"


def test_nobody_is_born_in_the_future() -> None:
    born = date(1905, 1, 1)
    number = with_check("11010119050101001")
    assert parse_document_number(number, start_of_day(born)) == number
    with pytest.raises(BadInput) as caught:
        parse_document_number(number, start_of_day(born) - 1)
    assert caught.value.code == "document_number_birth_date"


def test_a_minor_of_fifteen() -> None:
    number = "110101189001010016"
    at = start_of_day(date(1905, 6, 1))
    assert parse_document_number(number, at) == number
    assert adult_month(birth_date(number), 18) > at
    assert adult_month(birth_date(number), 14) < at


@pytest.mark.parametrize(
    ("born", "age", "first"),
    [
        ("1890-01-01", 18, "1908-01-01"),
        ("1890-01-02", 18, "1908-02-01"),
        ("1890-01-31", 18, "1908-02-01"),
        ("1890-12-31", 18, "1909-01-01"),
        ("1892-02-29", 18, "1910-03-01"),
        ("1892-02-29", 8, "1900-03-01"),
        ("1892-02-29", 4, "1896-03-01"),
    ],
)
def test_the_month_of_age(born: str, age: int, first: str) -> None:
    assert adult_month(date.fromisoformat(born), age) == start_of_day(date.fromisoformat(first))


def age_on(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@given(st.dates(date(1880, 1, 1), date(2030, 12, 31)), st.sampled_from([8, 14, 18]))
def test_of_age_all_month_and_not_all_of_the_month_before(born: date, age: int) -> None:
    at = adult_month(born, age)
    first = datetime.fromtimestamp(at // 1000, SHANGHAI)
    assert (first.day, first.hour, first.minute) == (1, 0, 0)
    assert age_on(born, shanghai_date(at)) >= age
    month_before = (shanghai_date(at) - timedelta(days=1)).replace(day=1)
    assert age_on(born, month_before) < age


@pytest.mark.parametrize("code", CODES)
def test_credit_codes(code: str) -> None:
    assert parse_uscc(code.lower()) == code
    assert uscc.is_valid(code)


@pytest.mark.parametrize(
    "code", ["91350100M000100Y4Z", "91330108MA2KHYALI1", "913301O8MA2KHYALX1", "", "9" * 17, None]
)
def test_wrong_credit_codes(code: object) -> None:
    with pytest.raises(BadInput) as caught:
        parse_uscc(code, "issuer_code")  # type: ignore[arg-type]
    assert caught.value.field == "issuer_code"


def test_credit_codes_agree_with_stdnum(rng: Random) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for _ in range(500):
        code = "91" + "".join(rng.choices(string.digits, k=6))
        code += "".join(rng.choices(alphabet, k=9))
        right = uscc.calc_check_digit(code)
        for check in alphabet:
            if check == right:
                assert parse_uscc(code + check) == code + check
            else:
                with pytest.raises(BadInput):
                    parse_uscc(code + check)


@pytest.mark.parametrize(
    "typed",
    [
        *("13800000001", "+86 138 0000 0001", "0086-138-0000-0001", "8613800000001"),
        *(" 138 0000 0001 ", "１３８０００００００１", "＋86 13800000001"),
    ],
)
def test_phones_in_one_form(typed: str) -> None:
    assert parse_phone(typed) == "13800000001"


@pytest.mark.parametrize(
    "typed",
    ["", "1380000000", "138000000011", "12800000001", "+1 13800000001", "010-00000000", None, "a"],
)
def test_other_phones(typed: object) -> None:
    with pytest.raises(BadInput) as caught:
        parse_phone(typed)  # type: ignore[arg-type]
    assert caught.value.code == "phone_shape"


def test_masks() -> None:
    assert mask_document_number(SAMPLES[0]) == "1****************X"
    assert mask_phone("13800000001") == "138****0001"
    assert [mask_name(name) for name in ("甲", "甲乙", "甲乙丙", "甲乙丙丁")] == [
        *("*", "*乙", "**丙", "**丁"),
    ]
