"""Cases: a rule's tests, in YAML that a lawyer can read, beside the rule.

A case starts from the plain honest movement of its kind (compliance/plain_facts.yaml), changes
what it names, and says what the rule must answer. Times are written in Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, get_args, get_type_hints

from compliance.calendar import moment, start_of_day
from compliance.decision import FAIL, HOLD, NOT_APPLICABLE, PASS
from compliance.engine import decide
from compliance.facts import Facts, Holding, Licence, Payment, Person, Restraint, Series
from compliance.rule import KINDS, Rule
from compliance.rulebook import FOLDER, Rulebook, load, rules
from compliance.yaml_file import RulebookError, keys
from compliance.yaml_file import load as load_yaml

ANSWERS = {"pass": PASS, "not_applicable": NOT_APPLICABLE, "fail": FAIL, "hold": HOLD}
_NESTED = {
    "series": Series,
    "holder": Person,
    "recipient": Person,
    "holding": Holding,
    "payment": Payment,
    "licence": Licence,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One example: facts, the choices of an installation, and the answer expected."""

    rule: str
    name: str
    where: str
    facts: Facts
    choices: dict[str, list[tuple[str, str]]]
    answer: str
    reason: str | None
    figures: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case gave. `wrong` is None when it is as expected, else a sentence."""

    case: Case
    wrong: str | None


def cases_of(rule: Rule) -> tuple[Case, ...]:
    """The rule's cases. Raises RulebookError if the file is malformed or shows too little."""
    stem = rule.code if rule.version == 1 else f"{rule.code}_{rule.version}"
    path = FOLDER / "rules" / f"{stem}.yaml"
    raw = keys(load_yaml(path), f"{path.name}:1", ("rule", "cases"))
    if raw["rule"] != rule.code:
        raise RulebookError(raw.lines["rule"], f"says {raw['rule']!r}, but stands at {stem}")
    cases = tuple(_case(rule, item) for item in raw["cases"])
    shown = {case.answer for case in cases}
    for letter, word in ((PASS, "pass"), (NOT_APPLICABLE, "not_applicable")):
        if letter not in shown:
            raise RulebookError(f"{path.name}:1", f"no case shows {word}")
    if not shown & {FAIL, HOLD}:
        raise RulebookError(f"{path.name}:1", "no case shows fail or hold")
    return cases


def run(case: Case) -> Outcome:
    """Decide the case's facts under the newest rulebook with its choices."""
    book = _book(tuple((name, tuple(map(tuple, v))) for name, v in case.choices.items()))
    decision = decide(case.facts, book)
    place = [rule.code for rule in book.rules].index(case.rule)
    got = decision.answers[place]
    finding = next((f for f in decision.findings if f.code == case.rule), None)
    if got != case.answer:
        return Outcome(case, f"expected {case.answer!r}, got {got!r}: {finding}")
    if case.reason is not None and (finding is None or finding.reason != case.reason):
        return Outcome(case, f"expected reason {case.reason!r}, got {finding}")
    if case.figures is not None and (finding is None or finding.figures != case.figures):
        return Outcome(case, f"expected figures {case.figures}, got {finding}")
    return Outcome(case, None)


def run_all() -> Iterator[Outcome]:
    """Every case of every rule, in the rulebook's order."""
    for rule in rules().values():
        for case in cases_of(rule):
            yield run(case)


def plain_facts(kind: str, **changes: Any) -> Facts:
    """The plain honest movement of this kind, with top-level fields replaced."""
    return _facts(kind, {}, "plain_facts")._replace(**changes)


@cache
def _book(choices: tuple[Any, ...]) -> Rulebook:
    return load({name: list(series) for name, series in choices})


@cache
def _plain() -> Any:
    return load_yaml(FOLDER / "plain_facts.yaml")


def _case(rule: Rule, item: Any) -> Case:
    where = getattr(item, "where", f"{rule.code}.yaml")
    raw = keys(item, where, ("name", "kind", "expect"), ("facts", "choices", "reason", "figures"))
    if raw["kind"] not in KINDS:
        raise RulebookError(raw.lines["kind"], f"unknown kind {raw['kind']!r}")
    if raw["expect"] not in ANSWERS:
        raise RulebookError(raw.lines["expect"], f"expect must be one of {tuple(ANSWERS)}")
    reason = raw.get("reason")
    if reason is not None and reason not in rule.reasons:
        raise RulebookError(raw.lines["reason"], f"the rule has no reason {reason!r}")
    figures = None
    if "figures" in raw:
        kinds = [figure_type for _, figure_type in rule.reasons[reason].figures]
        figures = tuple(
            _time(value) if figure_type in ("moment", "from", "day") else value
            for value, figure_type in zip(raw["figures"], kinds, strict=True)
        )
    choices = {
        name: [(str(day), value) for day, value in series.items()]
        for name, series in raw.get("choices", {}).items()
    }
    facts = _facts(raw["kind"], raw.get("facts", {}), where)
    answer = ANSWERS[raw["expect"]]
    return Case(rule.code, raw["name"], where, facts, choices, answer, reason, figures)


def _facts(kind: str, changes: Any, where: str) -> Facts:
    plain = _plain().get(kind)
    if plain is None:
        raise RulebookError(where, f"plain_facts.yaml has no {kind!r}")
    fields = _merge(plain, changes)
    restraints = tuple(_record(Restraint, item, where) for item in fields.pop("restraints", ()))
    facts: Facts = _record(Facts, {**fields, "kind": kind}, where)
    return facts._replace(restraints=restraints)


def _merge(plain: Any, changes: Any) -> dict[str, Any]:
    merged = dict(plain)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _record(cls: Any, raw: Any, where: str) -> Any:
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in hints:
            raise RulebookError(where, f"{cls.__name__} has no fact {key!r}")
        if isinstance(value, dict):
            value = _record(_NESTED[key], value, where)
        elif isinstance(value, list):
            value = tuple(value)
        elif key == "at" or key.endswith(("_at", "_until", "_from")):
            value = _time(value)
        allowed = get_args(hints[key]) or (hints[key],)
        if value is None and type(None) not in allowed:
            raise RulebookError(where, f"fact {key!r} is always known")
        values[key] = value
    missing = [name for name in cls._fields if name not in values]
    missing = [name for name in missing if name not in cls._field_defaults]
    if missing:
        raise RulebookError(where, f"{cls.__name__} lacks {', '.join(missing)}")
    return cls(**values)


def _time(value: Any) -> Any:
    if isinstance(value, date):
        return start_of_day(value)
    return moment(value) if isinstance(value, str) else value
