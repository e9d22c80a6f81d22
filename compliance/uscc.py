"""The unified social credit code of an organisation, GB 32100-2015.

Eighteen characters of digits and capital letters without I, O, S, V and Z: who registered it and
what it is (2), where (6 digits), the organisation's own code (9) and a check character, which makes
the weighted sum of all of them divisible by 31. A code that passes is well formed, no more.
"""

from __future__ import annotations

_VALUES = {letter: value for value, letter in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_LENGTH = 18


def is_uscc(code: str) -> bool:
    """Whether `code` is written as the standard says and its check character is right."""
    if len(code) != _LENGTH or any(letter not in _VALUES for letter in code):
        return False
    if any(_VALUES[letter] > 9 for letter in code[2:8]):
        return False
    weighed = sum(w * _VALUES[letter] for w, letter in zip(_WEIGHTS, code[:17], strict=True))
    return (weighed + _VALUES[code[17]]) % 31 == 0
