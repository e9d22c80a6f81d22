"""Sign in with a phone and a one-time code. The first sign-in makes the account.

Only a keyed hash of the code is kept, and the code works only in the browser that asked for it
(it holds the random id of the request). Five tries, ten minutes, a minute between two codes.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.domain.identity import mask_phone, parse_phone
from collectibles.errors import BadInput, Conflict
from collectibles.services.attest_account import open_on_ledger
from collectibles.services.code_sender import send_code
from collectibles.services.consents import record_consent
from collectibles.services.context import Context
from collectibles.services.tally import DAY_MS, HOUR_MS, count, too_many
from collectibles.services.terms import agreed
from collectibles.store.locks import hold
from collectibles.store.tables.people import Account, LoginCode

CODE_LIVES_MS: Final = 10 * 60_000
RESEND_MS: Final = 60_000
TRIES: Final = 5
CODES_A_DAY: Final = 10
CODES_AN_HOUR_FROM_ONE_ADDRESS: Final = 60


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code on its way. `shown` is the code where the page shall show it (demonstration)."""

    login: str
    shown: str | None


@dataclass(frozen=True, slots=True)
class Login:
    """What the code page says: whom the code went to (masked), until when, and when to resend."""

    phone: str
    expires_at: int
    resend_at: int


def ask_for_code(ctx: Context, phone: str, address: str) -> CodeSent:
    """Send a code to `phone` on behalf of somebody at network `address`.

    Raises BadInput for what is no mobile number, TooMany, or Unavailable without a sender.
    """
    phone = parse_phone(phone)
    now = ctx.clock.now_ms()
    index = ctx.vault.blind_index("phone", phone)
    login, code = f"l-{secrets.token_hex(16)}", f"{secrets.randbelow(10**6):06d}"
    with ctx.database.begin() as session:
        hold(session, "login_code", index.hex())
        last = session.scalar(
            select(func.max(LoginCode.created_at)).where(LoginCode.phone_index == index)
        )
        if last is not None and now - last < RESEND_MS:
            raise too_many((last + RESEND_MS - now) // 1000 + 1)
        count(ctx, session, "code_to_phone", phone, DAY_MS, CODES_A_DAY)
        count(ctx, session, "code_from", address, HOUR_MS, CODES_AN_HOUR_FROM_ONE_ADDRESS)
        data_key = ctx.vault.new_data_key()
        session.add(
            LoginCode(
                id=login,
                phone_index=index,
                data_key=data_key,
                phone=ctx.vault.seal(data_key, f"login_code.phone:{login}", phone),
                code_hash=_hash(ctx, login, code),
                tries=0,
                created_at=now,
                expires_at=now + CODE_LIVES_MS,
                used_at=None,
            )
        )
    return CodeSent(login, send_code(ctx, phone, code))


def show_login(ctx: Context, login: str) -> Login | None:
    """What is known of a sign-in under way; None if there is none, or it is over."""
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        row = session.get(LoginCode, login)
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    return Login(mask_phone(_phone(ctx, row)), row.expires_at, row.created_at + RESEND_MS)


def phone_of_login(ctx: Context, login: str) -> str | None:
    """The phone a code was asked for, to ask for another one; None if that is long ago."""
    with ctx.database.begin() as session:
        row = session.get(LoginCode, login)
    if row is None or row.expires_at + CODE_LIVES_MS <= ctx.clock.now_ms():
        return None
    return _phone(ctx, row)


def sign_in(
    ctx: Context, login: str, code: str, language: str, terms: str | None, privacy: str | None
) -> str:
    """The account of whoever typed the right code; made now if there was none. Returns its id.

    `terms` and `privacy` are the versions of the texts agreed to. Raises BadInput for a wrong
    code or missing agreement, Conflict when another code has to be asked for.
    """
    versions = {
        "terms": agreed("terms", terms, "agree"),
        "privacy": agreed("privacy", privacy, "agree"),
    }
    with ctx.database.begin() as session:
        row, fits = _try(ctx, session, login, code)
        if fits:
            account_id = _account(ctx, session, row, language, versions)
    if not fits:
        left = TRIES - row.tries
        raise BadInput(
            "code",
            "code_wrong",
            f"验证码不正确，还可以再试 {left} 次。" if left else "验证码不正确，请重新获取。",
            f"That is not the code; {left} more tries."
            if left
            else "That is not the code; please ask for another one.",
            tries_left=left,
        )
    open_on_ledger(ctx, account_id)
    return account_id


def _try(ctx: Context, session: Session, login: str, code: str) -> tuple[LoginCode, bool]:
    """Count one try and say whether it was right; a right one uses the code up."""
    now = ctx.clock.now_ms()
    row = session.scalar(
        update(LoginCode)
        .where(
            LoginCode.id == login,
            LoginCode.used_at.is_(None),
            LoginCode.expires_at > now,
            LoginCode.tries < TRIES,
        )
        .values(tries=LoginCode.tries + 1)
        .returning(LoginCode)
    )
    if row is None:
        raise Conflict(
            "code_over",
            "验证码已失效、已用过，或输错次数过多。请重新获取。",
            "The code has expired, was used, or was mistyped too often. Please ask for a new one.",
        )
    fits = hmac.compare_digest(row.code_hash, _hash(ctx, login, code))
    if fits:
        row.used_at = now
    return row, fits


def _account(
    ctx: Context, session: Session, row: LoginCode, language: str, versions: dict[str, str]
) -> str:
    """The open account of this phone, made if there is none; the agreements are recorded."""
    now = ctx.clock.now_ms()
    new = f"a-{secrets.token_hex(8)}"
    data_key = ctx.vault.new_data_key()
    session.execute(
        insert(Account)
        .values(
            id=new,
            phone_index=row.phone_index,
            data_key=data_key,
            phone=ctx.vault.seal(data_key, f"account.phone:{new}", _phone(ctx, row)),
            language=language,
            open=True,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["phone_index"], index_where=text("open"))
    )
    account = session.scalars(
        select(Account).where(Account.phone_index == row.phone_index, Account.open)
    ).one()
    for kind, version in versions.items():
        record_consent(session, account.id, kind, version, now)
    return account.id


def _phone(ctx: Context, row: LoginCode) -> str:
    return ctx.vault.open(row.data_key, f"login_code.phone:{row.id}", row.phone)


def _hash(ctx: Context, login: str, code: str) -> bytes:
    return ctx.vault.blind_index("login_code", f"{login} {code}")
