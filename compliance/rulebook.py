"""All rules and parameters in force together, under one digest.

Rules stand, run and answer in the order of their codes, and of their versions within a code.

A rulebook is bound from a manifest: rules by code and version, their dates, every parameter's
values, the instruments' dates, the installation's choices, the engine's version. The digest is of
the manifest, so wording and layout may change and outcomes may not. Manifests of releases are kept
in compliance/releases for ever; an entry made under any of them can be decided again.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from compliance import rules as rules_package
from compliance.calendar import start_of_day
from compliance.instruments import Register, load_register
from compliance.parameters import Parameter, for_rules, load_parameters
from compliance.rule import KINDS, Answer, Rule, describe
from compliance.rule_checks import check_rule, check_versions
from compliance.yaml_file import RulebookError

#: Changes when decide() itself would answer otherwise for the same rules and facts.
ENGINE_VERSION = 1

FOLDER = Path(__file__).parent

#: Parameter name to [[first day, value], …]: what this installation chose where it may choose.
Choices = Mapping[str, list[tuple[str, str]]]


class Step(NamedTuple):
    """One rule to run: its place in the answers, and the values it reads at that time."""

    position: int
    code: str
    check: Callable[..., Answer | None]
    values: tuple[Any, ...]


class Plan(NamedTuple):
    """What to run for one kind of movement between two changes of the rulebook."""

    blank: str
    steps: tuple[Step, ...]


class Held(NamedTuple):
    """A parameter's value from a day on, and whether the installation chose it."""

    since: date
    value: Any
    chosen: bool


@dataclass(slots=True)
class Rulebook:
    """Rules in order of code, bound to the values of one manifest."""

    digest: str
    manifest: dict[str, Any]
    rules: tuple[Rule, ...]
    _values: dict[str, list[tuple[int, Any]]]
    _breaks: list[int]
    _plans: dict[tuple[str, int], Plan] = field(default_factory=dict)
    _kinds: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._kinds = frozenset(kind for rule in self.rules for kind in rule.kinds)

    def plan(self, kind: str, at: int) -> Plan:
        """The plan for this kind at this moment (ms UTC); kept, since it seldom changes."""
        segment = bisect_right(self._breaks, at)
        plan = self._plans.get((kind, segment))
        if plan is None:
            plan = self._plans[kind, segment] = self._make_plan(kind, at)
        return plan

    def decides(self, kind: str) -> bool:
        """Whether any of its rules concerns movements of this kind, at whatever time."""
        return kind in self._kinds

    def has(self, name: str) -> bool:
        """Whether it has this parameter; the first release lacks those that came later."""
        return name in self._values

    def value(self, name: str, at: int) -> Any:
        """The parameter's value at this moment, as rules get it; None before the first.

        Raises KeyError for a parameter that the rulebook does not have.
        """
        current = None
        for since, value in self._values[name]:
            if since > at:
                break
            current = value
        return current

    def rule(self, code: str, at: int) -> Rule:
        """The version of this rule in force at this moment, else its newest. Raises KeyError."""
        found = [rule for rule in self.rules if rule.code == code]
        if not found:
            raise KeyError(code)
        return next((rule for rule in found if in_force(rule, at)), found[-1])

    def _make_plan(self, kind: str, at: int) -> Plan:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not decided; {KINDS} are")
        steps, blank = [], ""
        for position, rule in enumerate(self.rules):
            runs = kind in rule.kinds and in_force(rule, at)
            blank += "p" if runs else "-"
            if runs:
                values = tuple(self.value(name, at) for name in rule.reads)
                steps.append(Step(position, rule.code, rule.check, values))
        return Plan(blank, tuple(steps))


def in_force(rule: Rule, at: int) -> bool:
    """Whether the rule is in force at this moment (ms UTC)."""
    ends = rule.until
    return start_of_day(rule.since) <= at and (ends is None or at < start_of_day(ends))


def canonical(manifest: Any) -> bytes:
    """The bytes a rulebook's digest is taken of: sorted keys, no spaces, ASCII."""
    return json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode("ascii")


@cache
def register() -> Register:
    """The register of instruments that came with this software."""
    return load_register(FOLDER / "instruments.yaml")


@cache
def parameters() -> dict[str, Parameter]:
    """The parameters that came with this software, by name."""
    return load_parameters(FOLDER / "parameters", register())


@cache
def rules() -> dict[str, Rule]:
    """Every rule of this software by `code@version`, found by file. Raises RulebookError."""
    found: dict[str, Rule] = {}
    for module in sorted(pkgutil.iter_modules(rules_package.__path__), key=lambda m: m.name):
        rule = getattr(importlib.import_module(f"compliance.rules.{module.name}"), "RULE", None)
        if not isinstance(rule, Rule):
            raise RulebookError(f"rules/{module.name}.py:1", "has no RULE")
        check_rule(rule, module.name, parameters(), register())
        found[rule.release] = rule
    for path in sorted((FOLDER / "rules").glob("*.yaml")):
        if not path.with_suffix(".py").exists():
            raise RulebookError(f"rules/{path.name}:1", f"has no rule: write {path.stem}.py")
    check_versions(sorted(found.values(), key=_order))
    return found


def current_manifest(choices: Choices | None = None) -> dict[str, Any]:
    """The manifest of this software's newest rulebook, with an installation's choices."""
    manifest = {
        "engine": ENGINE_VERSION,
        "rules": [describe(rule) for rule in sorted(rules().values(), key=_order)],
        "parameters": {
            name: {"unit": p.unit, "values": [[v.since.isoformat(), v.value] for v in p.values]}
            for name, p in parameters().items()
        },
        "instruments": {
            i.id: [i.source, i.since.isoformat(), i.until.isoformat() if i.until else None]
            for i in register().values()
        },
        "choices": {},
    }
    return with_choices(manifest, choices or {})


def with_choices(manifest: dict[str, Any], choices: Choices) -> dict[str, Any]:
    """The manifest with what an installation chose. Raises RulebookError for what it may not."""
    for name, series in choices.items():
        parameter = parameters().get(name)
        if parameter is None or not parameter.allowed:
            raise RulebookError("choices", f"{name!r} is not for an installation to choose")
        days = [day for day, _ in series]
        if not days or days != sorted(set(days)):
            raise RulebookError("choices", f"{name}: days must stand in order, each once")
        for day, value in series:
            _day(day, name)
            if value not in parameter.allowed:
                raise RulebookError("choices", f"{name} may be {parameter.allowed}, not {value!r}")
    return {**manifest, "choices": {name: [list(v) for v in choices[name]] for name in choices}}


def bind(manifest: dict[str, Any], free: tuple[str, ...] = ("until",)) -> Rulebook:
    """The rulebook a manifest describes. Raises RulebookError if this software lacks a rule.

    `free` are the days of a rule that the manifest may set otherwise than this software.
    """
    known, unsaid = rules(), dict.fromkeys(free)
    bound = []
    if manifest["engine"] != ENGINE_VERSION:
        raise RulebookError("manifest", f"engine {manifest['engine']} is not in this software")
    for described in manifest["rules"]:
        rule = known.get(f"{described['code']}@{described['version']}")
        if rule is None or describe(rule) | unsaid != described | unsaid:
            raise RulebookError("manifest", f"this software has no rule like {described}")
        since = date.fromisoformat(described["since"])
        until = date.fromisoformat(described["until"]) if described["until"] else None
        same = (rule.since, rule.until) == (since, until)
        bound.append(rule if same else replace(rule, since=since, until=until))
    values = {
        name: [
            (start_of_day(held.since), for_rules(described["unit"], held.value))
            for held in held_values(manifest, name)
        ]
        for name, described in manifest["parameters"].items()
    }
    breaks = {since for series in values.values() for since, _ in series}
    breaks |= {start_of_day(day) for r in bound for day in (r.since, r.until) if day}
    digest = hashlib.sha256(canonical(manifest)).hexdigest()
    return Rulebook(digest, manifest, tuple(bound), values, sorted(breaks))


def read_releases(folder: Path) -> tuple[dict[str, Any], ...]:
    """The manifests in a folder of releases, oldest first."""
    paths = sorted(folder.glob("*.json"), key=lambda path: int(path.stem))
    return tuple(json.loads(path.read_text(encoding="ascii")) for path in paths)


@cache
def released() -> tuple[dict[str, Any], ...]:
    """The manifests of every release of this software, oldest first, without choices."""
    return read_releases(FOLDER / "releases")


def load(choices: Choices | None = None) -> Rulebook:
    """This software's newest rulebook with an installation's choices."""
    return bind(current_manifest(choices))


def find(digest: str, choices: Choices) -> Rulebook | None:
    """The released or newest rulebook with these choices that has this digest, or None."""
    for manifest in (*released(), current_manifest()):
        chosen = with_choices(manifest, choices)
        if hashlib.sha256(canonical(chosen)).hexdigest() == digest:
            return bind(chosen)
    return None


def held_values(manifest: dict[str, Any], name: str) -> list[Held]:
    """The parameter's values in order of their days, the installation's choices among them.

    A choice wins on its own day; a value released for a later day ends it.
    """
    held = {day: (value, False) for day, value in manifest["parameters"][name]["values"]}
    held |= {day: (value, True) for day, value in manifest["choices"].get(name, [])}
    return [Held(date.fromisoformat(day), *held[day]) for day in sorted(held)]


def _order(rule: Rule) -> tuple[str, int]:
    return rule.code, rule.version


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RulebookError("choices", f"{name}: {text!r} is not a day, YYYY-MM-DD") from None
