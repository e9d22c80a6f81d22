"""An order as its buyer sees it at every moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from collectibles.errors import NotFound
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.deciding import explain_entry
from collectibles.store.tables.orders import Case, Order, Payment, Refund
from compliance.rendering import Explained
from compliance.rule import Text

#: States in which something is still to happen by itself: the page looks again.
WAITING = ("placed", "paid", "refunding", "returning")


@dataclass(frozen=True, slots=True)
class OrderShown:
    """An order with its payments, refunds and cases; `explained` are the reasons of a refusal."""

    order: Order
    title: Text
    picture: str
    payments: list[Payment]
    refunds: list[Refund]
    cases: list[Case]
    explained: list[Explained]

    @property
    def pay_url(self) -> str | None:
        """The cashier of the attempt that is open, if it is known."""
        return next((p.pay_url for p in self.payments if p.state == "opened"), None)

    @property
    def waits(self) -> bool:
        return self.order.state in WAITING


def show_order(ctx: Context, account_id: str, order_id: str) -> OrderShown:
    """An order of this account. Raises NotFound, the same for another's as for none."""
    with ctx.database.read() as session:
        order = session.get(Order, order_id)
        if order is None or order.account_id != account_id:
            raise NotFound("no_order", "没有这个订单。", "There is no such order.")
        payments = list(session.scalars(select(Payment).where(Payment.order_id == order_id)))
        refunds = list(session.scalars(select(Refund).where(Refund.order_id == order_id)))
        cases = list(session.scalars(select(Case).where(Case.order_id == order_id)))
    series: dict[str, Any] = ctx.ledger.read.value(state.series(order.series))
    return OrderShown(
        order=order,
        title=Text(series["title"]["zh"], series["title"]["en"]),
        picture=series["picture"],
        payments=sorted(payments, key=lambda p: p.created_at, reverse=True),
        refunds=sorted(refunds, key=lambda r: r.created_at),
        cases=sorted(cases, key=lambda c: c.number),
        explained=_reasons(ctx, order),
    )


def orders_of(ctx: Context, account_id: str, most: int = 100) -> list[tuple[Order, Text]]:
    """The orders of an account with their series' titles, newest first."""
    with ctx.database.read() as session:
        orders = session.scalars(
            select(Order)
            .where(Order.account_id == account_id)
            .order_by(Order.created_at.desc())
            .limit(most)
        ).all()
    named = ctx.ledger.read.values({state.series(order.series) for order in orders})
    titles = {order.series: named[state.series(order.series)]["title"] for order in orders}
    return [(o, Text(titles[o.series]["zh"], titles[o.series]["en"])) for o in orders]


def _reasons(ctx: Context, order: Order) -> list[Explained]:
    if order.entry is None:
        return []
    entry = ctx.ledger.read.entries(order.entry, order.entry + 1)[0]
    return explain_entry(ctx, entry) if entry["kind"] in ("refusal", "hold") else []
