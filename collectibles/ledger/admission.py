"""What the ledger itself demands of a movement before any rule is asked.

These are invariants and lost races, not law: one holder for a collectible, supply never above the
edition size, a lock honoured, the right member. They refuse with a Conflict, which is no entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from collectibles.domain.acts import ROLE_OF
from collectibles.domain.movements import Movement
from collectibles.errors import Conflict, Forbidden
from collectibles.ledger import keys, rulings, state
from collectibles.ledger.state import Overlay

Act = dict[str, Any]


def admit(movement: Movement, at: int, overlay: Overlay) -> None:
    """Raise Conflict or Forbidden unless the movement fits the state as it is."""
    if movement.kind != "genesis":
        _answered_for(movement, overlay)
    fits(movement, at, overlay)


def fits(movement: Movement, at: int, overlay: Overlay) -> None:
    """The part of `admit` that does not ask whose movement it is. Raises Conflict."""
    check = _CHECKS.get(movement.kind)
    if check is not None:
        check(movement.act, at, overlay, movement)


def _answered_for(movement: Movement, overlay: Overlay) -> None:
    """The member exists, has the role the kind needs, and has signed where it must."""
    ledger = overlay[state.LEDGER]
    if ledger is None:
        raise Conflict("no_ledger", "账本尚未创建。", "The ledger has not been created.")
    member = overlay[state.member(movement.by)]
    roles = {ROLE_OF.get(movement.kind, "operator")}
    if movement.kind == "ruling" and "appeal" in movement.act:
        roles.add("regulator")
    if member is None or roles.isdisjoint(member["roles"]):
        raise Forbidden(
            "wrong_member",
            f"成员{movement.by}无权提交此类变动。",
            f"Member {movement.by} may not submit a movement of this kind ({movement.kind}).",
        )
    own = movement.by == ledger["operator"] and movement.signature is None
    if not own and not keys.act_signature_fits(member["key"], ledger["origin"], movement):
        raise Forbidden(
            "bad_signature",
            f"成员{movement.by}的签名不符。",
            f"The signature of member {movement.by} does not fit this movement.",
        )


def _genesis(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    if overlay[state.LEDGER] is not None:
        raise Conflict("ledger_exists", "账本已经存在。", "The ledger exists already.")
    if movement.by != act["operator"]:
        raise Forbidden(
            "not_operator",
            "只有运营方自己可以创建账本。",
            "Only the operator itself creates the ledger.",
        )


def _member(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    if act["member"] == overlay[state.LEDGER]["operator"]:
        raise Conflict(
            "operator_is_fixed",
            "运营方的密钥和职责由创世记录确定。",
            "The operator's key and roles are those of the first entry.",
        )


def _rulebook(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    if act["effective_at"] < at:
        raise Conflict(
            "rulebook_backdated",
            "规则库不能追溯生效。",
            "A rulebook cannot take effect in the past.",
        )


def _series(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    if overlay[state.series(act["series"])] is not None:
        raise Conflict("series_exists", "该系列已经发布。", "This series is published already.")
    if act["issuer"] != movement.by:
        raise Forbidden(
            "not_issuer",
            "只有发行方自己可以发布该系列。",
            "Only the issuer itself may publish this series.",
        )


def _mint(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    series = _existing_series(act, overlay)
    if series["issuer"] != movement.by:
        raise Forbidden(
            "not_issuer", "只有发行方自己可以铸造。", "Only the issuer itself may mint this series."
        )
    if act["first"] != series["minted"] + 1:
        raise Conflict(
            "mint_gap",
            f"下一个可铸造的编号是{series['minted'] + 1}。",
            f"The next edition to mint is number {series['minted'] + 1}.",
        )
    if act["first"] + act["count"] - 1 > series["edition_size"]:
        raise Conflict(
            "beyond_edition_size",
            f"铸造数量超过发行量{series['edition_size']}。",
            f"That would mint more than the edition size of {series['edition_size']}.",
        )


def _sale(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    series = _existing_series(act, overlay)
    if series["down"] is not None:
        raise Conflict("taken_down", "该系列已下架。", "This series has been taken down.")
    if act["edition"] > series["minted"]:
        raise Conflict("not_minted", "该编号尚未铸造。", "This edition has not been minted.")
    value = overlay[state.collectible(act["series"], act["edition"])]
    if value is not None and (value["holder"] is not None or value["gone"] is not None):
        raise Conflict("already_sold", "该编号已经售出。", "This edition has been sold.")
    _account(act["account"], overlay)
    _unlocked(value, at)


def _gift(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    value = _held_by(act, act["from"], overlay)
    _recipient(act, overlay)
    _unlocked(value, at)


def _resale(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    if act["step"] == "reserve":
        value = _held_by(act, act["from"], overlay)
        _recipient(act, overlay)
        _unlocked(value, at)
        if act["until"] <= at:
            raise Conflict(
                "reservation_over", "预留期限已过。", "The reservation would be over already."
            )
        return
    value = overlay[state.collectible(act["series"], act["edition"])]
    lock = value["lock"] if value else None
    if lock is None or lock["what"] != "resale" or lock["resale"] != act["resale"]:
        raise Conflict(
            "no_reservation", "没有这项转让预留。", "There is no such reservation of a resale."
        )
    if act["step"] == "post" and any(
        lock[name] != act[name] for name in ("from", "to", "consideration")
    ):
        raise Conflict(
            "other_reservation",
            "内容与已预留的转让不一致。",
            "This is not the resale that was reserved.",
        )
    if act["step"] == "post" and at >= lock["until"]:
        raise Conflict(
            "reservation_over", "预留期限已过。", "The reservation of this resale has lapsed."
        )


def _refund(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    value = overlay[state.collectible(act["series"], act["edition"])]
    before = overlay[state.refund(act["refund"])]
    if value is None:
        raise Conflict("not_sold", "该编号尚未售出。", "This edition has not been sold.")
    if act["step"] == "pending":
        if value["holder"] is None:
            raise Conflict("no_holder", "该藏品现在无人持有。", "Nobody holds this collectible.")
        if before is not None:
            raise Conflict("refund_exists", "该退款已登记。", "This refund is recorded already.")
        if value["lock"] is not None:
            _unlocked(value, at)
        return
    same = before is not None and all(
        before[name] == act[name] for name in ("series", "edition", "amount")
    )
    if not same or before["step"] != "pending":
        raise Conflict(
            "no_pending_refund", "没有这笔待完成的退款。", "There is no such refund pending."
        )


def _return(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    value = _held_by(act, act["account"], overlay)
    _unlocked(value, at)
    if overlay[state.refund(act["refund"])] is not None:
        raise Conflict("refund_exists", "该退款已登记。", "This refund is recorded already.")


def _restraint(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    value = overlay[f"{act['scope']}/{act['subject']}"]
    if act["scope"] == "collectible":
        series = overlay[state.series(act["subject"].partition("/")[0])]
        edition = int(act["subject"].partition("/")[2] or 0)
        unknown = series is None or not 1 <= edition <= series["minted"]
    else:
        unknown = value is None
    if unknown:
        raise Conflict("unknown_subject", "没有这个对象。", "There is no such subject.")
    if act["action"] == "release" and (value is None or value["freeze"] is None):
        raise Conflict("not_frozen", "该对象未被冻结。", "This subject is not frozen.")


def _takedown(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    series = _existing_series(act, overlay)
    if (act["action"] == "takedown") == (series["down"] is not None):
        raise Conflict(
            "takedown_unchanged", "下架状态没有变化。", "The series is in that state already."
        )


def _burn(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    series = _existing_series(act, overlay)
    if series["issuer"] != movement.by:
        raise Forbidden("not_issuer", "只有发行方可以销毁。", "Only the issuer may burn this.")
    value = overlay[state.collectible(act["series"], act["edition"])]
    if value is not None and value["holder"] is not None:
        raise Conflict(
            "held", "该藏品有持有人，不能销毁。", "It has a holder and cannot be burned."
        )
    if act["edition"] > series["minted"] or (value is not None and value["gone"] == "burned"):
        raise Conflict("nothing_to_burn", "没有可销毁的编号。", "There is no such edition to burn.")


def _forced(act: Act, at: int, overlay: Overlay, movement: Movement) -> None:
    _held_by(act, act["from"], overlay)
    _recipient(act, overlay)


def _existing_series(act: Act, overlay: Overlay) -> Act:
    series: Act | None = overlay[state.series(act["series"])]
    if series is None:
        raise Conflict("unknown_series", "没有这个系列。", "There is no such series.")
    return series


def _account(identifier: str, overlay: Overlay) -> None:
    account = overlay[state.account(identifier)]
    if account is None or not account["open"]:
        raise Conflict(
            "unknown_account", "没有这个账户，或已注销。", "There is no such open account."
        )


def _held_by(act: Act, holder: str, overlay: Overlay) -> Act:
    _existing_series(act, overlay)
    value: Act | None = overlay[state.collectible(act["series"], act["edition"])]
    if value is None or value["holder"] != holder:
        raise Conflict(
            "not_holder", "该账户并不持有这件藏品。", "This account does not hold this collectible."
        )
    return value


def _unlocked(value: Act | None, at: int) -> None:
    if state.locked(value, at):
        raise Conflict(
            "locked",
            "该藏品正在办理另一项变动，暂时锁定。",
            "This collectible is locked by another movement that is under way.",
        )


def _recipient(act: Act, overlay: Overlay) -> None:
    """The recipient has an open account and is not the giver; a question may leave it open."""
    if act["to"] is None:
        return
    _account(act["to"], overlay)
    if act["from"] == act["to"]:
        raise Conflict(
            "same_account", "不能转给自己的账户。", "It cannot be passed on to the same account."
        )


_CHECKS: Final[dict[str, Callable[[Act, int, Overlay, Movement], None]]] = {
    "genesis": _genesis,
    "member": _member,
    "rulebook": _rulebook,
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
    "ruling": rulings.ruling,
    "appeal": rulings.appeal,
}
