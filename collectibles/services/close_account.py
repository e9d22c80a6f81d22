"""Close an account: nothing is held, nothing is under way; the phone becomes unreadable."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from collectibles.errors import Conflict
from collectibles.services.attest_account import attest_account
from collectibles.services.context import Context
from collectibles.store.tables.orders import Order
from collectibles.store.tables.oversight import Holding
from collectibles.store.tables.people import Account
from collectibles.store.tables.people import Session as SignedIn

_UNDER_WAY = ("placed", "paid", "held", "refunding", "returning", "case")


def close_account(ctx: Context, account_id: str) -> None:
    """Close an account for good; its sessions end. Again is harmless.

    The person's record is kept sealed for as long as the limit per person needs it. Raises
    Conflict while the account holds collectibles or has orders under way.
    """
    attest_account(ctx, account_id)
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        account = session.scalars(
            select(Account).where(Account.id == account_id).with_for_update()
        ).one()
        if account.open:
            _nothing_left(session, account_id)
            session.execute(
                update(Account)
                .where(Account.id == account_id)
                .values(open=False, closed_at=now, phone=None, data_key=None)
            )
            session.query(SignedIn).filter_by(account_id=account_id).delete()
    attest_account(ctx, account_id)


def _nothing_left(session: Session, account_id: str) -> None:
    held = session.scalars(
        select(func.count()).select_from(Holding).where(Holding.account_id == account_id)
    ).one()
    if held:
        raise Conflict(
            "account_holds",
            f"账户内还有 {held} 件藏品。请先转赠他人，或在退货期内退货，再注销账户。",
            f"The account holds {held} collectibles. Please give them to somebody, or return them"
            " while you may, before you close it.",
        )
    waiting = session.scalars(
        select(func.count())
        .select_from(Order)
        .where(Order.account_id == account_id, Order.state.in_(_UNDER_WAY))
    ).one()
    if waiting:
        raise Conflict(
            "account_busy",
            f"账户内还有 {waiting} 个进行中的订单，请等其结束后再注销。",
            f"{waiting} orders of this account are under way; please wait until they have ended.",
        )
