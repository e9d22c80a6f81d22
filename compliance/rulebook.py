"""All rules and parameters in force together, under one digest.

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
from typing import Any

from compliance import rules as rules_package
from compliance.calendar import start_of_day
from compliance.instruments import Register, load_register
from compliance.parameters import Parameter, for_rules, load_parameters
from compliance.rule import CLASSES, FIGURE_TYPES, KINDS, Answer, Rule, describe
from compliance.yaml_file import RulebookError

#: Changes when decide() itself would answer otherwise for the same rules and facts.
ENGINE_VERSION = 1

FOLDER = Path(__file__).parent

#: Parameter name to [[first day, value], …]: what this installation chose where it may choose.
Choices = Mapping[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Step:
    """One rule to run: its place in the answers, and the values it reads at that time."""

    position: int
    code: str
    check: Callable[..., Answer | None]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run for one kind of movement between two changes of the rulebook."""

    blank: str
    steps: tuple[Step, ...]


@dataclass(slots=True)
class Rulebook:
    """Rules in order of code, bound to the values of one manifest."""

    digest: str
    manifest: dict[str, Any]
    rules: tuple[Rule, ...]
    _values: dict[str, list[tuple[int, Any]]]
    _breaks: list[int]
    _plans: dict[tuple[str, int], Plan] = field(default_factory=dict)

    def plan(self, kind: str, at: int) -> Plan:
        """The plan for this kind at this moment (ms UTC); kept, since it seldom changes."""
        segment = bisect_right(self._breaks, at)
        plan = self._plans.get((kind, segment))
        if plan is None:
            plan = self._plans[kind, segment] = self._make_plan(kind, at)
        return plan

    def value(self, name: str, at: int) -> Any:
        """The parameter's value at this moment, as rules get it; None before the first."""
        current = None
        for since, value in self._values[name]:
            if since > at:
                break
            current = value
        return current

    def rule(self, code: str) -> Rule:
        """The rule of this code. Raises KeyError."""
        for rule in self.rules:
            if rule.code == code:
                return rule
        raise KeyError(code)

    def _make_plan(self, kind: str, at: int) -> Plan:
        steps, blank = [], ""
        for position, rule in enumerate(self.rules):
            runs = kind in rule.kinds and start_of_day(rule.since) <= at
            if runs and rule.until is not None:
                runs = at < start_of_day(rule.until)
            blank += "p" if runs else "-"
            if runs:
                values = tuple(self.value(name, at) for name in rule.reads)
                steps.append(Step(position, rule.code, rule.check, values))
        return Plan(blank, tuple(steps))


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
        rule = importlib.import_module(f"compliance.rules.{module.name}").RULE
        _check_rule(rule, module.name)
        found[rule.release] = rule
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
        for day, value in series:
            date.fromisoformat(day)
            if value not in parameter.allowed:
                raise RulebookError("choices", f"{name} may be {parameter.allowed}, not {value!r}")
    return {**manifest, "choices": {name: [list(v) for v in choices[name]] for name in choices}}


def bind(manifest: dict[str, Any]) -> Rulebook:
    """The rulebook a manifest describes. Raises RulebookError if this software lacks a rule."""
    known = rules()
    bound = []
    for described in manifest["rules"]:
        rule = known.get(f"{described['code']}@{described['version']}")
        if rule is None or describe(rule) | {"until": None} != described | {"until": None}:
            raise RulebookError("manifest", f"this software has no rule like {described}")
        until = date.fromisoformat(described["until"]) if described["until"] else None
        bound.append(rule if rule.until == until else _ended(rule, until))
    if manifest["engine"] != ENGINE_VERSION:
        raise RulebookError("manifest", f"engine {manifest['engine']} is not in this software")
    values = _bind_values(manifest)
    breaks = {since for series in values.values() for since, _ in series}
    breaks |= {start_of_day(day) for r in bound for day in (r.since, r.until) if day}
    digest = hashlib.sha256(canonical(manifest)).hexdigest()
    return Rulebook(digest, manifest, tuple(bound), values, sorted(breaks))


@cache
def released() -> tuple[dict[str, Any], ...]:
    """The manifests of every release, oldest first, without choices."""
    paths = sorted((FOLDER / "releases").glob("*.json"), key=lambda path: int(path.stem))
    return tuple(json.loads(path.read_text(encoding="ascii")) for path in paths)


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


def _order(rule: Rule) -> tuple[str, int]:
    return rule.code, rule.version


def _ended(rule: Rule, until: date | None) -> Rule:
    """The rule as an earlier release knew it, before its end was decided."""
    return replace(rule, until=until)


def _bind_values(manifest: dict[str, Any]) -> dict[str, list[tuple[int, Any]]]:
    values = {}
    for name, held in manifest["parameters"].items():
        chosen = manifest["choices"].get(name, [])
        first = chosen[0][0] if chosen else "9999-12-31"
        series = [pair for pair in held["values"] if pair[0] < first] + chosen
        values[name] = [
            (start_of_day(date.fromisoformat(day)), for_rules(held["unit"], value))
            for day, value in series
        ]
    return values


def _check_rule(rule: Rule, module: str) -> None:
    where = f"rules/{module}.py"
    expected = rule.code if rule.version == 1 else f"{rule.code}_{rule.version}"
    if expected != module:
        raise RulebookError(where, f"holds rule {rule.release}, which belongs in {expected}.py")
    if not (FOLDER / "rules" / f"{module}.yaml").exists():
        raise RulebookError(where, f"has no cases: write rules/{module}.yaml")
    for kind in rule.kinds:
        if kind not in KINDS:
            raise RulebookError(where, f"unknown kind {kind!r}")
    for name in rule.reads:
        if name not in parameters():
            raise RulebookError(where, f"reads {name!r}, which is no parameter")
    classes = [CLASSES.index("policy")]
    for cite in rule.cites:
        if cite.instrument not in register():
            raise RulebookError(where, f"cites {cite.instrument!r}, which is not in the register")
        classes.append(CLASSES.index(register()[cite.instrument].source))
    if CLASSES.index(rule.source) < min(classes):
        raise RulebookError(where, f"claims to be {rule.source}, which none of its citations is")
    for name, reason in rule.reasons.items():
        for _, figure_type in reason.figures:
            if figure_type not in FIGURE_TYPES:
                raise RulebookError(where, f"reason {name!r}: unknown figure {figure_type!r}")
