"""What the ledger knows of an account: that it is there, that it is verified, that it is closed.

Each of the three is one movement with an operation id of its own, in that order, made from rows:
doing any of it again, after a crash or twice at once, changes nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select, update

from collectibles.domain.movements import Movement
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.store.tables.people import Account, Person


def open_on_ledger(ctx: Context, account_id: str) -> None:
    """Make the account known to the ledger, not verified, if it is not known yet."""
    if ctx.ledger.read.value(state.account(account_id)) is None:
        nobody = dict.fromkeys(("person", "verifier", "verified_at", "adult_from", "screened_at"))
        _submit(ctx, f"account-{account_id}", {"account": account_id, **nobody, "open": True})


def attest_account(ctx: Context, account_id: str) -> str | None:
    """Bring the ledger to what the rows say of this account: verified, or closed.

    Returns the tag of the person whose account it is; None if nobody is verified.
    """
    with ctx.database.read() as session:
        account, person = session.execute(
            select(Account, Person)
            .outerjoin(Person, Person.id == Account.person_id)
            .where(Account.id == account_id)
        ).one()
    open_on_ledger(ctx, account_id)
    if person is not None and account.attested_entry is None:
        act = {**_attested(account_id, person), "open": True}
        index = _submit(ctx, f"account-{account_id}-{account.verification}", act)
        with ctx.database.begin() as session:
            session.execute(
                update(Account).where(Account.id == account_id).values(attested_entry=index)
            )
    if account.closed_at is not None and account.closed_entry is None:
        known = ctx.ledger.read.value(state.account(account_id))
        fields = {name: known[name] for name in ("person", "verified_at", "adult_from")}
        verifier = person.verifier if person else None
        screened = {"verifier": verifier, "screened_at": known["verified_at"]}
        act = {"account": account_id, **fields, **screened, "open": False}
        index = _submit(ctx, f"account-{account_id}-closed", act)
        with ctx.database.begin() as session:
            session.execute(
                update(Account).where(Account.id == account_id).values(closed_entry=index)
            )
    return account.person_id


def accounts_to_attest(ctx: Context) -> list[str]:
    """Accounts whose rows are ahead of the ledger: after a crash in between."""
    verified = Account.person_id.is_not(None) & Account.attested_entry.is_(None)
    closed = Account.closed_at.is_not(None) & Account.closed_entry.is_(None)
    with ctx.database.read() as session:
        rows = select(Account.id).where(or_(verified, closed)).order_by(Account.created_at)
        return list(session.scalars(rows.limit(200)))


def _attested(account_id: str, person: Person) -> dict[str, Any]:
    """Screening is done when the person is verified, against the same name and number."""
    return {
        "account": account_id,
        "person": person.id,
        "verifier": person.verifier,
        "verified_at": person.verified_at,
        "adult_from": person.adult_from,
        "screened_at": person.verified_at,
    }


def _submit(ctx: Context, op_id: str, act: dict[str, Any]) -> int:
    index = submit(ctx, Movement("account", op_id, ctx.settings.operator_id, act)).index
    assert index is not None, "an account movement is always recorded"
    return index
