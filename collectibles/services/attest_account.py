"""What the ledger knows of an account: that it is there, that it is verified, that it is closed.

Each of the three is one movement with an operation id of its own, in that order, made from rows:
doing any of it again, after a crash or twice at once, changes nothing.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import or_, select, update

from collectibles.domain.calendar import DAY_MS
from collectibles.domain.movements import Movement
from collectibles.ledger import state
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.screening import screen
from collectibles.store.tables.people import Account, Person

#: What an account's entry says of its person; nothing, until the person is verified.
_OF_PERSON: Final = (
    *("person", "verifier", "verified_at", "adult_from"),
    *("document", "screening", "screened_at"),
)


def open_on_ledger(ctx: Context, account_id: str) -> None:
    """Make the account known to the ledger, not verified, if it is not known yet."""
    if ctx.ledger.read.value(state.account(account_id)) is None:
        nobody = dict.fromkeys(_OF_PERSON)
        _submit(ctx, f"account-{account_id}", {"account": account_id, **nobody, "open": True})


def attest_account(ctx: Context, account_id: str) -> str | None:
    """Bring the ledger to what the rows say of this account: verified, or closed.

    A screening that is soon too old for the rules is done again first. Returns the tag of the
    person whose account it is; None if nobody is verified.
    """
    account, person = _rows(ctx, account_id)
    if person is not None and screen_again(ctx, account, person):
        account, person = _rows(ctx, account_id)
    open_on_ledger(ctx, account_id)
    if person is not None and account.attested_entry is None:
        act = {**_attested(account_id, person), "open": True}
        index = _submit(ctx, f"account-{account_id}-{account.attestation}", act)
        with ctx.database.begin() as session:
            session.execute(
                update(Account)
                .where(Account.id == account_id, Account.attestation == account.attestation)
                .values(attested_entry=index)
            )
    if account.closed_at is not None and account.closed_entry is None:
        known = ctx.ledger.read.value(state.account(account_id))
        fields = {name: known.get(name) for name in _OF_PERSON}
        fields["verifier"] = person.verifier if person else None
        fields["affiliations"] = known.get("affiliations") or []
        act = {"account": account_id, **fields, "open": False}
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


def screen_again(ctx: Context, account: Account, person: Person) -> bool:
    """Hold the person against the lists once more when the last time is long ago; whether it was.

    Anti-Money-Laundering Law Art. 40. Half the days that the rules allow are long enough: what is
    under way then has time to end.
    """
    now = ctx.clock.now_ms()
    days = _days_allowed(ctx, now)
    if days is None or not account.open or now - person.screened_at < days * DAY_MS // 2:
        return False
    found = {"screened_at": now, "screening": screen(person.document_index)}
    with ctx.database.begin() as session:
        session.execute(update(Person).where(Person.id == person.id).values(**found))
        session.execute(update(Account).where(Account.id == account.id).values(**to_attest_again()))
    return True


def to_attest_again() -> dict[str, Any]:
    """The columns of an account of which the rows now say something else than the ledger.

    The number makes it another operation, even where the same was attested once before.
    """
    return {"attested_entry": None, "attestation": Account.attestation + 1}


def _rows(ctx: Context, account_id: str) -> tuple[Account, Person | None]:
    with ctx.database.read() as session:
        account, person = session.execute(
            select(Account, Person)
            .outerjoin(Person, Person.id == Account.person_id)
            .where(Account.id == account_id)
        ).one()
    return account, person


def _days_allowed(ctx: Context, now: int) -> int | None:
    """How old a screening may be by the rules in force; None where they do not ask."""
    try:
        days = ctx.ledger.rulebook().value("person.screening_days", now)
    except KeyError:  # an older rulebook is still in force
        return None
    return None if days is None else int(days)


def _attested(account_id: str, person: Person) -> dict[str, Any]:
    return {
        "account": account_id,
        "person": person.id,
        "verifier": person.verifier,
        "verified_at": person.verified_at,
        "adult_from": person.adult_from,
        "document": person.document_kind,
        "screening": person.screening,
        "screened_at": person.screened_at,
        "affiliations": list(person.affiliations),
    }


def _submit(ctx: Context, op_id: str, act: dict[str, Any]) -> int:
    index = submit(ctx, Movement("account", op_id, ctx.settings.operator_id, act)).index
    assert index is not None, "an account movement is always recorded"
    return index
