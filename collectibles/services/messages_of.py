"""The messages of an account, and that they were read."""

from __future__ import annotations

from sqlalchemy import func, select, update

from collectibles.services.context import Context
from collectibles.store.tables.people import Message


def messages_of(ctx: Context, account_id: str, most: int = 100) -> list[Message]:
    """An account's messages, newest first, as they were before this reading; now they are read."""
    with ctx.database.begin() as session:
        found = list(
            session.scalars(
                select(Message)
                .where(Message.account_id == account_id)
                .order_by(Message.created_at.desc(), Message.id)
                .limit(most)
            )
        )
        session.expunge_all()
        session.execute(
            update(Message)
            .where(Message.account_id == account_id, Message.read_at.is_(None))
            .values(read_at=ctx.clock.now_ms())
        )
    return found


def unread(ctx: Context, account_id: str) -> int:
    """How many messages of an account were not read yet."""
    with ctx.database.begin() as session:
        counted = select(func.count()).select_from(Message)
        return session.scalars(
            counted.where(Message.account_id == account_id, Message.read_at.is_(None))
        ).one()
