"""Numbers that name people and institutions: their shape, their check characters, their masks.

Only the form is judged here; that a number belongs to the person is for the identity provider. A
sentence of this module never repeats what was typed, because errors reach logs and these numbers
must not.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from collectibles.domain.calendar import first_of_month, shanghai_date, start_of_day
from collectibles.errors import BadInput

_LONGEST_INPUT = 64  # NFKC can lengthen text eighteen-fold; nothing valid comes near this
_DOCUMENT = re.compile(r"[1-9][0-9]{16}[0-9X]")
_DOCUMENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DOCUMENT_CHECKS = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_PHONE = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")


def parse_document_number(text: str, now_ms: int, field: str = "document_number") -> str:
    """A resident identity number as typed -> its one normal form (18 characters, `X` upper case).

    GB 11643-1999: six digits of area, eight of birth date, three of sequence, one check character
    (ISO 7064 MOD 11-2). Full-width characters are taken, fifteen-digit numbers are not. The area is
    not looked up, since areas are renamed and abolished. `now_ms` (milliseconds UTC) is the time at
    which the birth date must not lie in the future. Raises `BadInput` naming `field`.
    """
    number = _plain(text)
    if _DOCUMENT.fullmatch(number) is None:
        raise BadInput(
            field,
            "document_number_shape",
            "证件号码应为 18 位：17 位数字加一位校验码（数字或 X）。",
            "The document number has 18 characters: 17 digits and a check character (digit or X).",
        )
    total = sum(int(digit) * w for digit, w in zip(number, _DOCUMENT_WEIGHTS, strict=False))
    if number[17] != _DOCUMENT_CHECKS[total % 11]:
        raise BadInput(
            field,
            "document_number_check",
            "证件号码的校验码不符，请检查是否有输错的数字。",
            "The document number's check character does not fit; please look for a wrong digit.",
        )
    try:
        born = birth_date(number)
    except ValueError:
        born = None
    if born is None or born > shanghai_date(now_ms):
        raise BadInput(
            field,
            "document_number_birth_date",
            "证件号码第 7 至 14 位不是一个有效的出生日期。",
            "Characters 7 to 14 of the document number are not a possible date of birth.",
        )
    return number


def birth_date(document_number: str) -> date:
    """The date of birth within a document number in normal form (ValueError: no such date)."""
    return date(
        int(document_number[6:10]), int(document_number[10:12]), int(document_number[12:14])
    )


def document_kind(document_number: str) -> str:
    """Whose document a number in normal form is: resident, hk_mo_tw (a residence permit of someone
    from Hong Kong, Macao or Taiwan), or foreign (a permanent resident's card)."""
    if document_number.startswith("9"):
        return "foreign"
    return "hk_mo_tw" if document_number.startswith(("81", "82", "83")) else "resident"


def adult_month(born: date, age: int = 18) -> int:
    """The first month through all of which a person is `age` or older: its first instant, ms UTC.

    A person is of age from the beginning of the birthday (Asia/Shanghai). So it is the month of
    that birthday for those born on a first, and the month after it for everybody else; the day
    itself stays unknown to whoever sees the month. Born on 29 February: March, in every year.
    """
    birthday_month = first_of_month(born, 12 * age)
    return start_of_day(birthday_month if born.day == 1 else first_of_month(birthday_month, 1))


def parse_uscc(text: str, field: str = "uscc") -> str:
    """A unified social credit code as typed -> its normal form.

    GB 32100-2015: 18 characters of digits and capitals without I, O, S, V, Z; the last is a check
    character with weights 3^i modulo 31. Raises `BadInput` naming `field`.
    """
    code = _plain(text)
    if _USCC.fullmatch(code) is None:
        raise BadInput(
            field,
            "uscc_shape",
            "统一社会信用代码应为 18 位数字和大写字母（不含 I、O、S、V、Z），第 3 至 8 位为数字。",
            "A unified social credit code has 18 digits and capitals (none of I, O, S, V, Z);"
            " characters 3 to 8 are digits.",
        )
    total = sum(_USCC_ALPHABET.index(char) * pow(3, i, 31) for i, char in enumerate(code[:17]))
    if code[17] != _USCC_ALPHABET[-total % 31]:
        raise BadInput(
            field,
            "uscc_check",
            "统一社会信用代码的校验码不符，请检查是否有输错的字符。",
            "The unified social credit code's check character does not fit;"
            " please look for a wrong character.",
        )
    return code


def parse_phone(text: str, field: str = "phone") -> str:
    """A mainland mobile number as typed -> eleven digits, without country code, spaces, hyphens.

    Raises `BadInput` naming `field`.
    """
    found = _PHONE.fullmatch(re.sub(r"[ \-]", "", _plain(text)))
    if found is None:
        raise BadInput(
            field,
            "phone_shape",
            "请填写中国大陆手机号码：以 1 开头的 11 位数字。",
            "Please give a mainland mobile number: 11 digits beginning with 1.",
        )
    return found.group(1)


def mask_document_number(number: str) -> str:
    """For display: the first and the last character, stars between."""
    return number[0] + "*" * (len(number) - 2) + number[-1]


def mask_phone(phone: str) -> str:
    """For display: `138****0001`."""
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def mask_name(name: str) -> str:
    """For display to others: the last character, one star for each before it (two at most)."""
    return "*" * max(1, min(2, len(name) - 1)) + (name[-1] if len(name) > 1 else "")


def _plain(text: str) -> str:
    """NFKC, upper case, no surrounding spaces; what is no text or far too long becomes empty."""
    if not isinstance(text, str) or len(text) > _LONGEST_INPUT:
        return ""
    return unicodedata.normalize("NFKC", text).upper().strip()
