"""A second evaluator of the rulebook: naive, slow, and nothing of the first one's code.

Each rule is one plain function, written from what its title, its sentences and its cases say, in
the file of its stage. A function takes the facts and what reads the dated values, and answers with
a letter: p passes, f fails, h holds, - is not concerned. Values come from the parameter files, read
here as plain YAML; days are counted by the standard library in the zone Asia/Shanghai. Of the
package `compliance` only the types of the facts are used.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import yaml

from compliance.facts import Facts

PARAMETERS = Path(__file__).resolve().parents[2] / "compliance" / "parameters"
BEIJING = ZoneInfo("Asia/Shanghai")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000
DAY = 24 * HOUR

Read = Callable[[str], Any]
Check = Callable[[Facts, Read], str]
#: What an installation chose: a parameter's name to days, YYYY-MM-DD, with values.
Choices = Mapping[str, Sequence[tuple[str, str]]]


class Rule(NamedTuple):
    """One rule: what it is called, which movements it concerns, on which days it holds."""

    name: str
    kinds: tuple[str, ...]
    since: int
    until: int | None
    check: Check


RULES: dict[str, Rule] = {}


def rule(name: str, kinds: str, since: str, until: str | None = None) -> Callable[[Check], Check]:
    """Enter a function as the rule `name`, `code@version`, for `kinds`, between two days."""

    def enter(check: Check) -> Check:
        begins, ends = midnight(date.fromisoformat(since)), None
        if until is not None:
            ends = midnight(date.fromisoformat(until))
        assert name not in RULES, name
        RULES[name] = Rule(name, tuple(kinds.split()), begins, ends, check)
        return check

    return enter


def evaluate(facts: Facts, choices: Choices) -> dict[str, str]:
    """Every rule's letter, by `code@version`."""

    def read(name: str) -> Any:
        days, values = held(name, tuple((d, v) for d, v in choices.get(name, ())))
        place = bisect_right(days, facts.at)
        return values[place - 1] if place else None

    answers = {}
    for name, each in RULES.items():
        runs = facts.kind in each.kinds and each.since <= facts.at
        runs = runs and (each.until is None or facts.at < each.until)
        answers[name] = each.check(facts, read) if runs else "-"
    return answers


def outcome(answers: Mapping[str, str]) -> str:
    """What becomes of a movement: what nothing passed is not permitted."""
    letters = set(answers.values())
    if "f" in letters:
        return "refused"
    return "held" if "h" in letters or "p" not in letters else "permitted"


@cache
def held(name: str, chosen: tuple[tuple[str, str], ...] = ()) -> tuple[list[int], list[Any]]:
    """The moments from which a parameter's values hold, and the values; a choice wins its day."""
    topic, _, short = name.partition(".")
    text = (PARAMETERS / topic / f"{short}.yaml").read_text(encoding="utf-8")
    dated = {day: each["value"] for day, each in yaml.safe_load(text)["values"].items()}
    dated |= {date.fromisoformat(day): value for day, value in chosen}
    days = sorted(dated)
    return [midnight(day) for day in days], [dated[day] for day in days]


def names() -> list[str]:
    """Every parameter there is a file for."""
    return [f"{path.parent.name}.{path.stem}" for path in sorted(PARAMETERS.glob("*/*.yaml"))]


# Days in Beijing


def when(at: int) -> datetime:
    """A moment as the clock on the wall in Beijing shows it."""
    return (EPOCH + timedelta(milliseconds=at)).astimezone(BEIJING)


def day_of(at: int) -> date:
    """The day in Beijing."""
    return when(at).date()


def moment_of(wall: datetime) -> int:
    """The moment at which the clock in Beijing shows this."""
    return (wall.replace(tzinfo=BEIJING) - EPOCH) // timedelta(milliseconds=1)


def midnight(day: date) -> int:
    """The first moment of a day in Beijing."""
    return moment_of(datetime.combine(day, time()))


def nth_open_day(at: int, count: int, closed: Sequence[date]) -> date | None:
    """The `count`-th weekday not in `closed` after the day of `at`.

    Only the years the list spans are known: days before are passed over, after is None.
    """
    first, last = min(closed).year, max(closed).year
    day = day_of(at)
    while count:
        day += timedelta(days=1)
        if day.year > last:
            return None
        if day.year >= first and day.weekday() < 5 and day not in closed:
            count -= 1
    return day
