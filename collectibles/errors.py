"""One tree of errors. Each has a stable code, a sentence in Chinese and English, an HTTP status.

The web maps the status once; the command line prints the sentence. What is not in this tree is a
defect of the program and is reported as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class CollectiblesError(Exception):
    """A request that cannot be done, said so that the person can do something about it.

    `code` is stable and ASCII; `zh` and `en` are complete sentences; `figures` are the values the
    sentences speak of, for programs that want them apart.
    """

    status = 400

    def __init__(self, code: str, zh: str, en: str, **figures: object) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.figures = figures

    def say(self, language: str) -> str:
        """The sentence in `zh` or `en` (anything else reads as `zh`)."""
        return self.en if language == "en" else self.zh


class BadInput(CollectiblesError):
    """What was typed or sent does not fit; `field` (or row) says where."""

    def __init__(self, field: str, code: str, zh: str, en: str, **figures: object) -> None:
        super().__init__(code, zh, en, field=field, **figures)
        self.field = field


class NotFound(CollectiblesError):
    """No such thing, or not one this person may see."""

    status = 404


class Forbidden(CollectiblesError):
    """The person is known but may not do this."""

    status = 403


class SignInNeeded(CollectiblesError):
    """Nobody is signed in, and this needs somebody."""

    status = 401


class Conflict(CollectiblesError):
    """The request was fine, but the state of things does not allow it (any more)."""

    status = 409


class Refused(CollectiblesError):
    """The rulebook refuses or holds it. `explained` are the findings, as compliance.rendering
    explains them; `outcome` is refused or held; `index` the ledger entry that records it, if any.
    """

    status = 422

    def __init__(self, outcome: str, explained: Sequence[Any], index: int | None = None) -> None:
        zh = "；".join(each.sentence.zh.rstrip("。") for each in explained) + "。"
        en = " ".join(each.sentence.en for each in explained)
        super().__init__(outcome, zh, en, codes=[each.code for each in explained])
        self.outcome = outcome
        self.explained = list(explained)
        self.index = index


class TooMany(CollectiblesError):
    """Too many attempts in too short a time."""

    status = 429


class PaymentProblem(CollectiblesError):
    """The payment provider did not do what was asked, or answered what cannot be trusted."""

    status = 502


class Unavailable(CollectiblesError):
    """A part the service needs is not there now; trying later may help."""

    status = 503
