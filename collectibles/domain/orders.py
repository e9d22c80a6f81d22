"""Orders, payments, refunds: their states and the only transitions there are.

order    placed → paid → settled            a collectible
         paid → held → settled              after a person has looked at it
         held → refunding                   refused, lapsed or withdrawn meanwhile
         placed → expired | closed          nothing was paid
         paid → refunding → refunded        the money is back
         paid | refunding → case            a person settles it, under a number
         settled → returning → returned     within the right of return
         returning → case
payment  opened → paid → refunded | part_refunded ; opened → closed
refund   asked → processing → done | failed
"""

from __future__ import annotations

from typing import Final

from collectibles.errors import Conflict

ORDER_STATES: Final = (
    "placed",
    "paid",
    "held",
    "settled",
    "expired",
    "closed",
    "refunding",
    "refunded",
    "returning",
    "returned",
    "case",
)
PAYMENT_STATES: Final = ("opened", "paid", "closed", "part_refunded", "refunded")
REFUND_STATES: Final = ("asked", "processing", "done", "failed")

#: Order states in which nothing more happens by itself.
FINAL: Final = ("settled", "expired", "closed", "refunded", "returned", "case")

_TRANSITIONS: Final = {
    "order": {
        "placed": ("paid", "expired", "closed"),
        "paid": ("settled", "held", "refunding", "case"),
        "held": ("settled", "refunding", "case"),
        "expired": ("paid",),
        "closed": ("paid",),
        "refunding": ("refunded", "case"),
        "settled": ("returning",),
        "returning": ("returned", "case"),
        "refunded": (),
        "returned": (),
        "case": ("refunded", "returned", "settled"),
    },
    "payment": {
        "opened": ("paid", "closed"),
        "closed": ("paid",),
        "paid": ("part_refunded", "refunded"),
        "part_refunded": ("refunded",),
        "refunded": (),
    },
    "refund": {
        "asked": ("processing", "done", "failed"),
        "processing": ("done", "failed"),
        "failed": ("asked",),
        "done": (),
    },
}


def may_become(what: str, now: str, new: str) -> bool:
    """Whether an order, payment or refund in state `now` may become `new`."""
    return new in _TRANSITIONS[what][now]


def sources(what: str, new: str) -> tuple[str, ...]:
    """The states from which `new` may be reached: for the guard in an UPDATE's WHERE."""
    return tuple(now for now, after in _TRANSITIONS[what].items() if new in after)


def check(what: str, now: str, new: str) -> None:
    """Raise Conflict unless the transition is one there is."""
    if not may_become(what, now, new):
        raise Conflict(
            "no_such_transition",
            f"当前状态（{now}）下不能执行此操作。",
            f"This cannot be done in the present state ({now}).",
            now=now,
            new=new,
        )
