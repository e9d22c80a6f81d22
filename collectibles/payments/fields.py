"""What the fields of charges and refunds may hold, so that every rail can carry them.

The narrowest of WeChat Pay v3 and Alipay's gateway v2 (ecosystem notes 1.2 and 1.3).
"""

from __future__ import annotations

import re

from collectibles.domain.money import MAX_FEN
from collectibles.errors import BadInput

CHARGE_NO = re.compile(r"[0-9A-Za-z_]{6,32}")
REFUND_NO = re.compile(r"[0-9A-Za-z_]{6,64}")
SELLER = re.compile(r"[0-9A-Za-z_-]{1,32}")
CURRENCY = re.compile(r"[A-Z]{3}")


def require(pattern: re.Pattern[str], name: str, value: str) -> None:
    if not pattern.fullmatch(value):
        raise BadInput(
            name,
            "payment_field_invalid",
            f"字段 {name} 的格式不符合支付机构的要求。",
            f"The field {name} does not have the form that payment providers take.",
        )


def require_fen(name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_FEN:
        raise BadInput(
            name,
            "payment_amount_invalid",
            "金额须为正整数（分）。",
            "An amount is a whole number of fen, more than none.",
        )


def is_web_address(url: str, *, query: bool) -> bool:
    form = r"https?://[^\s/?#@\\]+(/[^\s?#\\]*)?" + (r"(\?[^\s#\\]*)?" if query else "")
    return len(url) <= 255 and url.isascii() and re.fullmatch(form, url) is not None
