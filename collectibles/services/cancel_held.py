"""Take back what is held: by either of those whose movement it is, at any time before a ruling.

The ledger decides between this and a permit: whichever it took first stands, and only after its
entry does money go back.
"""

from __future__ import annotations

from typing import Final

from collectibles.domain.movements import Movement
from collectibles.errors import Conflict, NotFound
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.follow_ruling import follow_ruling
from collectibles.services.lapse_holds import lapse_hold
from collectibles.services.settle_order import settle_order
from collectibles.store.tables.holds import HoldRow
from collectibles.store.tables.orders import Order

_REASONS: Final = "当事人撤回 / withdrawn by one of those concerned"


def cancel_held(ctx: Context, account: str, hold: int) -> None:
    """Withdraw the held movement `hold`, an entry's index. Again is harmless.

    Raises NotFound for a hold that is not this account's; Conflict if it has been ruled on.
    """
    with ctx.database.begin() as session:
        row = session.get(HoldRow, hold) if hold < 2**63 else None
    if row is None or account not in (row.account_id, row.other_id):
        raise NotFound("no_hold", "没有这项复核。", "There is no such hold.")
    act = {"hold": hold, "ruling": "refuse", "officers": [account], "reasons": _REASONS}
    try:
        op_id = f"withdraw-{hold}-{account}"
        submit(ctx, Movement("ruling", op_id, ctx.settings.operator_id, act))
    except Conflict as problem:
        if problem.code == "hold_lapsed":
            lapse_hold(ctx, hold)
        elif problem.code != "ruled" or row.state not in ("withdraw", "lapse", "refuse"):
            raise
    follow_ruling(ctx, hold)


def cancel_held_order(ctx: Context, account: str, order_id: str) -> str:
    """Cancel a paid order that is held, and have everything back; returns the order's state.

    Raises NotFound for another's order, Conflict where it is not held (any more).
    """
    with ctx.database.begin() as session:
        order = session.get(Order, order_id)
    if order is None or order.account_id != account:
        raise NotFound("no_order", "没有这个订单。", "There is no such order.")
    if order.state in ("refunding", "refunded", "case"):
        return order.state
    if order.state != "held" or order.entry is None:
        raise Conflict(
            "not_held_now",
            "这个订单现在不在复核中，不能以此方式取消。",
            "This order is not held just now and cannot be cancelled in this way.",
        )
    cancel_held(ctx, account, order.entry)
    return settle_order(ctx, order_id)
