"""The state machine: a batch of movements in, entries and changes of state out.

Pure: the same state and the same batch give the same entries on every machine, for ever. It reads
no clock, no randomness, no environment, no network; orderers only decide what comes when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from collectibles.domain.movements import Malformed, Movement
from collectibles.domain.movements import check as check_movement
from collectibles.errors import BadInput, CollectiblesError, Conflict, Unavailable
from collectibles.ledger import canonical, entry, holds, keys, state
from collectibles.ledger.admission import admit, fits
from collectibles.ledger.entry import Entry
from collectibles.ledger.facts import facts_of, is_decided
from collectibles.ledger.fold import fold
from collectibles.ledger.needs import needs
from collectibles.ledger.rulings import in_time, permitted_now, unmoved
from collectibles.ledger.state import Overlay
from compliance.calendar import day_number
from compliance.decision import HELD, PERMITTED, REFUSED, Decision
from compliance.engine import decide
from compliance.rulebook import Rulebook
from compliance.yaml_file import RulebookError

#: Different refusals of one account that are recorded on one day; more are answered, not logged.
MAX_REFUSALS_A_DAY: Final = 50
_NO_SAY: Final = "asks: the rulebook has no say in this"

#: Digest and choices to the rulebook, or None if this software does not have it.
FindRulebook = Callable[[str, Mapping[str, list[tuple[str, str]]]], Rulebook | None]

__all__ = ["Applied", "Machine", "Result", "needs"]


@dataclass(slots=True)
class Result:
    """What became of one movement of a batch.

    `index` is its entry, or the earlier entry that it repeats, or None where nothing was written:
    an error, or a refusal that is not recorded. `decision` is None where the rulebook has no say.
    """

    outcome: str
    index: int | None = None
    decision: Decision | None = None
    error: CollectiblesError | None = None
    repeated: bool = False


@dataclass(slots=True)
class Applied:
    """What a batch did: one result per movement, the new entries and bytes, the changed keys."""

    results: list[Result] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    encoded: list[bytes] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)


class Machine:
    """The machine. `rulebooks` are those it has decided under so far, by digest."""

    def __init__(self, find_rulebook: FindRulebook) -> None:
        self._find = find_rulebook
        self.rulebooks: dict[str, Rulebook] = {}

    def apply(
        self, loaded: Mapping[str, Any], batch: Sequence[Movement], at: int, index: int
    ) -> Applied:
        """Apply a batch at `at` (ms UTC), the first new entry getting `index`.

        `loaded` holds every key that `needs` names. Later movements see earlier ones. A movement
        that cannot be done gets an error of its own and changes nothing. Raises Unavailable,
        for the whole batch, if this software lacks the rulebook in force.
        """
        overlay, applied = Overlay(loaded), Applied()
        for movement in batch:
            try:
                result = self._one(movement, at, index + len(applied.entries), overlay, applied)
                overlay.keep()
            except Unavailable:
                raise
            except (Malformed, canonical.CanonicalError) as error:
                overlay.drop()
                result = Result("error", error=_malformed(error))
            except CollectiblesError as error:
                overlay.drop()
                result = Result("error", error=error)
            applied.results.append(result)
        applied.changes = overlay.changes
        return applied

    def judge(self, loaded: Mapping[str, Any], movement: Movement, at: int) -> Decision | None:
        """What the rulebook says of a movement now, without doing it; None where it has no say.

        Raises what `apply` would answer as an error.
        """
        overlay = Overlay(loaded)
        try:
            check_movement(movement)
        except Malformed as error:
            raise _malformed(error) from error
        admit(movement, at, overlay)
        return self._decide(movement, at, overlay)

    def rulebook(self, overlay: Overlay | Mapping[str, Any], at: int) -> Rulebook:
        """The rulebook in force at `at`. Raises Unavailable if this software lacks it."""
        books = [b for b in overlay[state.RULEBOOK] if b["effective_at"] <= at]
        if not books:
            raise Unavailable("no_rulebook", "尚无生效的规则库。", "No rulebook is in force.")
        digest = books[-1]["digest"]
        book = self.rulebooks.get(digest)
        if book is None:
            book = find_named(self._find, digest, books[-1]["choices"])
            if book is None:
                raise Unavailable(
                    "rulebook_missing",
                    "本软件没有现行规则库，暂停登记。请升级软件。",
                    "This software lacks the rulebook in force and commits nothing; upgrade it.",
                    rulebook=digest,
                )
            self.rulebooks[digest] = book
        return book

    def _one(
        self, movement: Movement, at: int, index: int, overlay: Overlay, applied: Applied
    ) -> Result:
        check_movement(movement)
        act = canonical.encode(movement.act)
        digest = keys.digest_of(movement.kind, act)
        before = overlay[state.operation(movement.by, movement.op_id)]
        if before is not None:
            return _repeat(before, digest)
        if movement.asks and not is_decided(movement.kind, movement.act):
            raise Malformed(_NO_SAY)
        if movement.kind == "ruling":
            return self._rule(movement, at, index, overlay, applied, digest)
        admit(movement, at, overlay)
        if movement.kind == "appeal":
            in_time(movement.act, overlay, self.rulebook(overlay, at))
        decision = self._decide(movement, at, overlay)
        if movement.asks and decision is None:
            raise Malformed(_NO_SAY)
        made = _made(movement, at, decision)
        if decision is not None and decision.outcome == REFUSED:
            return _refuse(movement, made, decision, (at, index, digest), overlay, applied)
        if movement.asks:
            return Result(decision.outcome if decision else PERMITTED, None, decision)
        if decision is not None and decision.outcome == HELD:
            term = holds.term_of(decision, at, self.rulebook(overlay, at))
            made = entry.held(made, term)
            _write(made, index, digest, overlay, applied)
        else:
            _write(made, index, digest, overlay, applied, act)
        return Result(decision.outcome if decision else PERMITTED, index, decision)

    def _rule(
        self,
        movement: Movement,
        at: int,
        index: int,
        overlay: Overlay,
        applied: Applied,
        digest: str,
    ) -> Result:
        """A ruling: a permit stands only if the ledger still takes what was held, no rule refuses
        it on the state as it is now, and none holds it for what the hold was not about."""
        admit(movement, at, overlay)
        held = overlay[state.hold(movement.act["hold"])]
        decision = None
        if holds.does(held, movement.act):
            inner = Movement(held["kind"], movement.op_id, held["by"], holds.act_of(held, at))
            _unlock(held["act"], movement.act["hold"], overlay)
            fits(inner, at, overlay)
            unmoved(held, overlay)
            decision = self._decide(inner, at, overlay)
            if decision is not None:
                permitted_now(held, decision)
        _write(_made(movement, at, decision), index, digest, overlay, applied)
        return Result(PERMITTED, index, decision)

    def _decide(self, movement: Movement, at: int, overlay: Overlay) -> Decision | None:
        if not is_decided(movement.kind, movement.act):
            return None
        book = self.rulebook(overlay, at)
        if not book.decides(movement.kind):
            return None
        return decide(facts_of(movement.kind, movement.act, at, overlay), book)


def find_named(find: FindRulebook, digest: str, listed: list[dict[str, str]]) -> Rulebook | None:
    """The rulebook of this digest, with choices as entries list them; None if it is not here."""
    try:
        return find(digest, choices_of(listed))
    except RulebookError:  # a choice, or a rule, that this software does not know
        return None


def choices_of(listed: list[dict[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """An installation's choices, as entries list them, in the form rulebooks take."""
    choices: dict[str, list[tuple[str, str]]] = {}
    for choice in listed:
        choices.setdefault(choice["parameter"], []).append((choice["since"], choice["value"]))
    return choices


def _made(movement: Movement, at: int, decision: Decision | None) -> Entry:
    if decision is None:
        return entry.make(movement, at, None, "")
    return entry.make(movement, at, decision.compact(), decision.rulebook)


def _write(
    made: Entry,
    index: int,
    digest: str,
    overlay: Overlay,
    applied: Applied,
    act: bytes | None = None,
) -> None:
    """Make it happen. `act`: the entry's act in canonical bytes, where they are known."""
    encoded = entry.encode(made, act)
    fold(made, index, digest, overlay)
    applied.entries.append(made)
    applied.encoded.append(encoded)


def _unlock(act: dict[str, Any], hold: int, overlay: Overlay) -> None:
    """Take the hold's own lock off, so that it does not stand in the way of what it held."""
    if "edition" in act:
        key = state.collectible(act["series"], act["edition"])
        value = overlay[key]
        if value and value["lock"] and value["lock"]["index"] == hold:
            overlay[key] = holds.unlock(value, hold)


def _repeat(before: list[Any], digest: str) -> Result:
    """The same movement again gets its first receipt; another under the same id is a conflict."""
    if before[1] != digest:
        error = Conflict(
            "op_id_reused",
            "该操作编号已用于另一项内容不同的变动。",
            "This operation id has been used for another movement with other content.",
        )
        return Result("error", error=error)
    return Result("repeated", before[0], repeated=True)


def _refuse(
    movement: Movement,
    made: Entry,
    decision: Decision,
    placed: tuple[int, int, str],
    overlay: Overlay,
    applied: Applied,
) -> Result:
    """Record a refusal of a verified account or a member, once a day for the same findings.

    `placed` is the batch's time, the next index and the movement's digest.
    """
    at, index, digest = placed
    whom, subject = _concerned(made)
    value = overlay[whom]
    if value is None or value.get("person", True) is None:
        return Result(REFUSED, None, decision)
    found = [[f.code, f.reason] for f in decision.findings]
    said_of = canonical.encode([subject, made["kind"], found])
    what = hashlib.sha256(said_of).hexdigest()[:16]
    day = day_number(at)
    said = value["said"]
    seen = said["seen"] if said and said["day"] == day else {}
    if what in seen:
        return Result(REFUSED, seen[what], decision, repeated=True)
    if len(seen) >= MAX_REFUSALS_A_DAY:
        return Result(REFUSED, None, decision)
    refusal = entry.refused(made, whom, what, day, movement.asks)
    _write(refusal, index, digest, overlay, applied)
    return Result(REFUSED, index, decision)


def _concerned(made: Entry) -> tuple[str, str]:
    """Whose refusal it is, and of what: a sale is of a series, most others of a collectible."""
    act = made["act"]
    named = (act.get(name) for name in ("series", "subject", "account", "member"))
    subject = next((str(name) for name in named if name is not None), made["kind"])
    if made["kind"] != "sale" and "edition" in act:
        subject = f"{subject}/{act['edition']}"
    whom = act.get("account") or act.get("from")
    return state.account(whom) if whom else state.member(made["by"]), subject


def _malformed(error: ValueError) -> BadInput:
    text = str(error)
    return BadInput("movement", "malformed", f"变动的内容不合格式：{text}", f"Malformed: {text}")
