"""Entries: what the log holds. Version 1, canonical JSON, frozen by test vectors.

    {"v":1, "kind":…, "at":…, "by":…, "op":…, "act":{…},
     "rb": digest, "dec": {"a":…, "f":[…]},       where the rulebook decided
     "sig": {"algorithm":…, "value":…}}           where another member signed

A refusal or a hold has the movement that was refused or held inside its act, so that it can be
decided again from the log.
"""

from __future__ import annotations

from typing import Any, Final

from collectibles.domain.acts import ACTS
from collectibles.domain.movements import Malformed, Movement, Signature
from collectibles.domain.movements import check as check_movement
from collectibles.ledger import canonical

VERSION: Final = 1

#: The most bytes one entry may have: a quarter of what an entry bundle could carry.
MAX_BYTES: Final = 16_384

Entry = dict[str, Any]


def make(movement: Movement, at: int, decided: dict[str, Any] | None, rulebook: str) -> Entry:
    """The entry of a movement that happened, with its compact decision if there was one."""
    entry: Entry = {
        "v": VERSION,
        "kind": movement.kind,
        "at": at,
        "by": movement.by,
        "op": movement.op_id,
        "act": movement.act,
    }
    if decided is not None:
        entry["rb"] = rulebook
        entry["dec"] = decided
    if movement.signature is not None:
        entry["sig"] = {
            "algorithm": movement.signature.algorithm,
            "value": movement.signature.value,
        }
    return entry


def refused(entry: Entry, whom: str, what: str, day: int, asked: bool = False) -> Entry:
    """The refusal of what `entry` would have been: once per `whom`, `what` and `day`.

    `asked`: it was a question only, and would have done nothing had it been permitted.
    """
    act = {"kind": entry["kind"], "act": entry["act"], "whom": whom, "what": what, "day": day}
    if asked:
        act["asked"] = True
    return {**entry, "kind": "refusal", "act": act}


def held(entry: Entry, term: dict[str, int]) -> Entry:
    """The hold of what `entry` would have been, until a ruling or the end of its term.

    `term` is `until` and, under a rulebook that has a term for holds, `officers`: how many of them
    a ruling that permits it needs.
    """
    act = {"kind": entry["kind"], "act": entry["act"], **term}
    return {**entry, "kind": "hold", "act": act}


def encode(entry: Entry, act: bytes | None = None) -> bytes:
    """The bytes the log holds. Raises Malformed if there are too many.

    `act` is the entry's act in canonical bytes where they are known, so that the largest part is
    encoded once: it comes first, for no other key of an entry sorts before it.
    """
    if act is None:
        data = canonical.encode(entry)
    else:
        rest = {name: value for name, value in entry.items() if name != "act"}
        data = b'{"act":%b,%b' % (act, canonical.encode(rest)[1:])
    if len(data) > MAX_BYTES:
        raise Malformed(f"the entry has {len(data)} bytes; {MAX_BYTES} is the most")
    return data


def decode(data: bytes) -> Entry:
    """The entry of these bytes. Raises Malformed or CanonicalError if they are not one."""
    entry: Entry = canonical.decode(data)
    check_movement(movement_of(entry))
    return entry


def movement_of(entry: Any) -> Movement:
    """The movement that was submitted to make this entry.

    Raises Malformed if that is not to be seen; whether the act is of its form is for
    `movements.check` to say, which the machine calls.
    """
    required = {"v", "kind", "at", "by", "op", "act"}
    if not isinstance(entry, dict) or not required <= entry.keys():
        raise Malformed("an entry needs v, kind, at, by, op and act")
    unknown = entry.keys() - required - {"rb", "dec", "sig"}
    if unknown or type(entry["v"]) is not int or entry["v"] != VERSION:
        raise Malformed(f"version {entry['v']!r} or fields {sorted(unknown)} are not known")
    if type(entry["at"]) is not int:
        raise Malformed("at must be a whole number")
    kind, act, asks = entry["kind"], entry["act"], False
    if kind in ("refusal", "hold"):
        if not isinstance(act, dict) or "kind" not in act or "act" not in act:
            raise Malformed(f"a {kind} needs the movement it is about")
        asks = act.get("asked") is True
        kind, act = act["kind"], act["act"]
    if not isinstance(kind, str) or kind not in ACTS:
        raise Malformed(f"kind {kind!r} is not known")
    signature = None
    if "sig" in entry:
        if not isinstance(entry["sig"], dict) or entry["sig"].keys() != {"algorithm", "value"}:
            raise Malformed("sig needs algorithm and value")
        signature = Signature(entry["sig"]["algorithm"], entry["sig"]["value"])
    return Movement(kind, entry["op"], entry["by"], act, signature, asks)
