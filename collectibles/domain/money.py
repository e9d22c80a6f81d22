"""Money at the edges: yuan as people write it, fen as the program counts it.

Inside, money is an integer number of fen (CNY 1/100). Only what a person types or reads is text in
yuan, and this module is the only way between the two. It is strict because Python is not: `int()`
takes full-width digits, signs, spaces and `1_000`, and a float loses fen.
"""

from __future__ import annotations

import re

from collectibles.errors import BadInput

MAX_FEN_DIGITS = 15
MAX_FEN = 10**MAX_FEN_DIGITS - 1

_FEN = re.compile(r"[0-9]+")
_YUAN = re.compile(r"([0-9]+)(?:\.([0-9]+))?")


def parse_yuan(text: str, field: str = "amount") -> int:
    """Yuan text such as `199`, `199.9` or `199.00` -> fen.

    Takes ASCII digits with at most two decimals after one point, nothing else: no sign, exponent,
    currency mark, separator, space or full-width digit. Raises `BadInput` naming `field`.
    """
    found = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadInput(
            field,
            "amount_not_a_number",
            "金额请只用数字和一个小数点填写，单位为元，例如 199.00。",
            "Write the amount in yuan with plain digits and one point, such as 199.00.",
        )
    whole, decimals = found.group(1), found.group(2) or ""
    if len(decimals) > 2:
        raise BadInput(
            field,
            "amount_too_fine",
            "金额最多保留两位小数：最小单位是 0.01 元（1 分）。",
            "An amount has at most two decimals: the smallest unit is 0.01 yuan (1 fen).",
        )
    digits = whole + decimals.ljust(2, "0")
    if len(digits) > MAX_FEN_DIGITS:
        raise _too_large(field)
    return int(digits)


def parse_fen(text: str, field: str = "amount") -> int:
    """Fen text such as `19900` -> fen: ASCII digits only, at most 15 of them.

    Raises `BadInput` naming `field`.
    """
    if not isinstance(text, str) or _FEN.fullmatch(text) is None:
        raise BadInput(
            field,
            "amount_not_a_number",
            "金额请只用数字填写，单位为分，例如 19900。",
            "Write the amount in fen with plain digits only, such as 19900.",
        )
    if len(text) > MAX_FEN_DIGITS:
        raise _too_large(field)
    return int(text)


def yuan(fen: int) -> str:
    """Fen -> yuan text with two decimals: 19900 -> `199.00`, -5 -> `-0.05`."""
    assert type(fen) is int, "fen are integers"
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def show(fen: int) -> str:
    """Fen -> what a person reads on a page: 19900 -> `¥199.00`, -5 -> `-¥0.05`."""
    return f"-¥{yuan(-fen)}" if fen < 0 else f"¥{yuan(fen)}"


def _too_large(field: str) -> BadInput:
    return BadInput(
        field,
        "amount_too_large",
        f"金额过大：不得超过 {yuan(MAX_FEN)} 元。",
        f"The amount is too large: at most {yuan(MAX_FEN)} yuan.",
        max_fen=MAX_FEN,
    )
