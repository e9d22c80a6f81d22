"""The first thing in a ledger that is not as it must be, and how to say it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """Where, what, and the two values that should be one.

    `where` is a file, a table's row, or `entry N`; `index` is the entry's, where it is one;
    `zh` and `en` are the sentence without the place.
    """

    where: str
    zh: str
    en: str
    expected: str = ""
    got: str = ""
    index: int | None = None

    def say(self, language: str) -> str:
        """One line for people, in `zh` or `en`."""
        text = self.en if language == "en" else self.zh
        values = ""
        if self.expected or self.got:
            names = ("expected", "got") if language == "en" else ("应为", "实为")
            values = f" ({names[0]} {self.expected}; {names[1]} {self.got})"
        return f"{self.where}: {text}{values}"


class Differs(Exception):
    """Checking ends here, at this difference."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.say("en"))
        self.difference = difference


def differs(where: str, zh: str, en: str, expected: object = "", got: object = "") -> Differs:
    """The exception for a file or a row; values are shortened to what a line can show."""
    return Differs(Difference(where, zh, en, _short(expected), _short(got)))


def entry_differs(index: int, zh: str, en: str, expected: object = "", got: object = "") -> Differs:
    """The exception for the entry at `index`."""
    return Differs(Difference(f"entry {index}", zh, en, _short(expected), _short(got), index))


def _short(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 200 else text[:199] + "…"
