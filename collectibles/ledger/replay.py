"""Decides a ledger again, entry by entry, and says where it answers otherwise.

Each entry holds the movement that was submitted, refused and held ones too. The same machine that
committed it gets that movement again, at the recorded time, on the state folded so far, under the
rulebook in force by the log, and must make the same bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from collectibles.domain.movements import Malformed, Movement
from collectibles.ledger import canonical
from collectibles.ledger.difference import Difference, Differs, entry_differs
from collectibles.ledger.entry import Entry, movement_of
from collectibles.ledger.history import History
from collectibles.ledger.kept import Kept
from collectibles.ledger.machine import Applied, FindRulebook, Machine, Result, needs
from collectibles.ledger.progress import Progress, silent
from compliance.decision import FAIL, HOLD, NOT_APPLICABLE, PASS, REFUSED

#: Letters of answers, those that refuse first.
_STRICTEST: Final = (FAIL, HOLD, PASS, NOT_APPLICABLE)
_NAMING: Final = ("genesis", "rulebook")


@dataclass(slots=True)
class Replayed:
    """What came of deciding a past again.

    `checked` entries came out byte for byte, `decided` of them under a rulebook, counted by its
    digest. `difference` is the first that did not, or None.
    """

    size: int
    checked: int = 0
    decided: Counter[str] = field(default_factory=Counter)
    difference: Difference | None = None


def replay_all(
    history: History, find_rulebook: FindRulebook, progress: Progress = silent
) -> Replayed:
    """Decide a whole past again under the rulebooks then in force, up to the first difference.

    Raises Unavailable if this software lacks a rulebook that was in force.
    """
    replay, done = Replay(find_rulebook), Replayed(history.size)
    try:
        for bodies in history.batches():
            replay.batch(bodies)
            done.checked = replay.size
            progress("entries", done.checked, done.size)
    except Differs as found:
        done.difference = found.difference
    finally:
        replay.close()
    done.decided = replay.decided
    return done


class Replay:
    """A ledger that grows by the batches it is shown and agrees with."""

    def __init__(self, find_rulebook: FindRulebook) -> None:
        self._machine = Machine(find_rulebook)
        self._kept = Kept()
        self.size = 0
        self.at = 0
        self.named: set[str] = set()  # rulebooks that were announced
        self.decided: Counter[str] = Counter()  # entries decided, by rulebook

    def value(self, key: str) -> Any:
        """The state's value of a key after the last batch, or None."""
        return self._kept.values((key,))[key]

    @property
    def decided_under(self) -> list[str]:
        """The digests of the rulebooks under which anything was decided."""
        return sorted(self._machine.rulebooks)

    def close(self) -> None:
        """Let go of the folded state."""
        self._kept.close()

    def batch(self, bodies: Sequence[bytes]) -> None:
        """Decide the next entries again; they were committed together, at one time.

        Raises Differs at the first that this machine would not have made so, and Unavailable if
        this software lacks the rulebook in force.
        """
        entries = [_parse(self.size + place, body) for place, body in enumerate(bodies)]
        movements = [_movement(self.size + place, entry) for place, entry in enumerate(entries)]
        at = entries[0]["at"]
        if at < self.at:
            raise entry_differs(
                self.size, "时间早于前一条", "its time is before the last", f">= {self.at}", at
            )
        loaded: dict[str, Any] = {}
        while missing := needs(movements, loaded):
            loaded |= self._kept.values(missing)
        applied = self._machine.apply(loaded, movements, at, self.size)
        if applied.encoded != bodies:
            self._explain(bodies, entries, applied)
        self._kept.put(applied.changes)
        self.named.update(e["act"]["rulebook"] for e in entries if e["kind"] in _NAMING)
        self.decided.update(entry["rb"] for entry in entries if "rb" in entry)
        self.size += len(bodies)
        self.at = at

    def _explain(self, bodies: Sequence[bytes], entries: list[Entry], applied: Applied) -> None:
        """Raise Differs for the first entry that was not made again as it is."""
        for place, result in enumerate(applied.results):
            index = self.size + place
            if result.index != index:
                raise _not_made(index, entries[place], result)
            made = applied.entries[place]
            if applied.encoded[place] != bodies[place]:
                raise self._not_same(index, bodies[place], entries[place], made)

    def _not_same(self, index: int, body: bytes, got: Entry, made: Entry) -> Differs:
        """How an entry differs from the one that this machine makes of its movement."""
        try:
            canonical.decode(body)
        except canonical.CanonicalError as error:
            return entry_differs(index, f"编码不规范：{error}", f"not canonical: {error}")
        if made.get("rb") != got.get("rb"):
            zh, en = "依据的不是当时有效的规则库", "it is not under the rulebook then in force"
            return entry_differs(index, zh, en, made.get("rb", "none"), got.get("rb", "none"))
        if made.get("dec") != got.get("dec"):
            return self._other_answer(index, got, made)
        for place, expected, found in _leaves(made, got, ""):
            zh, en = f"字段 {place} 不同", f"field {place} differs"
            return entry_differs(index, zh, en, expected, found)
        raise AssertionError("two entries of the same value have different canonical bytes")

    def _other_answer(self, index: int, got: Entry, made: Entry) -> Differs:
        """Which rule answers otherwise now than the entry says it did."""
        outcome = f"{got['kind']} → {made['kind']}"
        expected, found = made["dec"], got.get("dec")
        codes = [rule.code for rule in self._machine.rulebooks[made["rb"]].rules]
        ours, theirs = _answers(expected, codes), _answers(found, codes)
        other = [each for each in zip(codes, ours, theirs, strict=False) if each[1] != each[2]]
        if not other:
            zh, en = "判定的记录不合格式", "its decision is not of its form"
            return entry_differs(index, zh, en, expected, found)
        other.sort(key=lambda each: _STRICTEST.index(each[1][0]))
        names = ", ".join(code for code, _, _ in other)
        zh = f"重新判定的结果不同（{outcome}）：规则 {names}"
        en = f"decided again it comes out otherwise ({outcome}): by {names}"
        return entry_differs(
            index,
            zh,
            en,
            {code: answer for code, answer, _ in other},
            {code: answer for code, _, answer in other},
        )


def _parse(index: int, body: bytes) -> Entry:
    """The entry's value; that its bytes are canonical shows when they are made again."""
    try:
        entry = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise entry_differs(index, "不是 JSON", f"it is not JSON: {error}") from None
    if not isinstance(entry, dict):
        raise entry_differs(index, "不是记录", "it is no entry", "an object", type(entry).__name__)
    return entry


def _movement(index: int, entry: Entry) -> Movement:
    try:
        return movement_of(entry)
    except Malformed as error:
        raise entry_differs(index, f"不合格式：{error}", f"it is malformed: {error}") from None


def _not_made(index: int, entry: Entry, result: Result) -> Differs:
    """Why this machine makes no entry of the movement that this entry records."""
    if result.error is not None:
        zh = f"账本不接受这项变动：{result.error.zh}"
        en = f"the ledger does not admit this movement: {result.error.en} ({result.error.code})"
        return entry_differs(index, zh, en, "", entry["kind"])
    if result.outcome == REFUSED:
        found = result.decision.compact()["f"] if result.decision else []
        zh, en = "这项变动被拒绝且无需登记", "this movement is refused, and not to be recorded"
        return entry_differs(index, zh, en, found, entry["kind"])
    zh = f"编号 {entry['op']} 已由第 {result.index} 条使用"
    en = f"operation {entry['op']} was recorded by entry {result.index} already"
    return entry_differs(index, zh, en)


def _answers(compact: Any, codes: list[str]) -> list[list[Any]]:
    """Every rule's answer with its figures, from a compact decision; [] if it is none."""
    try:
        answers = [[letter] for letter in compact["a"]]
        for code, *finding in compact["f"]:
            place = next(
                place
                for place, (name, answer) in enumerate(zip(codes, answers, strict=True))
                if name == code and answer[0] in (FAIL, HOLD)
            )
            answers[place] += finding
    except (TypeError, KeyError, ValueError, StopIteration):
        return []
    return answers


def _leaves(made: Any, got: Any, place: str) -> Any:
    """Where two values differ: (place, one, other), in the order of places."""
    if isinstance(made, dict) and isinstance(got, dict):
        for key in sorted(made.keys() | got.keys()):
            inner = f"{place}.{key}" if place else key
            yield from _leaves(made.get(key, "(none)"), got.get(key, "(none)"), inner)
    elif isinstance(made, list) and isinstance(got, list) and len(made) == len(got):
        for number, (one, other) in enumerate(zip(made, got, strict=True)):
            yield from _leaves(one, other, f"{place}[{number}]")
    elif made != got or type(made) is not type(got):
        yield place, made, got
