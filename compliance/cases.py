"""Cases: a rule's tests, in YAML that a lawyer can read, beside the rule.

A case starts from the plain honest movement of its kind (compliance/plain_facts.yaml), changes
what it names, and says what the rule must answer, and, where it likes, with what reason and
figures, of what class of source and on what citations. Times are written in Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from compliance.decision import FAIL, HOLD, NOT_APPLICABLE, PASS, Decision, Finding
from compliance.engine import decide
from compliance.facts import Facts
from compliance.plain import facts_of, plain_facts, read_time
from compliance.rendering import citations, source_at
from compliance.rule import KINDS, Rule
from compliance.rulebook import FOLDER, Rulebook, load, parameters, register, rules
from compliance.yaml_file import RulebookError, keys, name_of
from compliance.yaml_file import load as load_yaml

__all__ = ["Case", "Outcome", "cases_of", "lacking", "plain_facts", "run", "run_all"]

ANSWERS = {"pass": PASS, "not_applicable": NOT_APPLICABLE, "fail": FAIL, "hold": HOLD}
_OPTIONAL = ("facts", "choices", "reason", "figures", "source", "cites")
_SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class Case:
    """One example: facts, the choices of an installation, and the answer expected.

    `rule` is the code of the rule `tested`; `reason`, `figures`, `source` and `cites` are None
    where the case does not say.
    """

    rule: str
    tested: Rule
    name: str
    where: str
    facts: Facts
    choices: dict[str, list[tuple[str, str]]]
    answer: str
    reason: str | None
    figures: tuple[Any, ...] | None
    source: str | None
    cites: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case gave. `wrong` is None when it is as expected, else a sentence."""

    case: Case
    decision: Decision
    finding: Finding | None
    wrong: str | None


def cases_of(rule: Rule, folder: Path = FOLDER / "rules") -> tuple[Case, ...]:
    """The rule's cases. Raises RulebookError if the file is malformed or shows too little."""
    stem = rule.code if rule.version == 1 else f"{rule.code}_{rule.version}"
    path = folder / f"{stem}.yaml"
    where = f"{name_of(path)}:1"
    raw = keys(load_yaml(path), where, ("rule", "cases"))
    if raw["rule"] != rule.code:
        raise RulebookError(raw.lines["rule"], f"says {raw['rule']!r}, but stands at {stem}")
    if not isinstance(raw["cases"], list):
        raise RulebookError(raw.lines["cases"], "must be a list of cases")
    cases = tuple(_case(rule, item, raw.lines["cases"]) for item in raw["cases"])
    for missing in lacking(rule, cases):
        raise RulebookError(where, f"no case shows {missing}")
    return cases


def lacking(rule: Rule, cases: tuple[Case, ...]) -> Iterator[str]:
    """What the cases of a rule must show and these do not, in words."""
    shown = {case.answer for case in cases}
    for word, letter in (("pass", PASS), ("not_applicable", NOT_APPLICABLE)):
        if letter not in shown:
            yield word
    if not shown & {FAIL, HOLD}:
        yield "fail or hold"
    reasons = {case.reason for case in cases}
    for reason in rule.reasons:
        if reason not in reasons:
            yield f"the reason {reason!r}"
    moments = {case.facts.at // _SECOND_MS for case in cases}
    for day in _changes(rule):
        first = read_time(day) // _SECOND_MS
        if first - 1 not in moments:
            yield f"the second before {day}, when what the rule rests on changes"
        if first not in moments:
            yield f"the first second of {day}, when what the rule rests on changes"


def run(case: Case) -> Outcome:
    """Decide the case's facts under the newest rulebook with its choices."""
    book = _book(tuple((name, tuple(map(tuple, v))) for name, v in case.choices.items()))
    decision = decide(case.facts, book)
    place = [rule.release for rule in book.rules].index(case.tested.release)
    letter = decision.answers[place]
    finding = None
    if letter in (FAIL, HOLD):
        finding = next((f for f in decision.findings if f.code == case.rule), None)
    return Outcome(case, decision, finding, _wrong(case, book, letter, finding))


def run_all() -> Iterator[Outcome]:
    """Every case of every rule, in the rulebook's order."""
    for rule in rules().values():
        for case in cases_of(rule):
            yield run(case)


def _wrong(case: Case, book: Rulebook, letter: str, finding: Finding | None) -> str | None:
    if letter != case.answer:
        return f"expected {case.answer!r}, got {letter!r}: {finding}"
    if case.reason is not None and (finding is None or finding.reason != case.reason):
        return f"expected reason {case.reason!r}, got {finding}"
    if case.figures is not None and (finding is None or finding.figures != case.figures):
        return f"expected figures {case.figures}, got {finding}"
    at = case.facts.at
    source = source_at(case.tested, book, at)
    if case.source is not None and source != case.source:
        return f"expected source {case.source!r}, got {source!r}"
    cited = {cite.instrument for cite in citations(case.tested, book, at)}
    if case.cites is not None and cited != set(case.cites):
        return f"expected citations {sorted(case.cites)}, got {sorted(cited)}"
    return None


def _changes(rule: Rule) -> list[date]:
    """The days on which the rule, a parameter it reads or a text it rests on begins or ends."""
    days = {rule.since} | ({rule.until} if rule.until else set())
    spans = [(rule.cites, rule.since, rule.until or date.max)]
    for name in rule.reads:
        values = parameters()[name].values
        days |= {value.since for value in values}
        ends = [value.since for value in values[1:]] + [date.max]
        spans += [(v.cites, v.since, end) for v, end in zip(values, ends, strict=True)]
    for cites, first, end in spans:
        for cite in cites:
            text = register()[cite.instrument]
            days |= {day for day in (text.since, text.until) if day and first <= day < end}
    return sorted(day for day in days if rule.since <= day <= (rule.until or date.max))


@cache
def _book(choices: tuple[Any, ...]) -> Rulebook:
    return load({name: list(series) for name, series in choices})


def _case(rule: Rule, item: Any, within: str) -> Case:
    raw = keys(item, getattr(item, "where", within), ("name", "kind", "expect"), _OPTIONAL)
    if raw["kind"] not in KINDS:
        raise RulebookError(raw.lines["kind"], f"unknown kind {raw['kind']!r}")
    if raw["expect"] not in ANSWERS:
        raise RulebookError(raw.lines["expect"], f"expect must be one of {tuple(ANSWERS)}")
    reason = raw.get("reason")
    if reason is not None and reason not in rule.reasons:
        raise RulebookError(raw.lines["reason"], f"the rule has no reason {reason!r}")
    for cited in raw.get("cites") or ():
        if cited not in register():
            raise RulebookError(raw.lines["cites"], f"unknown instrument {cited!r}")
    return Case(
        rule.code,
        rule,
        raw["name"],
        raw.where,
        facts_of(raw["kind"], raw.get("facts", {}), raw.where),
        {
            name: [(str(day), value) for day, value in series.items()]
            for name, series in raw.get("choices", {}).items()
        },
        ANSWERS[raw["expect"]],
        reason,
        _figures(rule, raw),
        raw.get("source"),
        tuple(raw["cites"]) if "cites" in raw else None,
    )


def _figures(rule: Rule, raw: Any) -> tuple[Any, ...] | None:
    if "figures" not in raw:
        return None
    kinds = [kind for _, kind in rule.reasons[raw["reason"]].figures] if "reason" in raw else []
    if len(raw["figures"]) != len(kinds):
        raise RulebookError(raw.lines["figures"], f"the reason has {len(kinds)} figures")
    return tuple(
        read_time(value) if kind in ("moment", "from", "day") else value
        for value, kind in zip(raw["figures"], kinds, strict=True)
    )
