"""Verify a person's real name, with their separate consent, through an outside verifier.

Name and number are sealed with the person's own data key; a keyed blind index finds the person
again, so that one person has one account and limits per person hold over accounts.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from collectibles.domain.identity import (
    adult_month,
    birth_date,
    document_kind,
    parse_document_number,
)
from collectibles.errors import BadInput, Conflict, Forbidden
from collectibles.services.attest_account import attest_account
from collectibles.services.consents import record_consent
from collectibles.services.context import Context
from collectibles.services.screening import screen
from collectibles.services.tally import DAY_MS, count
from collectibles.services.terms import agreed
from collectibles.store.tables.people import Account, Person

TRIES_A_DAY: Final = 8
_NAME: Final = re.compile(r"[^\W\d_]+(?:[ ·.'-][^\W\d_]+)*")

_ELSEWHERE = Conflict(
    "person_has_account",
    "这位本人名下已有一个有效账户。每人只能有一个账户：请用那个账户登录，或先将其注销。",
    "This person has an open account already. Each person has one: please sign in to that one, or"
    " close it first.",
)


def verify_person(
    ctx: Context, account_id: str, name: str, document_number: str, consent: str | None
) -> None:
    """Verify the holder of an account. `consent` is the version of the text consented to.

    Raises BadInput (name, document_number, consent), Conflict where the person has an account or
    this one is verified for somebody else, TooMany, Unavailable. Again is harmless.
    """
    name = parse_name(name)
    number = parse_document_number(document_number, ctx.clock.now_ms())
    version = agreed("real_name", consent, "consent")
    document_index = ctx.vault.blind_index("document", number)
    with ctx.database.begin() as session:
        known = _known(session, account_id)
        if known is None:
            count(ctx, session, "verify", account_id, DAY_MS, TRIES_A_DAY)
            consent_id = record_consent(
                session, account_id, "real_name", version, ctx.clock.now_ms()
            )
    if known is None:
        verdict = ctx.verifier.verify(name, number)
        if not verdict.matches:
            assert verdict.why is not None
            field = "document_number"
            raise BadInput(field, "identity_not_confirmed", verdict.why.zh, verdict.why.en)
        _screen(document_index)
        try:
            with ctx.database.begin() as session:
                known = _known(session, account_id)  # somebody may have been quicker
                if known is None:
                    person = _person(ctx, session, name, number, document_index)
                    _join(session, account_id, person, consent_id)
        except IntegrityError:
            raise _ELSEWHERE from None
    if known is not None and known.document_index != document_index:
        raise Conflict(
            "verified_as_another",
            "这个账户已经完成实名核验，不能改为另一证件。",
            "This account has been verified already and cannot be changed to another document.",
        )
    attest_account(ctx, account_id)


def parse_name(text: str, field: str = "name") -> str:
    """A person's name as typed -> its normal form. Raises BadInput."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    name = name.replace("•", "·").replace("・", "·")
    if not 2 <= len(name) <= 50 or _NAME.fullmatch(name) is None:
        raise BadInput(
            field,
            "name_shape",
            "请填写证件上的姓名：2 至 50 个字，只含文字和间隔号。",
            "Please give the name as the document has it: 2 to 50 letters, with spaces, hyphens or"
            " middle dots between them.",
        )
    return name


def _known(session: Session, account_id: str) -> Person | None:
    account = session.scalar(select(Account).where(Account.id == account_id).with_for_update())
    if account is None or not account.open:
        raise Conflict("account_closed", "该账户已注销。", "This account has been closed.")
    return session.get(Person, account.person_id) if account.person_id else None


def _screen(document_index: bytes) -> None:
    """Raise Forbidden for a person on a list: no service, and no word on why."""
    if screen(document_index) == "hit":
        raise Forbidden(
            "cannot_be_served",
            "暂时不能为您提供服务，请联系运营方。",
            "We cannot serve you at present; please contact the operator.",
        )


def _person(ctx: Context, session: Session, name: str, number: str, index: bytes) -> str:
    """The person of this document: found, or made. What is sealed is sealed anew."""
    now = ctx.clock.now_ms()
    new = f"p-{secrets.token_hex(8)}"
    fields = {
        # The ledger's time begins in 1970: of age by then is of age ever since.
        "adult_from": max(0, adult_month(birth_date(number))),
        "verified_at": now,
        "verifier": ctx.verifier.name,
        "document_kind": document_kind(number),
        "screened_at": now,
        "screening": screen(index),
    }
    session.execute(
        insert(Person)
        .values(id=new, document_index=index, affiliations=[], **fields)
        .on_conflict_do_nothing(index_elements=["document_index"])
    )
    person = session.scalars(
        select(Person).where(Person.document_index == index).with_for_update()
    ).one()
    if _has_account(session, person.id):
        raise _ELSEWHERE
    data_key = person.data_key or ctx.vault.new_data_key()
    session.execute(
        update(Person)
        .where(Person.id == person.id)
        .values(
            data_key=data_key,
            name=ctx.vault.seal(data_key, f"person.name:{person.id}", name),
            document=ctx.vault.seal(data_key, f"person.document:{person.id}", number),
            **fields,
        )
    )
    return person.id


def _has_account(session: Session, person_id: str) -> bool:
    taken = select(Account.id).where(Account.person_id == person_id, Account.open)
    return session.scalar(taken) is not None


def _join(session: Session, account_id: str, person_id: str, consent_id: str) -> None:
    session.execute(
        update(Account)
        .where(Account.id == account_id, Account.open, Account.person_id.is_(None))
        .values(person_id=person_id, verification=consent_id)
    )
