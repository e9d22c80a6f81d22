"""What no rule decides: duties, who attests them, and which requirement is met by what.

duties.yaml lists the duties; requirements.yaml names for every requirement found in the texts, and
for every pattern of disguised profit, the rules that decide it. A requirement without a rule must
have a duty, and every duty is one of a requirement. Errors name file and line.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from compliance.instruments import Register, read_text
from compliance.parameters import read_cites
from compliance.rule import CLASSES, Cite, Text
from compliance.rulebook import FOLDER, register, rules
from compliance.yaml_file import Mapping, RulebookError, keys, load, name_of

#: Who says that a duty is met; `build` is the software itself.
ATTESTORS: Final = {
    "build": Text("软件自身", "the software itself"),
    "operator": Text("运营方", "the operator"),
    "museum": Text("博物馆", "the museum"),
    "regulator": Text("监管方", "the regulator"),
    "assessor": Text("测评机构", "an assessor"),
}

#: How often it is said.
RHYTHMS: Final = {
    "always": Text("始终", "always"),
    "on_change": Text("变更时", "at every change"),
    "on_event": Text("发生时", "whenever it happens"),
    "monthly": Text("每月", "every month"),
    "quarterly": Text("每季度", "every quarter"),
    "half_yearly": Text("每半年", "every half year"),
    "yearly": Text("每年", "every year"),
}

_FIELDS = ("id", "title", "do", "source", "cites", "by", "every", "evidence")


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty. `by` is one of ATTESTORS, `every` one of RHYTHMS, `source` its class."""

    id: str
    title: Text
    do: Text
    source: str
    cites: tuple[Cite, ...]
    by: str
    every: str
    evidence: Text

    @property
    def structural(self) -> bool:
        """Whether the software is made so that it cannot be otherwise."""
        return self.by == "build"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What the texts, or a pattern of disguised profit, ask for, and what meets it."""

    id: str
    pattern: bool
    rules: tuple[str, ...]
    duty: Duty | None


def load_duties(path: Path, register: Register) -> dict[str, Duty]:
    """The duties by identifier, in the order of the file. Raises RulebookError."""
    raw = load(path)
    if not isinstance(raw, list):
        raise RulebookError(f"{name_of(path)}:1", "must be a list of duties")
    found: dict[str, Duty] = {}
    for item in raw:
        duty = _duty(item, f"{name_of(path)}:1", register)
        if duty.id in found:
            raise RulebookError(item.lines["id"], f"duty {duty.id!r} stands twice")
        found[duty.id] = duty
    return found


def load_requirements(
    path: Path, duties: dict[str, Duty], codes: Collection[str]
) -> dict[str, Requirement]:
    """Every requirement by identifier, met by rules of these codes or by a duty.

    Raises RulebookError for one that nothing meets, for a rule that does not exist, and for a duty
    that meets nothing. A rule may meet nothing: it is then of our own making.
    """
    where = f"{name_of(path)}:1"
    raw = keys(load(path), where, ("requirements", "patterns"))
    found: dict[str, Requirement] = {}
    for part in ("requirements", "patterns"):
        if not isinstance(raw[part], Mapping):
            raise RulebookError(raw.lines[part], "must map identifiers to lists of rules")
        for identifier, named in raw[part].items():
            line = raw[part].lines[identifier]
            if identifier in found:
                raise RulebookError(line, f"{identifier!r} stands twice")
            duty = duties.get(identifier)
            meets = _codes(named, line, codes)
            if not meets and duty is None:
                raise RulebookError(line, f"neither a rule nor a duty meets {identifier!r}")
            found[identifier] = Requirement(identifier, part == "patterns", meets, duty)
    for identifier in duties:
        if identifier not in found:
            raise RulebookError(where, f"duty {identifier!r} is of no requirement")
    return found


@cache
def duties() -> dict[str, Duty]:
    """The duties that came with this software, by identifier."""
    return load_duties(FOLDER / "duties.yaml", register())


@cache
def requirements() -> dict[str, Requirement]:
    """The requirements that came with this software, each with what meets it."""
    codes = {rule.code for rule in rules().values()}
    return load_requirements(FOLDER / "requirements.yaml", duties(), codes)


def _duty(item: Any, within: str, register: Register) -> Duty:
    raw = keys(item, getattr(item, "where", within), _FIELDS)
    lines = raw.lines
    if not isinstance(raw["id"], str) or not raw["id"]:
        raise RulebookError(lines["id"], "id must be a word")
    for key, known in (("source", CLASSES), ("by", ATTESTORS), ("every", RHYTHMS)):
        if raw[key] not in tuple(known):
            raise RulebookError(lines[key], f"{key} must be one of {tuple(known)}")
    cites = read_cites(raw["cites"], lines["cites"], register)
    ranks = [CLASSES.index(register[cite.instrument].source) for cite in cites]
    if CLASSES.index(raw["source"]) < min(ranks, default=CLASSES.index("policy")):
        what = f"claims to be {raw['source']}, which none of its citations is"
        raise RulebookError(lines["source"], what)
    if (raw["by"] == "build") != (raw["every"] == "always"):
        raise RulebookError(lines["every"], "what the build sees to is always so, and only that")
    return Duty(
        raw["id"],
        read_text(raw["title"], lines["title"]),
        read_text(raw["do"], lines["do"]),
        raw["source"],
        cites,
        raw["by"],
        raw["every"],
        read_text(raw["evidence"], lines["evidence"]),
    )


def _codes(named: Any, line: str, codes: Collection[str]) -> tuple[str, ...]:
    if not isinstance(named, list):
        raise RulebookError(line, "must be a list of rules")
    for code in named:
        if code not in codes:
            raise RulebookError(line, f"there is no rule {code!r}")
    if len(set(named)) != len(named):
        raise RulebookError(line, "names a rule twice")
    return tuple(named)
