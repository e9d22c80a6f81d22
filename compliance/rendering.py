"""Decisions as sentences: what was found, on what it rests, what would mend it, and when.

Everything is made from a decision's compact form, the rulebook and the moment of the event;
nothing here decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from compliance.calendar import SHANGHAI, day_of
from compliance.decision import FAIL, HOLD, Figure, Finding
from compliance.engine import BROKEN
from compliance.rule import Rule, Text
from compliance.rulebook import Rulebook, parameters, register

CLASS_NAMES = {
    "statute": Text("法律法规", "statute"),
    "departmental_rule": Text("部门规章", "departmental rule"),
    "notice": Text("规范性文件", "government notice"),
    "industry": Text("行业自律文件", "industry text"),
    "platform": Text("平台通行做法", "platform practice"),
    "policy": Text("本服务自定规则", "our policy"),
}

_BROKEN = Text(
    "该规则暂时无法判断，需人工复核（{what}）。",
    "This rule could not be computed and a person has to look at it ({what}).",
)
_WAIT = Text("请联系运营方复核。", "Ask the operator for a review.")


@dataclass(frozen=True, slots=True)
class Citation:
    """An instrument as it stood on the day of the event."""

    title: Text
    number: str
    article: str
    source: str
    confidence: str


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


def read_compact(compact: dict[str, Any], rulebook: Rulebook) -> tuple[Finding, ...]:
    """The findings of an entry's compact decision. Raises KeyError for a rule not in the book."""
    found = []
    places = {rule.code: place for place, rule in enumerate(rulebook.rules)}
    for code, reason, *figures in compact["f"]:
        found.append(Finding(code, compact["a"][places[code]], reason, tuple(figures)))
    return tuple(found)


def explain(finding: Finding, rulebook: Rulebook, at: int) -> Explained:
    """A finding as sentences in both languages, with the citations right for `at` (ms UTC)."""
    rule = rulebook.rule(finding.code)
    changes_at: int | None = None
    if finding.reason == BROKEN:
        what = str(finding.figures[0])
        sentence = Text(_BROKEN.zh.format(what=what), _BROKEN.en.format(what=what))
        mend = _WAIT
    else:
        reason = rule.reasons[finding.reason]
        zh, en = {}, {}
        for (name, figure_type), figure in zip(reason.figures, finding.figures, strict=True):
            zh[name] = show(figure, figure_type, "zh")
            en[name] = show(figure, figure_type, "en")
            if figure_type == "from":
                changes_at = int(figure)
        sentence = Text(reason.says.zh.format(**zh), reason.says.en.format(**en))
        mend = Text(reason.mend.zh.format(**zh), reason.mend.en.format(**en))
    return Explained(
        rule.code,
        rule.title,
        "refused" if finding.answer == FAIL else "held" if finding.answer == HOLD else "passed",
        sentence,
        mend,
        rule.source,
        CLASS_NAMES[rule.source],
        citations(rule, at),
        changes_at,
    )


def citations(rule: Rule, at: int) -> tuple[Citation, ...]:
    """What the rule rests on at `at`: its own citations and its parameters', where in force."""
    day = day_of(at)
    cites = list(rule.cites)
    for name in rule.reads:
        held = [value for value in parameters()[name].values if value.since <= day]
        cites += held[-1].cites if held else ()
    found = []
    for cite in dict.fromkeys(cites):
        text = register()[cite.instrument]
        if text.in_force(day):
            found.append(
                Citation(text.title, text.number, cite.article, text.source, text.confidence)
            )
    return tuple(found)


def show(figure: Figure, figure_type: str, language: str) -> str:
    """A figure as people read it."""
    if figure_type == "fen":
        fen = int(figure)
        return f"{'-' if fen < 0 else ''}¥{abs(fen) // 100}.{abs(fen) % 100:02d}"
    if figure_type in ("moment", "from"):
        return show_moment(int(figure), language)
    if figure_type == "day":
        return str(day_of(int(figure)))
    if figure_type == "hours":
        hours = int(figure)
        if hours % 24:
            return f"{hours}小时" if language == "zh" else f"{hours} hours"
        return f"{hours // 24}天" if language == "zh" else f"{hours // 24} days"
    return str(figure)


def show_moment(at: int, language: str) -> str:
    """A moment in Beijing time, to the second where the seconds matter."""
    when = datetime.fromtimestamp(at // 1000, UTC).astimezone(SHANGHAI)
    clock = f"{when:%H:%M}" if when.second == 0 else f"{when:%H:%M:%S}"
    if language == "zh":
        return f"{when.year}年{when.month}月{when.day}日 {clock}"
    return f"{when.day} {when:%b} {when.year}, {clock} (Beijing time)"
