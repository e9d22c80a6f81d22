"""A question of a form: its label, what is missing when nobody answers, how an answer is refused.

The kinds of questions are in fields.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from marshmallow import ValidationError, fields, missing

from compliance.rule import Text

CHOOSE = Text("请选择“{}”。", "Please choose “{}”.")

Hint = tuple[str, str] | None


class Option(NamedTuple):
    """One thing to choose: the value sent, and what the person reads."""

    value: str
    zh: str
    en: str


class Uploaded(NamedTuple):
    """A file as it came. Its name is the sender's word only: never a path, never trusted."""

    name: str
    data: bytes


def wrong(zh: str, en: str) -> NoReturn:
    """Refuse what was typed, with a sentence in both languages that says the way out."""
    raise ValidationError([Text(zh, en)])


class Asked(fields.Field[Any]):
    """A question of a form. `needed=False` makes an empty answer None.

    `shape` tells the template which control to draw; `attributes` are the control's own.
    """

    shape = "line"
    asks = Text("请填写“{}”。", "Please fill in “{}”.")

    def __init__(
        self, zh: str, en: str, *, hint: Hint = None, needed: bool = True, **attributes: str
    ) -> None:
        super().__init__(required=needed, allow_none=not needed, load_default=self._none(needed))
        self.label = Text(zh, en)
        self.hint = Text(*hint) if hint else None
        self.needed = needed
        self.attributes = attributes
        unanswered = Text(self.asks.zh.format(zh), self.asks.en.format(en))
        self.error_messages = {
            **self.error_messages,
            "required": [unanswered],
            "null": [unanswered],
        }

    @staticmethod
    def _none(needed: bool) -> Any:
        return missing if needed else None

    def read(self, typed: str) -> Any:
        """What was typed (trimmed, not empty) as a value. Refuses with `wrong`."""
        return typed

    def show(self, value: Any) -> str:
        """A value as it is typed, to fill the form with."""
        return "" if value is None else str(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> Any:
        return self.read(value)
