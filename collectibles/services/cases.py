"""Numbered cases: what a person of the operator has to settle, with an owner and a deadline.

Buyer, operator and regulator see the same number. An order that cannot end by itself ends here.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.errors import Conflict
from collectibles.followers.messages import tell
from collectibles.services.context import Context
from collectibles.store.tables.orders import Case
from compliance.rule import Text

OWNER: Final = "operator"
#: How long the operator has: three days.
DUE_MS: Final = 3 * 86_400_000


def open_case(
    session: Session,
    key: str,
    kind: str,
    what: Text,
    now: int,
    *,
    order_id: str | None = None,
    account_id: str | None = None,
) -> int:
    """Open the case `key`, once; returns its number. The account concerned is told."""
    session.execute(
        insert(Case)
        .values(
            key=key,
            kind=kind,
            order_id=order_id,
            account_id=account_id,
            owner=OWNER,
            state="open",
            zh=what.zh,
            en=what.en,
            opened_at=now,
            due_at=now + DUE_MS,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
    number = session.scalars(select(Case.number).where(Case.key == key)).one()
    if account_id is not None:
        said = Text(
            f"已为您建立第 {number} 号事项，由运营方负责，三天内处理。{what.zh}",
            f"Case {number} has been opened for you; the operator settles it within three days."
            f" {what.en}",
        )
        tell(session, account_id, f"case-{key}", said, now)
    return number


def close_case(session: Session, key: str, outcome: str, now: int) -> None:
    """Close the case `key` with what came of it; nothing happens if there is none open."""
    session.execute(
        update(Case)
        .where(Case.key == key, Case.state == "open")
        .values(state="closed", outcome=outcome, closed_at=now)
    )


def settle_case(ctx: Context, number: int, staff_id: str, outcome: str) -> None:
    """The operator's staff closes a case and says what came of it. Raises Conflict if it is closed.

    What the case was about is told what came of it.
    """
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        account = session.execute(
            update(Case)
            .where(Case.number == number, Case.state == "open")
            .values(state="closed", outcome=outcome, closed_at=now, owner=staff_id)
            .returning(Case.account_id)
        ).one_or_none()
        if account is None:
            raise Conflict("case_closed", "该事项已办结。", "This case is closed already.")
        if account[0] is not None:
            said = Text(f"第 {number} 号事项已办结：{outcome}", f"Case {number} closed: {outcome}")
            tell(session, account[0], f"case-closed-{number}", said, now)


def cases_of(ctx: Context, *, order_id: str | None = None) -> list[Case]:
    """The cases of an order, newest first; without one, all that are open, soonest due first."""
    with ctx.database.begin() as session:
        if order_id is not None:
            rows = select(Case).where(Case.order_id == order_id).order_by(Case.number.desc())
        else:
            rows = select(Case).where(Case.state == "open").order_by(Case.due_at)
        return list(session.scalars(rows.limit(200)))
