"""Who is close to an institution: its staff, their families, those it controls.

The rules keep such persons from buying that institution's limited editions and look at what they
are given. Only the operator's staff say it, on what the institution has told in writing.
"""

from __future__ import annotations

from sqlalchemy import select, update

from collectibles.domain.identity import parse_phone
from collectibles.errors import BadInput
from collectibles.services.attest_account import attest_account, to_attest_again
from collectibles.services.context import Context
from collectibles.store.tables.institutions import Institution
from collectibles.store.tables.people import Account, Person


def declare_affiliation(ctx: Context, phone: str, institution: str, *, ends: bool = False) -> None:
    """Say that the verified person with this phone is close to an institution, or is so no more.

    The ledger learns it under the person's tag. Again is harmless. Raises BadInput for a phone
    without a verified account, or an institution that is not there.
    """
    index = ctx.vault.blind_index("phone", parse_phone(phone))
    with ctx.database.begin() as session:
        if session.get(Institution, institution) is None:
            raise BadInput(
                "institution", "no_institution", "没有这家机构。", "There is no such institution."
            )
        account = session.scalar(select(Account).where(Account.phone_index == index, Account.open))
        if account is None or account.person_id is None:
            raise BadInput(
                "phone",
                "no_verified_account",
                "该手机号没有已核验实名的账户。",
                "No verified account has this phone.",
            )
        person = session.get_one(Person, account.person_id, with_for_update=True)
        others = [name for name in person.affiliations if name != institution]
        now = others if ends else sorted([*others, institution])
        if now != list(person.affiliations):
            person.affiliations = now
            session.execute(
                update(Account).where(Account.id == account.id).values(**to_attest_again())
            )
        account_id = account.id
    attest_account(ctx, account_id)
