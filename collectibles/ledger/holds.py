"""Holds and the rulings on them: how long, whom they concern, what a ruling needs and does.

Pure functions on the state's values. A hold made under a rulebook that has a term for holds says in
its entry how many officers a permit needs; under the first release's rulebook it does not, lasts
fifteen days, and any ruling of any officer in time stands, as it did then. `is_dated` tells which.

A hold's value in the state: `kind`, `act`, `by`, `until`, `ruling` (None, permit, refuse, lapse,
withdraw); where it is dated also `at`, `officers`, `found` (rules and reasons), `whom` (the account
concerned), `before` (its subject's mark), then `ruled` and `appeal`.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from collectibles.ledger import canonical, state
from collectibles.ledger.state import Overlay
from compliance.calendar import DAY_MS, end_of_working_days
from compliance.decision import HELD, Decision
from compliance.rule import BROKEN
from compliance.rulebook import Rulebook

Act = dict[str, Any]

#: How long a hold lasts under a rulebook that has no term for holds: 15 days.
UNDATED_MS: Final = 15 * DAY_MS
#: The most breaches that are remembered of one account.
MAX_STRIKES: Final = 16
#: What a refusal undoes: the money goes back. An appeal that is upheld sets the refusal aside; the
#: movement itself has to be asked for anew.
UNDONE: Final = ("sale", "resale", "refund", "return")

#: Acts' fields that name those whose movement it is, and the staff who prepared or ordered it.
_ACCOUNTS: Final = ("account", "from", "to")
_STAFF: Final = ("prepared_by", "reviewed_by")


def term_of(decision: Decision, at: int, book: Rulebook) -> dict[str, int]:
    """What the entry of a hold made at `at` (ms UTC) says of its ruling: `until` and, where the
    rulebook has a term for holds, `officers`."""
    until = ruling_until(at, book)
    if until is None:
        return {"until": at + UNDATED_MS}
    needed = [book.rule(f.code, at).rulings for f in decision.findings if f.reason != BROKEN]
    return {"until": until, "officers": max(needed, default=1)}


def ruling_until(at: int, book: Rulebook) -> int | None:
    """Until when a ruling is due on what came in at `at`; None if the rulebook has no term."""
    return _working_days(book, "hold.working_days", at)


def appeal_until(ruled_at: int, book: Rulebook) -> int | None:
    """The end of the time to appeal against a ruling of `ruled_at`; None if there is none."""
    return _working_days(book, "hold.appeal_days", ruled_at)


def _working_days(book: Rulebook, name: str, at: int) -> int | None:
    if not (book.has(name) and book.has("calendar.working")):
        return None
    days, turned = book.value(name, at), book.value("calendar.working", at)
    return end_of_working_days(at, days, turned) if days and turned else None


def is_dated(held: Act) -> bool:
    """Whether the hold, as act of its entry or as value, was made under a rulebook with a term."""
    return "officers" in held


def details(entry: Act, overlay: Overlay) -> Act:
    """What the state keeps of a dated hold beside what it keeps of every hold."""
    kind, inner = entry["act"]["kind"], entry["act"]["act"]
    return {
        "at": entry["at"],
        "officers": entry["act"]["officers"],
        "found": [finding[:2] for finding in entry["dec"]["f"]],
        "whom": _whom(inner, overlay),
        "before": mark(kind, inner, overlay),
    }


def _whom(act: Act, overlay: Overlay) -> str | None:
    """The account concerned: whose movement it is, or the holder of what a refund is of."""
    named: str | None = act.get("account") or act.get("from")
    if named is None and "refund" in act:
        named = overlay[state.collectible(act["series"], act["edition"])]["holder"]
    return named


def mark(kind: str, act: Act, overlay: Overlay) -> str | None:
    """What a held movement found its subject to be: it is permitted only while that is so.

    None where the ledger's own checks of a series, a mint, a takedown or a rulebook say it all.
    """
    found: Any
    if "edition" in act:
        value = overlay[state.collectible(act["series"], act["edition"])]
        found = [value["holder"], value["at"]] if value else [None, 0]
    elif kind == "restraint":
        found = (overlay[f"{act['scope']}/{act['subject']}"] or {}).get("freeze")
    elif kind in ("account", "member"):
        value = overlay[f"{kind}/{act[kind]}"] or {}
        found = {k: v for k, v in value.items() if k not in ("said", "freeze", "strikes")}
    elif kind == "platform":
        found = overlay[state.PLATFORM]
    else:
        return None
    return hashlib.sha256(canonical.encode(found)).hexdigest()[:16]


def accounts_of(act: Act) -> set[str]:
    """The accounts whose movement it is; each of them may withdraw it while it is held."""
    return {act[name] for name in _ACCOUNTS if isinstance(act.get(name), str)}


def parties(act: Act) -> set[str]:
    """Everybody who has a part in this movement, and so no ruling on it."""
    staff = {act[name] for name in _STAFF if isinstance(act.get(name), str)}
    return accounts_of(act) | staff | set(act.get("officers", ()))


def is_withdrawn(held: Act, act: Act) -> bool:
    """Whether this ruling is one of those concerned taking the movement back."""
    given = act["officers"]
    return act["ruling"] == "refuse" and len(given) == 1 and given[0] in accounts_of(held["act"])


def does(held: Act, act: Act) -> bool:
    """Whether this ruling does what was held."""
    return act["ruling"] == "permit" and not ("appeal" in act and held["kind"] in UNDONE)


def act_of(held: Act, at: int) -> Act:
    """The act as a ruling at `at` does it: a reservation lasts as long as it would have."""
    act: Act = held["act"]
    if held["kind"] == "resale" and act["step"] == "reserve" and is_dated(held):
        return {**act, "until": act["until"] + at - held["at"]}
    return act


def covers(held: Act, decision: Decision) -> bool:
    """Whether a permit of this hold covers what holds the movement now: the same rules with the
    same reasons, and nothing else."""
    if not is_dated(held) or decision.outcome != HELD:
        return True
    if not decision.findings:  # no rule in force has examined it
        return not held["found"]
    return all([f.code, f.reason] in held["found"] for f in decision.findings)


def ruled(held: Act, act: Act, index: int, at: int) -> Act:
    """The hold's value after a ruling."""
    said = act["ruling"]
    how = {"index": index, "at": at, "officers": act["officers"]}
    if "appeal" in act:
        return {**held, "appeal": {**held["appeal"], "ruling": said, "ruled": how}}
    if at >= held["until"]:
        said = "lapse"
    elif is_dated(held) and is_withdrawn(held, act):
        said = "withdraw"
    if not is_dated(held):
        return {**held, "ruling": said}
    strike = act.get("strike", False)
    return {**held, "ruling": said, "ruled": {**how, "strike": strike}}


def strikes_after(held: Act, act: Act, at: int, strikes: list[int]) -> list[int]:
    """The breaches of the account concerned after a ruling: one more, or one set aside."""
    if act.get("strike"):
        return [*strikes, at][-MAX_STRIKES:]
    if "appeal" in act and act["ruling"] == "permit" and held["ruled"]["strike"]:
        return [moment for moment in strikes if moment != held["ruled"]["at"]]
    return strikes


def lock(value: Act, held: Act, index: int, at: int) -> Act:
    """The collectible's value while the movement `held`, an entry's act, waits for its ruling.

    What is reserved already stays so, and for a posting of that reservation until the ruling.
    """
    before = state.locked(value, at)
    if before is None:
        return {**value, "lock": {"what": "hold", "index": index, "until": held["until"]}}
    if is_dated(held) and before["what"] == "resale" and held["kind"] == "resale":
        until = max(before["until"], held["until"])
        return {
            **value,
            "lock": {**before, "until": until, "hold": index, "was": before["until"]},
        }
    return value


def unlock(value: Act, hold: int) -> Act:
    """The collectible's value without the lock of this hold."""
    before = value["lock"]
    if before and before["index"] == hold:
        return {**value, "lock": None}
    if before and before.get("hold") == hold:
        kept = {name: before[name] for name in before if name not in ("hold", "was")}
        return {**value, "lock": {**kept, "until": before["was"]}}
    return value
