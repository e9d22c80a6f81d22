"""The rulebook for everybody: an index, a page for each rule, the file, and what changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from collectibles.errors import CollectiblesError, NotFound
from collectibles.services.rule_changes import coming_change, rule_changes
from collectibles.services.rule_findings import Fired, rule_findings
from collectibles.web.pages import Answer, ctx, page
from compliance.calendar import day_of, start_of_day
from compliance.document import (
    CONFIDENCE_NAMES,
    STAGE_NAMES,
    Source,
    document,
    encode,
    examples,
    sentence_of,
    sources,
    stages_of,
    timeline,
)
from compliance.duties import ATTESTORS, RHYTHMS, duties
from compliance.rendering import ANSWER_NAMES, CLASS_NAMES, source_at
from compliance.rule import CLASSES, STAGES, Rule, Text
from compliance.rulebook import Rulebook, parameters, rules
from compliance.words import show_value

blueprint = Blueprint("rulebook", __name__)

#: How the classes of source are coloured: what is law, what is not, and what is ours.
TONES = {
    "statute": "good",
    "departmental_rule": "good",
    "notice": "wait",
    "industry": "wait",
    "platform": "plain",
    "case": "plain",
    "policy": "plain",
}

#: How often, at most, pages ask whether a change of the rulebook is coming (ms).
ASK_EVERY_MS = 30_000

#: A longer value (a list of days) is cut short where changes are listed.
MOST_SHOWN = 160

_FIGURE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Shown:
    """One version of a rule on the index. `state` is now, coming or past."""

    rule: Rule
    source: str
    source_name: Text
    stages: tuple[Text, ...]
    sentence: Text
    state: str
    fired: Fired | None


@blueprint.get("/rules")
def index() -> Answer:
    """Every rule by the stage it is of, with the class of its source and how often it fired."""
    book, now = ctx().ledger.rulebook(), ctx().clock.now_ms()
    fired = rule_findings(ctx())
    wanted = request.args.get("class", "")
    stages: dict[str, list[Shown]] = {stage: [] for stage in STAGES}
    counts = dict.fromkeys(CLASSES, 0)
    for rule in book.rules:
        shown = _shown(rule, book, now, fired)
        if shown.state != "past":
            counts[shown.source] += 1
            if wanted in ("", shown.source):
                stages[stages_of(rule)[0]].append(shown)
    return page(
        "rulebook/index.html",
        book=book,
        stages=[(name, STAGE_NAMES[name], listed) for name, listed in stages.items() if listed],
        past=[_shown(r, book, now, fired) for r in book.rules if _state(r, now) == "past"],
        classes=[(name, CLASS_NAMES[name], counts[name]) for name in CLASSES if counts[name]],
        wanted=wanted,
        total=sum(counts.values()),
        duties=[
            (duty, sources(duty.cites), ATTESTORS[duty.by], RHYTHMS[duty.every])
            for duty in duties().values()
        ],
        classes_named=CLASS_NAMES,
        confidence=CONFIDENCE_NAMES,
        today=day_of(now),
        standing=_standing,
        tones=TONES,
        coming=coming_change(ctx()),
    )


@blueprint.get("/rules/<code>")
def rule(code: str) -> Answer:
    """One rule: what it says, on what it rests, its parameters over time, examples, its use."""
    now = ctx().clock.now_ms()
    book, coming = _book_with(code)
    versions = [rule for rule in book.rules if rule.code == code]
    shown = book.rule(code, now)
    fired = rule_findings(ctx()).get(code)
    source = source_at(shown, book, now)
    return page(
        "rulebook/rule.html",
        rule=shown,
        versions=versions,
        state=_state(shown, now),
        source=source,
        source_name=CLASS_NAMES[source],
        stages=[STAGE_NAMES[stage] for stage in stages_of(shown)],
        reasons=[
            (name, open_ended(reason.says), open_ended(reason.mend), _times(fired, name))
            for name, reason in shown.reasons.items()
        ],
        cites=sources(shown.cites),
        lines=[timeline(name, book, now) for name in shown.reads],
        cases=[(case, sentence_of(case)) for case in examples(shown.release)],
        answers=ANSWER_NAMES,
        fired=fired,
        confidence=CONFIDENCE_NAMES,
        classes=CLASS_NAMES,
        tones=TONES,
        today=day_of(now),
        standing=_standing,
        coming=coming,
    )


@blueprint.get("/rules.json")
def file() -> Response:
    """The rulebook in force as one document."""
    return _file(ctx().ledger.rulebook())


@blueprint.get("/rules/books/<digest>.json")
def book_file(digest: str) -> Response:
    """Any rulebook that the ledger names, by the digest that entries carry."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise NotFound("no_rulebook", "没有这个规则库。", "There is no such rulebook.")
    named = {change.digest: change.book for change in rule_changes(ctx())}
    book = named.get(digest)
    if book is None:
        raise NotFound("no_rulebook", "没有这个规则库。", "There is no such rulebook.")
    return _file(book)


@blueprint.get("/rules/changes")
def changes() -> Answer:
    """Past and coming rulebooks, and what differs from each to the next."""
    return page(
        "rulebook/changes.html",
        changes=rule_changes(ctx()),
        title_of=_title_of,
        parameter_of=_parameter_of,
        value_of=_value_of,
    )


@blueprint.app_template_global("rule_class")
def rule_class(code: str) -> Text:
    """The class of source that a rule of the rulebook in force has now; '' for one not in it."""
    if "rule_classes" not in g:
        book, now = ctx().ledger.rulebook(), ctx().clock.now_ms()
        codes = {rule.code for rule in book.rules}
        g.rule_classes = {
            code: CLASS_NAMES[source_at(book.rule(code, now), book, now)] for code in codes
        }
    return g.rule_classes.get(code) or Text("", "")


@blueprint.app_template_global("rules_coming")
def rules_coming() -> tuple[int, Text] | None:
    """The coming change, for the foot of every page; asked of the ledger now and then only, and
    never in the way of a page that tells of trouble."""
    now = ctx().clock.now_ms()
    kept: dict[str, tuple[int, tuple[int, Text] | None]]
    kept = current_app.extensions.setdefault("rules_coming", {})
    asked = kept.get("asked")
    if asked is None or not 0 <= now - asked[0] < ASK_EVERY_MS:
        try:
            asked = (now, coming_change(ctx()))
        except (CollectiblesError, SQLAlchemyError):
            asked = (now, None)
        kept["asked"] = asked
    coming = asked[1]
    return coming if coming is not None and coming[0] > now else None


def open_ended(says: Text) -> Text:
    """A rule's sentence where its figures are not known: dots in their places."""
    return Text(_FIGURE.sub("……", says.zh), _FIGURE.sub("…", says.en).replace("….", "…"))


def _book_with(code: str) -> tuple[Rulebook, tuple[int, Text] | None]:
    """The rulebook in force if it has the rule, else one that is announced, with its change.

    Raises NotFound.
    """
    book = ctx().ledger.rulebook()
    if _has(book, code):
        return book, None
    for change in rule_changes(ctx()):
        if change.state == "coming" and change.book is not None and _has(change.book, code):
            return change.book, (change.effective_at, change.change)
    raise NotFound("no_rule", "没有这条规则。", "There is no such rule.")


def _has(book: Rulebook, code: str) -> bool:
    return any(rule.code == code for rule in book.rules)


def _shown(rule: Rule, book: Rulebook, now: int, fired: dict[str, Fired]) -> Shown:
    source = source_at(rule, book, now)
    return Shown(
        rule,
        source,
        CLASS_NAMES[source],
        tuple(STAGE_NAMES[stage] for stage in stages_of(rule)),
        open_ended(next(iter(rule.reasons.values())).says),
        _state(rule, now),
        fired.get(rule.code),
    )


def _state(rule: Rule, now: int) -> str:
    if now < start_of_day(rule.since):
        return "coming"
    return "past" if rule.until is not None and start_of_day(rule.until) <= now else "now"


def _standing(source: Source, today: date) -> str:
    """Whether a cited text is in force today: now, past or coming."""
    if today < source.instrument.since:
        return "coming"
    return "now" if source.instrument.in_force(today) else "past"


def _times(fired: Fired | None, reason: str) -> int:
    return fired.reasons.get(reason, 0) if fired else 0


def _title_of(code: str, version: int) -> Text:
    found = rules().get(f"{code}@{version}")
    return found.title if found else Text(code, code)


def _parameter_of(name: str) -> Text:
    return parameters()[name].title if name in parameters() else Text(name, name)


def _value_of(name: str, value: Any) -> Text:
    """A value of a manifest as people read it; what is not there (any more), as a dash."""
    if value is None:
        return Text("—", "—")
    unit = parameters()[name].unit if name in parameters() else "choice"
    shown = show_value(value, unit)
    return shown if len(shown.zh) <= MOST_SHOWN else Text(shown.zh[:80] + "…", shown.en[:80] + "…")


def _file(book: Rulebook) -> Response:
    """The document; written once in each process, for it takes every rule's cases."""
    written: dict[str, bytes] = current_app.extensions.setdefault("rulebook_files", {})
    body = written.get(book.digest)
    if body is None:
        body = written[book.digest] = encode(document(book))
    answer = Response(body, mimetype="application/json")
    answer.set_etag(sha256(body).hexdigest())
    answer.make_conditional(request)
    return answer
