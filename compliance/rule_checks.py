"""What a rule must be before any rulebook takes it: one whose mistakes show at load, not at noon.

A rule that names an unknown parameter, claims a stronger source than it cites, leaves a figure
out of its sentence or has no cases is refused here, with its file.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from string import Formatter

from compliance.instruments import Register
from compliance.parameters import Parameter
from compliance.rule import BROKEN, CLASSES, FIGURE_TYPES, KINDS, Reason, Rule, Text
from compliance.yaml_file import RulebookError

_FOLDER = Path(__file__).parent


def check_rule(
    rule: Rule, module: str, parameters: Mapping[str, Parameter], register: Register
) -> None:
    """Raises RulebookError, naming file and line, for a rule that is not as it must be."""
    where = _Place(module)
    expected = _module_of(rule)
    if expected != module:
        raise RulebookError(
            where.of("code"), f"holds rule {rule.release}, which belongs in {expected}.py"
        )
    if not (_FOLDER / "rules" / f"{module}.yaml").exists():
        raise RulebookError(where.of(), f"has no cases: write rules/{module}.yaml")
    if not rule.kinds:
        raise RulebookError(where.of("kinds"), "concerns no kind of movement")
    for kind in rule.kinds:
        if kind not in KINDS:
            raise RulebookError(where.of("kinds"), f"unknown kind {kind!r}")
    if rule.until is not None and rule.until <= rule.since:
        raise RulebookError(where.of("until"), "ends before it begins")
    if not 1 <= rule.rulings <= 4:
        raise RulebookError(where.of("rulings"), "a ruling is made by one to four officers")
    _check_reads(rule, where, parameters)
    _check_source(rule, where, parameters, register)
    if not rule.reasons:
        raise RulebookError(where.of("reasons"), "has no reason to say no")
    _check_text(rule.title, (), f"{where.of('title')}: title")
    for name, reason in rule.reasons.items():
        if name == BROKEN:
            raise RulebookError(where.of("reasons"), f"{BROKEN!r} is the engine's own reason")
        _check_reason(reason, f"{where.of('reasons', name)}: reason {name!r}")


class _Place:
    """A rule's file; `of` finds the line of one of its RULE's arguments, once it is at fault."""

    def __init__(self, module: str) -> None:
        self._module = module

    def of(self, argument: str = "", key: str = "") -> str:
        """`rules/<file>.py:<line>` of RULE, of its argument, or of a key in that argument."""
        path = _FOLDER / "rules" / f"{self._module}.py"
        name, line = f"rules/{self._module}.py", 1
        if not path.exists():
            return f"{name}:{line}"
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                line = node.lineno
                for given in node.value.keywords:
                    if given.arg == argument:
                        line = _line_of_key(given.value, key) or given.value.lineno
        return f"{name}:{line}"


def _module_of(rule: Rule) -> str:
    return rule.code if rule.version == 1 else f"{rule.code}_{rule.version}"


def _line_of_key(node: ast.expr, key: str) -> int | None:
    for each in node.keys if isinstance(node, ast.Dict) else ():
        if isinstance(each, ast.Constant) and each.value == key:
            return each.lineno
    return None


def check_versions(rules: Sequence[Rule]) -> None:
    """Raises RulebookError if two versions of one rule are in force on the same day.

    `rules` stand in order of code and version.
    """
    for earlier, later in pairwise(rules):
        if earlier.code == later.code and (earlier.until or date.max) > later.since:
            raise RulebookError(
                _Place(_module_of(earlier)).of("until"),
                f"{earlier.release} must end by {later.since}, when {later.release} begins",
            )


def _check_reads(rule: Rule, where: _Place, parameters: Mapping[str, Parameter]) -> None:
    for name in rule.reads:
        if name not in parameters:
            raise RulebookError(where.of("reads"), f"reads {name!r}, which is no parameter")
        first = parameters[name].values[0].since
        if first > rule.since:
            raise RulebookError(
                where.of("since"),
                f"is in force from {rule.since}, but {name} has no value before {first}",
            )


def _check_source(
    rule: Rule, where: _Place, parameters: Mapping[str, Parameter], register: Register
) -> None:
    if rule.source not in CLASSES:
        raise RulebookError(where.of("source"), f"unknown class of source {rule.source!r}")
    for cite in rule.cites:
        if cite.instrument not in register:
            raise RulebookError(
                where.of("cites"), f"cites {cite.instrument!r}, which is not in the register"
            )
    cites = list(rule.cites)
    for name in rule.reads:
        for value in parameters[name].values:
            cites += value.cites
    classes = [CLASSES.index(register[cite.instrument].source) for cite in cites]
    if CLASSES.index(rule.source) < min(classes, default=CLASSES.index("policy")):
        raise RulebookError(
            where.of("source"), f"claims to be {rule.source}, which none of its citations is"
        )


def _check_reason(reason: Reason, where: str) -> None:
    names = tuple(name for name, _ in reason.figures)
    for _, figure_type in reason.figures:
        if figure_type not in FIGURE_TYPES:
            raise RulebookError(where, f"unknown figure {figure_type!r}")
    if len(set(names)) != len(names):
        raise RulebookError(where, "a figure stands twice")
    shown = _check_text(reason.says, names, where) | _check_text(reason.mend, names, where)
    if shown != set(names):
        raise RulebookError(where, f"figures {sorted(set(names) - shown)} are never shown")


def _check_text(text: Text, names: tuple[str, ...], where: str) -> set[str]:
    """The figures both languages show. Raises RulebookError if they show different ones."""
    shown = []
    for language, sentence in (("zh", text.zh), ("en", text.en)):
        if not sentence.strip():
            raise RulebookError(where, f"has no sentence in {language}")
        fields = {field for _, field, _, _ in Formatter().parse(sentence) if field is not None}
        if not fields <= set(names):
            raise RulebookError(where, f"{language} shows {sorted(fields - set(names))}, unknown")
        shown.append(fields)
    if shown[0] != shown[1]:
        raise RulebookError(where, "the two languages show different figures")
    return shown[0]
