"""What a rule is. One rule, one file in compliance/rules, one RULE in it.

`check(facts, *values)` gets the facts and the values, at the moment of the facts, of the
parameters the rule says it reads, in that order. It returns None for a pass, NOT_CONCERNED when
the rule has nothing to say, or `fail(reason, figures…)` / `hold(reason, figures…)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from compliance.decision import FAIL, HOLD, NOT_APPLICABLE, Figure

#: Classes of source, strongest first: a statute binds all, our policy binds our users. A court
#: decision is no source of law; it shows what a service is held to.
CLASSES: Final = (
    "statute",
    "departmental_rule",
    "notice",
    "industry",
    "platform",
    "case",
    "policy",
)

#: How a figure is written in a sentence. `from` is a moment at which the answer changes; `word`
#: is looked up in compliance/words.yaml, `words` are several of them joined by commas; `text` is
#: shown as it stands.
FIGURE_TYPES: Final = (
    "fen",
    "count",
    "moment",
    "from",
    "day",
    "word",
    "words",
    "text",
    "hours",
    "days",
)

#: The reason of a finding whose rule could not be computed: held for a person, never permitted.
BROKEN: Final = "broken"

#: The movements that are decided, in the order of a collectible's life, by the stage they are of.
#: A rulebook decides those its rules concern; of the others it has nothing to say.
STAGES: Final = {
    "platform": ("platform", "member", "rulebook"),
    "onboarding": ("account",),
    "listing": ("series", "mint"),
    "purchase": ("sale", "refund", "return"),
    "gift": ("gift",),
    "resale": ("resale", "forced"),
    "takedown": ("restraint", "takedown", "burn"),
}
KINDS: Final = tuple(kind for kinds in STAGES.values() for kind in kinds)


class Answer(NamedTuple):
    """What a check gives back when it does not pass."""

    answer: str
    reason: str
    figures: tuple[Figure, ...]


NOT_CONCERNED: Final = Answer(NOT_APPLICABLE, "", ())


def fail(reason: str, *figures: Figure) -> Answer:
    """The movement may not happen, for this reason; figures in the order the reason declares."""
    return Answer(FAIL, reason, figures)


def hold(reason: str, *figures: Figure) -> Answer:
    """A person has to look at the movement before it may happen."""
    return Answer(HOLD, reason, figures)


class Text(NamedTuple):
    """The same sentence in Chinese and English."""

    zh: str
    en: str


class Reason(NamedTuple):
    """A sentence with places for figures, and what the reader can do about it."""

    says: Text
    mend: Text
    figures: tuple[tuple[str, str], ...] = ()


class Cite(NamedTuple):
    """An instrument of the register, and the article relied on."""

    instrument: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as released.

    A released version never changes its outcome: to change it, give it an `until` and release
    the next version in a file of its own. `since` and `until` are days in Asia/Shanghai; the rule
    holds from the start of `since` to the end of the day before `until`. `rulings` is how many
    officers it takes to permit what the rule held.
    """

    code: str
    version: int
    title: Text
    kinds: tuple[str, ...]
    since: date
    source: str
    cites: tuple[Cite, ...]
    reads: tuple[str, ...]
    reasons: dict[str, Reason]
    check: Callable[..., Answer | None]
    until: date | None = None
    rulings: int = 1

    @property
    def release(self) -> str:
        """`code@version`: the name under which rulebooks refer to this rule."""
        return f"{self.code}@{self.version}"


def describe(rule: Rule) -> dict[str, Any]:
    """What of a rule a rulebook's digest covers: everything that decides, nothing that explains."""
    more = {"rulings": rule.rulings} if rule.rulings != 1 else {}
    return {
        "code": rule.code,
        "version": rule.version,
        "kinds": list(rule.kinds),
        "since": rule.since.isoformat(),
        "until": rule.until.isoformat() if rule.until else None,
        "reads": list(rule.reads),
        "source": rule.source,
        "cites": [list(cite) for cite in rule.cites],
        **more,
    }
