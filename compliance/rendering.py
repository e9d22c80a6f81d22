"""Decisions as sentences: what was found, on what it rests, what would mend it, and when.

Everything is made from a decision's compact form, the rulebook and the moment of the event;
nothing here decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from compliance.calendar import day_of
from compliance.decision import FAIL, HOLD, NOT_APPLICABLE, PASS, Finding
from compliance.parameters import Value
from compliance.rule import BROKEN, CLASSES, Cite, Rule, Text
from compliance.rulebook import Rulebook, held_values, in_force, parameters, register
from compliance.words import show, show_value

CLASS_NAMES = {
    "statute": Text("法律法规", "statute"),
    "departmental_rule": Text("部门规章", "departmental rule"),
    "notice": Text("规范性文件", "government notice"),
    "industry": Text("行业自律文件", "industry text"),
    "platform": Text("平台通行做法", "platform practice"),
    "case": Text("裁判案例", "court decision"),
    "policy": Text("本服务自定规则", "our policy"),
}

#: A rule's letter as a word; these are keys for programs, not for people.
ANSWER_NAMES = {
    PASS: "passed",
    FAIL: "refused",
    HOLD: "held",
    NOT_APPLICABLE: "not_applicable",
}

_BROKEN = Text(
    "该规则暂时无法判断，需人工复核（{what}）。",
    "This rule could not be computed and a person has to look at it ({what}).",
)
_WAIT = Text("请联系运营方复核。", "Please ask the operator for a review.")
#: The note of a value that the installation chose.
CHOSEN = Text("由本运营方选定。", "Chosen by this installation.")


@dataclass(frozen=True, slots=True)
class Citation:
    """An instrument as it stood on the day of the event."""

    instrument: str
    title: Text
    number: str
    article: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A parameter as a rule read it at the moment of the event.

    `since` is the day (ISO) from which the value holds; `chosen` says that the installation chose
    it where it may choose.
    """

    name: str
    title: Text
    value: Text
    since: str
    chosen: bool
    source: str
    source_name: Text
    note: Text


@dataclass(frozen=True, slots=True)
class Explained:
    """One finding, ready to be shown. `changes_at` is when the answer changes, if it will."""

    code: str
    title: Text
    answer: str
    sentence: Text
    mend: Text
    source: str
    source_name: Text
    citations: tuple[Citation, ...]
    changes_at: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One rule of a receipt: its version, its answer, what it read, and on what it rests.

    `explained` is there if the answer is refused or held.
    """

    code: str
    version: int
    title: Text
    answer: str
    source: str
    source_name: Text
    citations: tuple[Citation, ...]
    readings: tuple[Reading, ...]
    explained: Explained | None


def read_compact(compact: dict[str, Any], rulebook: Rulebook) -> tuple[Finding, ...]:
    """The findings of an entry's compact decision. Raises KeyError for a rule not in the book."""
    places = {
        rule.code: letter
        for rule, letter in zip(rulebook.rules, compact["a"], strict=True)
        if letter in (FAIL, HOLD)
    }
    return tuple(
        Finding(code, places[code], reason, tuple(figures))
        for code, reason, *figures in compact["f"]
    )


def receipt(compact: dict[str, Any], rulebook: Rulebook, at: int) -> tuple[Line, ...]:
    """A decision rule by rule, in the rulebook's order, as it was at `at` (ms UTC).

    Raises KeyError or ValueError for a compact form that is not of this rulebook.
    """
    findings = {finding.code: finding for finding in read_compact(compact, rulebook)}
    lines = []
    for rule, letter in zip(rulebook.rules, compact["a"], strict=True):
        found = findings[rule.code] if letter in (FAIL, HOLD) else None
        source = source_at(rule, rulebook, at)
        lines.append(
            Line(
                rule.code,
                rule.version,
                rule.title,
                ANSWER_NAMES[letter],
                source,
                CLASS_NAMES[source],
                citations(rule, rulebook, at) if in_force(rule, at) else (),
                readings(rule, rulebook, at) if in_force(rule, at) else (),
                explain(found, rulebook, at) if found else None,
            )
        )
    return tuple(lines)


def explain(finding: Finding, rulebook: Rulebook, at: int) -> Explained:
    """A finding as sentences in both languages, with the citations right for `at` (ms UTC)."""
    rule = rulebook.rule(finding.code, at)
    source = source_at(rule, rulebook, at)
    sentence, mend, changes_at = _sentences(rule, finding)
    return Explained(
        rule.code,
        rule.title,
        ANSWER_NAMES[finding.answer],
        sentence,
        mend,
        source,
        CLASS_NAMES[source],
        citations(rule, rulebook, at),
        changes_at,
    )


def citations(rule: Rule, rulebook: Rulebook, at: int) -> tuple[Citation, ...]:
    """What the rule rests on at `at`: its own citations and its parameters', where in force."""
    day = day_of(at)
    cites: list[Cite] = list(rule.cites)
    for name in rule.reads:
        value, chosen = _held(name, rulebook, at)
        cites += value.cites if value and not chosen else ()
    articles: dict[str, list[str]] = {}
    for cite in cites:
        named = articles.setdefault(cite.instrument, [])
        if cite.article and cite.article not in named:
            named.append(cite.article)
    found = []
    for identifier, named in articles.items():
        text = register()[identifier]
        if text.in_force(day):
            article = "; ".join(named)
            found.append(
                Citation(identifier, text.title, text.number, article, text.source, text.confidence)
            )
    return tuple(found)


def source_at(rule: Rule, rulebook: Rulebook, at: int) -> str:
    """The class of source the rule may claim at `at`: never more than its citations then carry."""
    carried = [CLASSES.index(cite.source) for cite in citations(rule, rulebook, at)]
    strongest = min(carried, default=CLASSES.index("policy"))
    return CLASSES[max(CLASSES.index(rule.source), strongest)]


def readings(rule: Rule, rulebook: Rulebook, at: int) -> tuple[Reading, ...]:
    """The parameters the rule reads, as they stood at `at` (ms UTC)."""
    found = []
    for name in rule.reads:
        value, chosen = _held(name, rulebook, at)
        if value is None:
            continue
        parameter = parameters()[name]
        found.append(
            Reading(
                name,
                parameter.title,
                show_value(value.value, parameter.unit),
                value.since.isoformat(),
                chosen,
                value.source,
                CLASS_NAMES[value.source],
                value.note,
            )
        )
    return tuple(found)


def _held(name: str, rulebook: Rulebook, at: int) -> tuple[Value | None, bool]:
    """The value in force, with its source, and whether the installation chose it."""
    day = day_of(at)
    held = [held for held in held_values(rulebook.manifest, name) if held.since <= day]
    if not held:
        return None, False
    since, value, chosen = held[-1]
    if chosen:
        return Value(since, value, "policy", (), CHOSEN), True
    return next(v for v in parameters()[name].values if v.since == since), False


def _sentences(rule: Rule, finding: Finding) -> tuple[Text, Text, int | None]:
    """What the finding says, what would mend it, and when the answer changes."""
    if finding.reason == BROKEN:
        what = str(finding.figures[0])
        return Text(_BROKEN.zh.format(what=what), _BROKEN.en.format(what=what)), _WAIT, None
    reason = rule.reasons[finding.reason]
    changes_at: int | None = None
    zh, en = {}, {}
    for (name, figure_type), figure in zip(reason.figures, finding.figures, strict=True):
        zh[name] = show(figure, figure_type, "zh")
        en[name] = show(figure, figure_type, "en")
        if figure_type == "from":
            changes_at = int(figure)
    says = Text(reason.says.zh.format(**zh), reason.says.en.format(**en))
    mend = Text(reason.mend.zh.format(**zh), reason.mend.en.format(**en))
    return says, mend, changes_at
