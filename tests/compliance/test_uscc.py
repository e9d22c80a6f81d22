"""The check of unified social credit codes, against vectors and an independent implementation."""

from __future__ import annotations

import random

import pytest
from stdnum.cn import uscc

from compliance.uscc import is_uscc

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize("code", ["91330108MA2KHYALX1", "91440300MA5G83AB64", "91512081MA62K0260E"])
def test_codes_that_are_right(code: str) -> None:
    assert is_uscc(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "91350100M000100Y4Z",
        "91330108MA2KHYALX2",
        "91330108MA2KHYALX",
        "91330108MA2KHYALX11",
        "91330108ma2khyalx1",
        "9133010OMA2KHYALX1",
        "91A30108MA2KHYALX1",
        "９1330108MA2KHYALX1",
    ],
)
def test_codes_that_are_not(code: str) -> None:
    assert not is_uscc(code)


def test_an_independent_check_agrees() -> None:
    """On codes made by lot, with every check character; the other check asks digits in front."""
    lot = random.Random(32100)
    right = 0
    for _ in range(300):
        front = "".join(lot.choices("0123456789", k=8)) + "".join(lot.choices(LETTERS, k=9))
        for last in LETTERS:
            assert is_uscc(front + last) == uscc.is_valid(front + last)
            right += is_uscc(front + last)
    assert right == 300
