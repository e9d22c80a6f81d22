"""What each entry does to the state. The state tables are this fold and nothing else.

Functions get the act, the entry's index and moment, and the overlay to write to. They decide
nothing and refuse nothing: what is in the log has happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from collectibles.ledger import holds, remembering, state
from collectibles.ledger.state import Overlay

Act = dict[str, Any]

_EMPTY: Final[dict[str, Any]] = {
    "holder": None,
    "at": 0,
    "how": None,
    "paid": 0,
    "back": 0,
    "pending": 0,
    "return_until": None,
    "refundable_until": None,
    "lock": None,
    "freeze": None,
    "gone": None,
    "wait": None,
    "past": [],
}


def fold(entry: dict[str, Any], index: int, digest: str, overlay: Overlay) -> None:
    """Write what `entry` at `index` changes; `digest` is that of its movement (see keys.py)."""
    _FOLDS[entry["kind"]](entry["act"], index, entry["at"], overlay, entry)
    overlay[state.operation(entry["by"], entry["op"])] = [index, digest]


def _genesis(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    overlay[state.LEDGER] = {
        "origin": act["origin"],
        "operator": act["operator"],
        "demonstration": act["demonstration"],
    }
    overlay[state.RULEBOOK] = [
        {"digest": act["rulebook"], "choices": act["choices"], "effective_at": at}
    ]
    overlay[state.member(act["operator"])] = {
        "name": {"zh": "运营方", "en": "Operator"},
        "roles": ["operator", "attestor"],
        "algorithm": act["algorithm"],
        "key": act["key"],
        "custody": act["custody"],
        "said": None,
    }


def _member(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    value = {name: act[name] for name in ("name", "roles", "algorithm", "key", "custody")}
    checked = {name: act.get(name) for name in ("uscc", "checked_at")}
    overlay[state.member(act["member"])] = {**value, **checked, "said": None}


def _platform(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    overlay[state.PLATFORM] = act


def _rulebook(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    """Keep the one in force now and those announced; what has ended is in the log."""
    coming = [book for book in overlay[state.RULEBOOK] if book["effective_at"] > at]
    current = [book for book in overlay[state.RULEBOOK] if book["effective_at"] <= at][-1:]
    new = {"digest": act["rulebook"], "choices": act["choices"]}
    books = [*current, *coming, {**new, "effective_at": act["effective_at"]}]
    overlay[state.RULEBOOK] = sorted(books, key=lambda book: book["effective_at"])
    if act.get("longer_waits") == "all":
        overlay[state.WAITS] = [*(overlay[state.WAITS] or ()), act["effective_at"]][-64:]


def _account(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    before = overlay[state.account(act["account"])] or {"freeze": None, "said": None}
    fields = ("person", "verified_at", "adult_from", "open")
    declared = ("document", "screening", "screened_at", "affiliations")
    value = {name: act[name] for name in fields} | {name: act.get(name) for name in declared}
    remembering.of_account(act["account"], before.get("person"), value, overlay)
    overlay[state.account(act["account"])] = {**before, **value}


def _series(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    value = {**act, "minted": 0, "freeze": None, "down": None, "index": index}
    overlay[state.series(act["series"])] = value
    if overlay[state.picture(act["picture"])] is None:
        overlay[state.picture(act["picture"])] = {"series": act["series"]}


def _mint(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.series(act["series"])
    overlay[key] = {**overlay[key], "minted": act["first"] + act["count"] - 1}
    remembering.of_mint(act, at, overlay[key]["issuer"], overlay)


def _sale(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.collectible(act["series"], act["edition"])
    overlay[key] = {
        **(overlay[key] or _EMPTY),
        "holder": act["account"],
        "at": at,
        "how": "sale",
        "paid": act["consideration"],
        "return_until": act["return_until"],
        "refundable_until": act["payment"]["refundable_until"],
        "lock": None,
        "wait": act.get("wait_hours"),
    }
    remembering.of_sale(act, at, overlay)
    _count(overlay, act["account"], act["series"], 1)


def _gift(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.collectible(act["series"], act["edition"])
    value = overlay[key]
    remembering.of_passing("gift", act, at, overlay)
    overlay[key] = {
        **_EMPTY,
        "freeze": value["freeze"],
        "holder": act["to"],
        "at": at,
        "how": "gift",
        "wait": act.get("wait_hours"),
        "past": remembering.past_of(value, overlay),
    }


def _resale(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.collectible(act["series"], act["edition"])
    value = overlay[key]
    if act["step"] == "reserve":
        lock = {name: act[name] for name in ("resale", "from", "to", "consideration", "until")}
        overlay[key] = {**value, "lock": {"what": "resale", "index": index, **lock}}
    elif act["step"] == "void":
        overlay[key] = {**value, "lock": None}
    else:
        remembering.of_passing("resale", act, at, overlay)
        overlay[key] = {
            **_EMPTY,
            "freeze": value["freeze"],
            "holder": act["to"],
            "at": at,
            "how": "resale",
            "paid": act["consideration"],
            "return_until": act["return_until"],
            "refundable_until": act["payment"]["refundable_until"],
            "wait": act.get("wait_hours"),
            "past": remembering.past_of(value, overlay),
        }
        _count(overlay, act["to"], act["series"], 1)


def _refund(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.collectible(act["series"], act["edition"])
    value, amount = overlay[key], act["amount"]
    before = overlay[state.refund(act["refund"])] or {"acquired_at": value["at"]}
    overlay[state.refund(act["refund"])] = {
        "step": act["step"],
        "series": act["series"],
        "edition": act["edition"],
        "amount": amount,
        "acquired_at": before["acquired_at"],
    }
    if before["acquired_at"] != value["at"]:
        return  # it has another holder since, whose cost this refund does not touch
    if act["step"] == "pending":
        overlay[key] = {**value, "pending": value["pending"] + amount}
    elif act["step"] == "done":
        overlay[key] = {
            **value,
            "pending": value["pending"] - amount,
            "back": value["back"] + amount,
        }
    else:
        overlay[key] = {**value, "pending": value["pending"] - amount}


def _return(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.collectible(act["series"], act["edition"])
    value = overlay[key]
    overlay[key] = {
        **value,
        "holder": None,
        "at": at,
        "gone": "returned",
        "return_until": None,
        "pending": value["pending"] + act["amount"],
        "lock": None,
    }
    overlay[state.refund(act["refund"])] = {
        "step": "pending",
        "series": act["series"],
        "edition": act["edition"],
        "amount": act["amount"],
        "acquired_at": at,
    }
    remembering.of_return(act, at, overlay)
    if value["how"] in ("sale", "resale"):
        _count(overlay, act["account"], act["series"], -1)


def _restraint(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = f"{act['scope']}/{act['subject']}"
    value = overlay[key] or _EMPTY
    freeze = None
    if act["action"] == "freeze":
        freeze = {name: act[name] for name in ("document", "authority", "until")}
    overlay[key] = {**value, "freeze": freeze}


def _takedown(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.series(act["series"])
    down = act["document"] if act["action"] == "takedown" else None
    overlay[key] = {**overlay[key], "down": down}


def _burn(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.collectible(act["series"], act["edition"])
    value = overlay[key] or _EMPTY
    overlay[key] = {**value, "holder": None, "at": at, "gone": "burned", "lock": None}


def _forced(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.collectible(act["series"], act["edition"])
    value = overlay[key]
    past = remembering.past_of(value, overlay)
    new = {"holder": act["to"], "at": at, "how": "forced", "freeze": value["freeze"]}
    overlay[key] = {**_EMPTY, **new, "past": past}


def _correction(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.correction(act["corrects"])
    overlay[key] = [*(overlay[key] or ()), index]


def _refusal(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    """Remember, for the day, what was refused, so that a repeat gets the same receipt."""
    value = overlay[act["whom"]]
    said = value["said"]
    seen = said["seen"] if said and said["day"] == act["day"] else {}
    said = {"day": act["day"], "seen": {**seen, act["what"]: index}}
    overlay[act["whom"]] = {**value, "said": said}


def _hold(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    overlay[state.hold(index)] = {
        "kind": act["kind"],
        "act": act["act"],
        "by": entry["by"],
        "until": act["until"],
        "ruling": None,
        **(holds.details(entry, overlay) if holds.is_dated(act) else {}),
    }
    if "edition" in act["act"]:
        key = state.collectible(act["act"]["series"], act["act"]["edition"])
        overlay[key] = holds.lock(overlay[key] or _EMPTY, act, index, at)


def _ruling(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    """Unlock the subject; a permit that the rules confirm does what was held."""
    held = overlay[state.hold(act["hold"])]
    overlay[state.hold(act["hold"])] = holds.ruled(held, act, index, at)
    inner = held["act"]
    if "edition" in inner:
        key = state.collectible(inner["series"], inner["edition"])
        overlay[key] = holds.unlock(overlay[key], act["hold"])
    whom = held.get("whom")
    if whom is not None:
        account = overlay[state.account(whom)]
        before = (account or {}).get("strikes") or []
        strikes = holds.strikes_after(held, act, at, before)
        if strikes != before:
            overlay[state.account(whom)] = {**account, "strikes": strikes}
    if holds.does(held, act):
        _FOLDS[held["kind"]](holds.act_of(held, at), index, at, overlay, entry)


def _appeal(act: Act, index: int, at: int, overlay: Overlay, entry: Act) -> None:
    key = state.hold(act["hold"])
    appeal = {"index": index, "at": at, "ruling": None}
    overlay[key] = {**overlay[key], "appeal": appeal}


def _count(overlay: Overlay, account: str, series: str, change: int) -> None:
    """Count what a person buys; who is not known (any more) is not counted."""
    person = overlay[state.account(account)]["person"]
    if person is not None:
        key = state.bought(person, series)
        overlay[key] = (overlay[key] or 0) + change


_FOLDS: Final[dict[str, Callable[[Act, int, int, Overlay, Act], None]]] = {
    "genesis": _genesis,
    "member": _member,
    "platform": _platform,
    "rulebook": _rulebook,
    "account": _account,
    "series": _series,
    "mint": _mint,
    "sale": _sale,
    "gift": _gift,
    "resale": _resale,
    "refund": _refund,
    "return": _return,
    "restraint": _restraint,
    "takedown": _takedown,
    "burn": _burn,
    "forced": _forced,
    "correction": _correction,
    "refusal": _refusal,
    "hold": _hold,
    "ruling": _ruling,
    "appeal": _appeal,
}
