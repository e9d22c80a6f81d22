"""What a changed rulebook would have decided otherwise.

Every movement that the ledger records (permitted, held or refused) is decided again on the facts
as they were then, under the rulebook then in force with the changes made to it. Consequences are
not followed: the state goes on as recorded, so a movement that would have been refused still
counts in the facts of later ones. Only the waits that people were shown follow the change (see
retold.py). What was never recorded is not seen: refusals of persons who are not verified, the
repeats of a refusal on one day, and what nobody tried under the rules as they were.

The one who only wants the past decided again as it was uses replay.py.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

from collectibles.errors import BadInput, Unavailable
from collectibles.ledger import holds, state
from collectibles.ledger.difference import entry_differs
from collectibles.ledger.entry import Entry
from collectibles.ledger.facts import facts_of, is_decided
from collectibles.ledger.fold import fold
from collectibles.ledger.history import History
from collectibles.ledger.machine import FindRulebook, choices_of, find_named
from collectibles.ledger.progress import Progress, silent
from collectibles.ledger.retold import retold
from compliance.changed import (
    Change,
    ChangeError,
    changed,
    lacks,
    read_setting,
    read_switch,
    say,
)
from compliance.decision import HELD, PERMITTED, REFUSED, Decision
from compliance.engine import decide
from compliance.rulebook import Rulebook, load

#: How many of the movements that come out otherwise are listed; all are counted.
LISTED: Final = 1_000

_EVERY: Final = 1_000
_OPERATION: Final = state.operation("", "").partition("/")[0] + "/"


@dataclass(frozen=True, slots=True)
class Question:
    """What to change, and of which period to decide the movements again.

    `since` and `until` are ms UTC, `until` not included, None for open. With `newest` every
    movement is decided under this software's newest rulebook, with the choices that the
    installation had made then, and with `under` under that one, instead of the one then in force.
    """

    changes: tuple[Change, ...] = ()
    since: int | None = None
    until: int | None = None
    newest: bool = False
    under: Rulebook | None = None


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One movement that would have come out otherwise.

    `why` are the findings the changed rulebook has and the recorded decision has not, `gone` the
    other way round, both as (code, reason). `asked`: it was only a question.
    """

    index: int
    at: int
    kind: str
    series: str
    edition: int
    accounts: tuple[str, ...]
    people: tuple[str, ...]
    was: str
    would: str
    why: tuple[tuple[str, str], ...]
    gone: tuple[tuple[str, str], ...]
    asked: bool

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """Findings that come ("+") and go ("-"), each with its rule's code and its reason."""
        return [("+", *each) for each in self.why] + [("-", *each) for each in self.gone]


@dataclass(slots=True)
class Answer:
    """What came out.

    `decided` movements were decided again; `otherwise` counts those with another outcome by
    (kind, was, would), `reasons` those with the same outcome for other reasons. `rules` counts by
    code the findings that make or made the difference, `people` the movements by person tag (by
    account tag where no person is known). `listed` are the newest that come out otherwise, newest
    first. `books` are the changed rulebooks by the digest of those they were made of; `lacking`
    the changes, as lines, that a rulebook of the period could not take, by its digest.
    """

    size: int
    entries: int = 0
    decided: int = 0
    reasons: int = 0
    otherwise: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    listed: list[Otherwise] = field(default_factory=list)
    books: dict[str, str] = field(default_factory=dict)
    lacking: dict[str, list[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many movements would have come out otherwise."""
        return self.otherwise.total()


def read_changes(
    settings: Sequence[str] = (), off: Sequence[str] = (), on: Sequence[str] = ()
) -> tuple[Change, ...]:
    """Changes as people write them. Raises BadInput naming what is unknown or of another type."""
    try:
        return (
            *(read_setting(text) for text in settings),
            *(read_switch(text, False) for text in off),
            *(read_switch(text, True) for text in on),
        )
    except ChangeError as error:
        raise BadInput(error.field, "what_if_change", error.text.zh, error.text.en) from error


def what_if(
    history: History,
    find_rulebook: FindRulebook,
    question: Question,
    progress: Progress = silent,
    listed: int = LISTED,
) -> Answer:
    """Go through the history once; memory grows with the ledger's state, not with its length.

    Raises Unavailable if this software lacks a rulebook that was in force, Differs at an entry
    that is none: such a ledger is for `verify`.
    """
    asking = _Asking(find_rulebook, question, Answer(history.size), listed)
    for bodies in history.batches():
        for body in bodies:
            if not asking.one(body):
                return asking.finish(progress)
            if asking.answer.entries % _EVERY == 0:
                progress("entries", asking.answer.entries, history.size)
    return asking.finish(progress)


def as_document(question: Question, answer: Answer) -> dict[str, Any]:
    """The answer for programs, with what was asked."""
    return {
        "asked": {
            "changes": [say(change).en for change in question.changes],
            "since": question.since,
            "until": question.until,
            "newest": question.newest,
            "under": question.under.digest if question.under else None,
        },
        "consequences_followed": False,
        "entries": answer.entries,
        "decided": answer.decided,
        "otherwise": [
            {"kind": kind, "was": was, "would": would, "count": count}
            for (kind, was, would), count in sorted(answer.otherwise.items())
        ],
        "same_outcome_other_reasons": answer.reasons,
        "rules": dict(sorted(answer.rules.items())),
        "people": dict(sorted(answer.people.items())),
        "rulebooks": answer.books,
        "not_in": answer.lacking,
        "movements": [asdict(each) for each in answer.listed],
    }


class _Past(state.Folded):
    """The state, without what the rules never ask for: which operations there were."""

    def __setitem__(self, key: str, value: Any) -> None:
        if not key.startswith(_OPERATION):
            super().__setitem__(key, value)


class _Asking:
    """One question on its way through the entries."""

    def __init__(self, find: FindRulebook, question: Question, answer: Answer, listed: int) -> None:
        self._find, self._question, self.answer = find, question, answer
        self._past = _Past()
        self._books: dict[str, Rulebook] = {}
        self._unchanged: dict[str, Rulebook] = {}  # by the digest of what it was changed to
        self._newest: deque[Otherwise] = deque(maxlen=listed)

    def one(self, body: bytes) -> bool:
        """Decide one entry again, if it is of the period, and let it happen as recorded; whether
        the period goes on."""
        index = self.answer.entries
        try:
            entry = json.loads(body)
            at = entry["at"]
            if self._question.until is not None and at >= self._question.until:
                return False
            if self._question.since is None or at >= self._question.since:
                self._decide(index, entry)
            fold(entry, index, "", cast(state.Overlay, self._past))
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            zh, en = "记录不合格式，请先核验", f"it is malformed, verify it first: {error!r}"
            raise entry_differs(index, zh, en) from error
        self.answer.entries += 1
        return True

    def finish(self, progress: Progress) -> Answer:
        """The answer, complete."""
        self.answer.listed = list(reversed(self._newest))
        progress("entries", self.answer.size, self.answer.size)
        return self.answer

    def _decide(self, index: int, entry: Entry) -> None:
        kind, act, was = _recorded(entry)
        past: Any = self._past
        held: Any = None
        if kind == "ruling":
            held = past[state.hold(act["hold"])]
            if not holds.does(held, act):
                return
            past = self._released(held, act["hold"])
            kind, act = held["kind"], holds.act_of(held, entry["at"])
        if not is_decided(kind, act):
            return
        book = self._book(entry["at"])
        if not book.decides(kind):
            return
        facts = facts_of(kind, act, entry["at"], past)
        made = decide(retold(facts, self._unchanged[book.digest], book), book)
        self.answer.decided += 1
        would = made.outcome
        if held is not None and would == HELD and holds.covers(held, made):
            would = PERMITTED  # a person has looked at just that
        self._compare(_Case(index, entry, kind, act, was, would), made)

    def _compare(self, case: _Case, made: Decision) -> None:
        """Count what is otherwise than recorded."""
        before = {(code, reason) for code, reason, *_ in case.entry.get("dec", _NONE)["f"]}
        after = {(finding.code, finding.reason) for finding in made.findings}
        if case.was == case.would:
            self.answer.reasons += before != after
            return
        named = (case.act.get(field) for field in ("account", "from", "to"))
        accounts = tuple(dict.fromkeys(name for name in named if name))
        people = tuple(dict.fromkeys(self._person(account) for account in accounts))
        why, gone = tuple(sorted(after - before)), tuple(sorted(before - after))
        self.answer.otherwise[case.kind, case.was, case.would] += 1
        self.answer.rules.update({code for code, _ in (*why, *gone)})
        self.answer.people.update(people)
        self._newest.append(
            Otherwise(
                case.index,
                case.entry["at"],
                case.kind,
                case.act.get("series", ""),
                case.act.get("edition", 0),
                accounts,
                people,
                case.was,
                case.would,
                why,
                gone,
                case.entry["act"].get("asked", False) is True,
            )
        )

    def _released(self, held: Any, hold: int) -> state.Overlay:
        """The past with the hold's own lock taken off, as a ruling that permits it sees it."""
        overlay = state.Overlay(self._past)
        if "edition" in held["act"]:
            key = state.collectible(held["act"]["series"], held["act"]["edition"])
            value = overlay[key]
            if value and value["lock"] and value["lock"]["index"] == hold:
                overlay[key] = holds.unlock(value, hold)
        return overlay

    def _book(self, at: int) -> Rulebook:
        """The rulebook to decide under at this moment: the one then in force, changed."""
        if self._question.under is not None:
            base = self._question.under
            return self._books.get(base.digest) or self._change(base)
        named = [b for b in self._past[state.RULEBOOK] if b["effective_at"] <= at][-1]
        book = self._books.get(named["digest"])
        if book is not None:
            return book
        if self._question.newest:
            return self._change(load(choices_of(named["choices"])), named["digest"])
        found = find_named(self._find, named["digest"], named["choices"])
        if found is None:
            raise Unavailable(
                "rulebook_missing",
                "本软件没有当时有效的规则库。",
                "This software lacks a rulebook that was in force.",
                rulebook=named["digest"],
            )
        return self._change(found)

    def _change(self, base: Rulebook, named: str = "") -> Rulebook:
        """The rulebook changed, kept under the digest of the one `named` in its place."""
        without = [say(change).en for change in self._question.changes if lacks(base, change)]
        book = changed(base, self._question.changes) if self._question.changes else base
        self._books[named or base.digest] = book
        self._unchanged[book.digest] = base
        self.answer.books[named or base.digest] = book.digest
        if without:
            self.answer.lacking[named or base.digest] = without
        return book

    def _person(self, account: str) -> str:
        value = self._past[state.account(account)]
        person = value and value["person"]
        return person or account


@dataclass(frozen=True, slots=True)
class _Case:
    """An entry with the movement in it, its recorded outcome, and the one it would have."""

    index: int
    entry: Entry
    kind: str
    act: Any
    was: str
    would: str


_NONE: Final[dict[str, Any]] = {"f": []}


def _recorded(entry: Entry) -> tuple[str, Any, str]:
    """The movement in an entry, and its outcome."""
    if entry["kind"] == "refusal":
        return entry["act"]["kind"], entry["act"]["act"], REFUSED
    if entry["kind"] == "hold":
        return entry["act"]["kind"], entry["act"]["act"], HELD
    return entry["kind"], entry["act"], PERMITTED
