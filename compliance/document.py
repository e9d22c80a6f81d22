"""A rulebook as one document: for programs, and what the pages of the rulebook are made from.

The document carries the manifest, so anybody can take the digest again that entries carry:
SHA-256 of the manifest as JSON with sorted keys, no spaces, ASCII only. Everything else in it
explains. The same rulebook gives the same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from compliance.calendar import day_of
from compliance.cases import Case, cases_of
from compliance.decision import FAIL, HOLD, NOT_APPLICABLE, PASS
from compliance.duties import Duty, duties
from compliance.instruments import Instrument
from compliance.rendering import CHOSEN, CLASS_NAMES
from compliance.rule import CLASSES, STAGES, Cite, Reason, Rule, Text
from compliance.rulebook import Rulebook, held_values, parameters, register, rules
from compliance.words import show, show_value

#: The document's form; another one gets another name.
SCHEMA: Final = "diancang-rulebook/1"

STAGE_NAMES: Final = {
    "platform": Text("平台", "Platform"),
    "onboarding": Text("注册与实名", "Onboarding"),
    "listing": Text("发布", "Listing"),
    "purchase": Text("购买", "Purchase"),
    "gift": Text("赠送", "Gift"),
    "resale": Text("转让", "Passing on"),
    "takedown": Text("冻结与下架", "Freezes and takedowns"),
}

CONFIDENCE_NAMES: Final = {
    "read": Text("已核对原文", "read in the original"),
    "reprint": Text("依转载", "from a reprint"),
    "unconfirmed": Text("待核实", "not confirmed"),
}

_ANSWERS: Final = {
    PASS: "pass",
    FAIL: "fail",
    HOLD: "hold",
    NOT_APPLICABLE: "not_applicable",
}


@dataclass(frozen=True, slots=True)
class Source:
    """An instrument with the articles relied on, and the days on which it was in force."""

    instrument: Instrument
    articles: tuple[str, ...]
    source_name: Text


@dataclass(frozen=True, slots=True)
class Step:
    """One value of a parameter's timeline: from `since` until the day before `until`.

    `chosen` says that the installation chose it; `state` is past, now or coming on the day asked.
    """

    since: date
    until: date | None
    value: Any
    shown: Text
    chosen: bool
    source: str
    source_name: Text
    cites: tuple[Source, ...]
    note: Text
    state: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A parameter with all its values, oldest first."""

    name: str
    title: Text
    unit: str
    reviewed: date
    allowed: tuple[Text, ...]
    steps: tuple[Step, ...]


def stages_of(rule: Rule) -> tuple[str, ...]:
    """The stages of a collectible's life that the rule is about, in their order."""
    return tuple(stage for stage, kinds in STAGES.items() if set(kinds) & set(rule.kinds))


def sources(cites: tuple[Cite, ...]) -> tuple[Source, ...]:
    """What is cited, each instrument once with its articles, in the order of the citations."""
    articles: dict[str, list[str]] = {}
    for cite in cites:
        named = articles.setdefault(cite.instrument, [])
        if cite.article and cite.article not in named:
            named.append(cite.article)
    return tuple(
        Source(register()[name], tuple(named), CLASS_NAMES[register()[name].source])
        for name, named in articles.items()
    )


def timeline(name: str, rulebook: Rulebook, at: int) -> Timeline:
    """A parameter over time as this rulebook has it, seen at `at` (ms UTC)."""
    parameter, day = parameters()[name], day_of(at)
    held = held_values(rulebook.manifest, name)
    sourced = {value.since: value for value in parameter.values}
    steps = []
    for place, each in enumerate(held):
        until = held[place + 1].since if place + 1 < len(held) else None
        value = None if each.chosen else sourced.get(each.since)
        source = value.source if value else "policy"
        state = "now"
        if each.since > day:
            state = "coming"
        elif until is not None and until <= day:
            state = "past"
        steps.append(
            Step(
                each.since,
                until,
                each.value,
                show_value(each.value, parameter.unit),
                each.chosen,
                source,
                CLASS_NAMES[source],
                sources(value.cites) if value else (),
                value.note if value else CHOSEN,
                state,
            )
        )
    allowed = tuple(show_value(word, parameter.unit) for word in parameter.allowed)
    return Timeline(
        name, parameter.title, parameter.unit, parameter.reviewed, allowed, tuple(steps)
    )


@cache
def examples(release: str) -> tuple[Case, ...]:
    """The cases of a rule by `code@version`."""
    return cases_of(rules()[release])


def figures_of(case: Case) -> tuple[Text, ...]:
    """The figures a case expects, as people read them; () where it does not say."""
    if case.figures is None or case.reason is None:
        return ()
    kinds = [kind for _, kind in case.tested.reasons[case.reason].figures]
    return tuple(
        Text(show(figure, kind, "zh"), show(figure, kind, "en"))
        for figure, kind in zip(case.figures, kinds, strict=True)
    )


def sentence_of(case: Case) -> Text | None:
    """What the rule says in this case, where the case names a reason and all its figures."""
    if case.reason is None:
        return None
    reason = case.tested.reasons[case.reason]
    shown = figures_of(case)
    if len(shown) != len(reason.figures):
        return None
    names = [name for name, _ in reason.figures]
    return Text(
        reason.says.zh.format(**{n: each.zh for n, each in zip(names, shown, strict=True)}),
        reason.says.en.format(**{n: each.en for n, each in zip(names, shown, strict=True)}),
    )


def document(rulebook: Rulebook) -> dict[str, Any]:
    """The whole rulebook for programs, with the manifest that its digest is of."""
    manifest = rulebook.manifest
    return {
        "schema": SCHEMA,
        "digest": rulebook.digest,
        "digest_of": "sha256 of manifest as JSON: sorted keys, no spaces, ASCII",
        "manifest": manifest,
        "classes": [{"class": name, "name": _text(CLASS_NAMES[name])} for name in CLASSES],
        "stages": [
            {"stage": name, "name": _text(STAGE_NAMES[name]), "kinds": list(kinds)}
            for name, kinds in STAGES.items()
        ],
        "rules": [_rule(rule) for rule in rulebook.rules],
        "parameters": [_parameter(name, rulebook) for name in sorted(manifest["parameters"])],
        "instruments": [_instrument(register()[name]) for name in sorted(manifest["instruments"])],
        "duties": [_duty(duty) for duty in duties().values()],
    }


def encode(document: dict[str, Any]) -> bytes:
    """The document's bytes: UTF-8, sorted keys, one space of indent, a newline at the end."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)
    return (text + "\n").encode()


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "version": rule.version,
        "title": _text(rule.title),
        "stages": list(stages_of(rule)),
        "kinds": list(rule.kinds),
        "since": rule.since.isoformat(),
        "until": _iso(rule.until),
        "class": rule.source,
        "cites": [{"instrument": c.instrument, "article": c.article} for c in rule.cites],
        "reads": list(rule.reads),
        "reasons": [_reason(name, reason) for name, reason in rule.reasons.items()],
        "cases": [_case(case) for case in examples(rule.release)],
    }


def _reason(name: str, reason: Reason) -> dict[str, Any]:
    return {
        "reason": name,
        "says": _text(reason.says),
        "mend": _text(reason.mend),
        "figures": [{"name": figure, "type": kind} for figure, kind in reason.figures],
    }


def _case(case: Case) -> dict[str, Any]:
    said = sentence_of(case)
    return {
        "name": case.name,
        "kind": case.facts.kind,
        "at": case.facts.at,
        "answer": _ANSWERS[case.answer],
        "reason": case.reason,
        "figures": None if case.figures is None else list(case.figures),
        "says": None if said is None else _text(said),
        "choices": {name: [list(each) for each in series] for name, series in case.choices.items()},
    }


def _parameter(name: str, rulebook: Rulebook) -> dict[str, Any]:
    line = timeline(name, rulebook, 0)
    return {
        "name": name,
        "title": _text(line.title),
        "unit": line.unit,
        "reviewed": line.reviewed.isoformat(),
        "may_be_chosen": list(parameters()[name].allowed),
        "values": [
            {
                "since": step.since.isoformat(),
                "until": _iso(step.until),
                "value": step.value,
                "shown": _text(step.shown),
                "chosen": step.chosen,
                "class": step.source,
                "cites": [
                    {"instrument": each.instrument.id, "articles": list(each.articles)}
                    for each in step.cites
                ],
                "note": _text(step.note),
            }
            for step in line.steps
        ],
    }


def _instrument(text: Instrument) -> dict[str, Any]:
    return {
        "id": text.id,
        "title": _text(text.title),
        "issuer": _text(text.issuer),
        "number": text.number,
        "class": text.source,
        "since": text.since.isoformat(),
        "until": _iso(text.until),
        "confidence": text.confidence,
    }


def _duty(duty: Duty) -> dict[str, Any]:
    return {
        "id": duty.id,
        "title": _text(duty.title),
        "do": _text(duty.do),
        "class": duty.source,
        "cites": [{"instrument": c.instrument, "article": c.article} for c in duty.cites],
        "attested_by": duty.by,
        "every": duty.every,
        "evidence": _text(duty.evidence),
    }


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
