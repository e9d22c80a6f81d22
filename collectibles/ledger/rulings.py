"""What the ledger demands of rulings on holds and of appeals against them.

As in admission.py: invariants, refused with a Conflict or Forbidden, which is no entry.
"""

from __future__ import annotations

from typing import Any

from collectibles.domain.movements import Movement
from collectibles.errors import Conflict, Forbidden
from collectibles.ledger import holds, state
from collectibles.ledger.state import Overlay
from compliance.decision import REFUSED, Decision
from compliance.rulebook import Rulebook

Act = dict[str, Any]


def ruling(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    """A ruling in time, by enough officers, none of whom has a part in it; or the lapse."""
    held = _hold(act, overlay)
    if "appeal" in act:
        _outcome(act, held)
        _officers(act, held)
        return
    if held["ruling"] is not None:
        raise Conflict("ruled", "该暂缓已有裁定。", "This hold has been ruled on already.")
    by_itself = act["ruling"] == "refuse" and act["officers"] == [overlay[state.LEDGER]["operator"]]
    if at >= held["until"]:
        if not by_itself or act.get("strike"):
            raise Conflict("hold_lapsed", "该暂缓已失效。", "This hold has lapsed.")
        return
    if holds.is_dated(held):
        if by_itself:
            raise Conflict(
                "not_lapsed", "该暂缓尚未到期。", "The time of this hold is not over yet."
            )
        _officers(act, held)


def _officers(act: Act, held: Act) -> None:
    officers = act["officers"]
    if len(set(officers)) != len(officers):
        raise Conflict(
            "officer_twice", "裁定人员不能重复。", "Each officer counts once for a ruling."
        )
    withdrawn = "appeal" not in act and holds.is_withdrawn(held, act)
    if not withdrawn and holds.parties(held["act"]) & set(officers):
        raise Forbidden(
            "own_movement",
            "不得对本人参与的变动作出裁定。",
            "Nobody rules on a movement in which they have a part themselves.",
        )
    if act["ruling"] == "permit" and len(officers) < held["officers"]:
        raise Conflict(
            "more_officers",
            f"准许该变动须由{held['officers']}名合规人员共同裁定。",
            f"A ruling that permits this needs {held['officers']} officers.",
            needed=held["officers"],
        )
    if act.get("strike") and (withdrawn or act["ruling"] == "permit" or held["whom"] is None):
        raise Conflict(
            "no_strike",
            "只有裁定拒绝账户的变动时，才能认定违规。",
            "A breach is established only by refusing the movement of an account.",
        )


def _outcome(act: Act, held: Act) -> None:
    """A second ruling, on the appeal there is, by other officers than the first."""
    appealed = held.get("appeal")
    if appealed is None or appealed["index"] != act["appeal"]:
        raise Conflict("no_appeal", "没有这项申诉。", "There is no such appeal.")
    if appealed["ruling"] is not None:
        raise Conflict("ruled", "该申诉已有结论。", "This appeal has been ruled on already.")
    if set(held["ruled"]["officers"]) & set(act["officers"]):
        raise Forbidden(
            "same_officers",
            "申诉须由未参与原裁定的人员处理。",
            "An appeal is for other officers than those of the first ruling.",
        )
    if act.get("strike"):
        raise Conflict(
            "no_strike",
            "对申诉的裁定不能另行认定违规。",
            "The ruling on an appeal establishes no breach of its own.",
        )


def appeal(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    """An appeal, the first, by the account concerned, against a ruling that refuses."""
    held = _hold(act, overlay)
    if not holds.is_dated(held) or held["ruling"] != "refuse":
        raise Conflict(
            "nothing_to_appeal",
            "没有可以申诉的拒绝裁定。",
            "There is no ruling that refuses, so nothing to appeal against.",
        )
    if "appeal" in held:
        raise Conflict(
            "appealed", "对该裁定已经申诉过。", "This ruling has been appealed against already."
        )
    if act["account"] != held["whom"]:
        raise Forbidden(
            "not_concerned",
            "只有相关账户本人可以申诉。",
            "Only the account concerned may appeal.",
        )
    if not held["ruled"]["at"] <= act["received_at"] <= at:
        raise Conflict(
            "appeal_time",
            "申诉的收到时间应在裁定之后、登记之前。",
            "An appeal is received after the ruling and before it is recorded.",
        )


def in_time(act: Act, overlay: Overlay, book: Rulebook) -> None:
    """Raise Conflict for an admitted appeal that was received too late."""
    until = holds.appeal_until(overlay[state.hold(act["hold"])]["ruled"]["at"], book)
    if until is None or act["received_at"] >= until:
        raise Conflict(
            "appeal_over", "申诉期限已过。", "The time to appeal against this ruling is over."
        )


def unmoved(held: Act, overlay: Overlay) -> None:
    """Raise Conflict if what was held is about something that has changed since."""
    if not holds.is_dated(held):
        return
    if holds.mark(held["kind"], held["act"], overlay) != held["before"]:
        raise Conflict(
            "subject_moved",
            "暂缓之后，该变动的对象已经改变，只能裁定拒绝。",
            "What this movement is about has changed since it was held; rule to refuse it.",
        )


def permitted_now(held: Act, decision: Decision) -> None:
    """Raise Conflict unless a permit covers what the rules say of the movement now."""
    if decision.outcome == REFUSED:
        raise Conflict(
            "refused_now",
            "按现在的情况，规则不准许这项变动，只能裁定拒绝。",
            "As things stand now the rules refuse this movement; rule to refuse it.",
        )
    if not holds.covers(held, decision):
        raise Conflict(
            "held_otherwise",
            "按现在的情况，另有规则要求人工复核，准许只针对当初暂缓的理由；只能裁定拒绝。",
            "As things stand now the rules hold this movement for another reason than a permit"
            " would cover; rule to refuse it.",
        )


def _hold(act: Act, overlay: Overlay) -> Act:
    held: Act | None = overlay[state.hold(act["hold"])]
    if held is None:
        raise Conflict("no_hold", "没有这项暂缓。", "There is no such hold.")
    return held
