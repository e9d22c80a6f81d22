"""Cases as the operator and the regulator see them: all of them, open or closed."""

from __future__ import annotations

from sqlalchemy import select

from collectibles.errors import NotFound
from collectibles.services.context import Context
from collectibles.store.tables.orders import Case


def all_cases(ctx: Context, state: str | None = None, most: int = 200) -> list[Case]:
    """Cases: open ones first, the one due first at the top. With `state` only those."""
    wanted = select(Case).order_by(Case.state != "open", Case.due_at, Case.number)
    if state is not None:
        wanted = wanted.where(Case.state == state)
    with ctx.database.begin() as session:
        return list(session.scalars(wanted.limit(most)))


def get_case(ctx: Context, number: int) -> Case:
    """One case. Raises NotFound."""
    with ctx.database.begin() as session:
        found = session.get(Case, number) if number < 2**63 else None
    if found is None:
        raise NotFound("no_case", "没有这个事项。", "There is no such case.")
    return found
