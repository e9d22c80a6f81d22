"""Who is signed in. Sessions are rows that can be ended, never data in a cookie.

The cookie is a random 256-bit token; the row keeps its SHA-256. A session belongs to an account
or to a member of staff, is made anew at every sign-in, and ends by itself: after 30 days for an
account, after 12 hours for staff.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

from flask import current_app, g, has_request_context, request
from flask import session as form_session
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Unit
from werkzeug.wrappers import Response as AnyResponse

from collectibles.errors import Forbidden, SignInNeeded
from collectibles.store.tables.institutions import Institution, Staff
from collectibles.store.tables.people import Account, Session

HOUR_MS = 60 * 60 * 1000
STAFF_MS = 12 * HOUR_MS
ACCOUNT_MS = 30 * 24 * HOUR_MS
SEEN_EVERY_MS = 5 * 60 * 1000
MAX_NEXT_CHARS = 2000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
View = TypeVar("View", bound=Callable[..., Any])


class Name(NamedTuple):
    """An institution's name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes this request. `kind` is 'account', 'staff' or None (nobody signed in).

    `id` is the account's or the staff member's. `tag` is a verified person's tag on the ledger
    (None until the real name is verified), for staff the `id`. `institution` is the staff
    member's institution, `institution_role` one of museum, regulator, operator.
    """

    kind: str | None = None
    id: str = ""
    tag: str | None = None
    institution: str | None = None
    institution_role: str = ""
    institution_name: Name | None = None
    roles: frozenset[str] = frozenset()

    @property
    def signed_in(self) -> bool:
        return self.kind is not None

    @property
    def verified(self) -> bool:
        """An account whose holder's real name is verified."""
        return self.kind == "account" and self.tag is not None


NOBODY = Actor()


def current() -> Actor:
    """Who makes this request; asked of the database once a request."""
    if not has_request_context():
        return NOBODY
    if "actor" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.actor = _actor_of(_hash(token)) if _TOKEN.fullmatch(token) else NOBODY
    return cast(Actor, g.actor)


def start_session(
    response: AnyResponse, *, account_id: str | None = None, staff_id: str | None = None
) -> AnyResponse:
    """Sign in: a new session, whose cookie goes with `response`. The one before, if any, ends.

    The token of forms changes too. Exactly one of the two identifiers is given.
    """
    assert (account_id is None) != (staff_id is None), "a session is of an account or of staff"
    token = secrets.token_urlsafe(32)
    now = _now()
    lasts = ACCOUNT_MS if account_id is not None else STAFF_MS
    with _begin() as unit:
        _end_this(unit)
        unit.execute(delete(Session).where(Session.expires_at <= now))
        unit.add(
            Session(
                token_hash=_hash(token),
                account_id=account_id,
                staff_id=staff_id,
                created_at=now,
                seen_at=now,
                expires_at=now + lasts,
            )
        )
    _forget_forms()
    g.pop("actor", None)
    response.set_cookie(cookie_name(), token, max_age=lasts // 1000, **cookie_attributes())
    return response


def end_session(response: AnyResponse) -> AnyResponse:
    """Sign out in this browser."""
    with _begin() as unit:
        _end_this(unit)
    return _signed_out(response)


def end_all_sessions(response: AnyResponse) -> AnyResponse:
    """Sign out everywhere whoever is signed in here."""
    actor = current()
    column = Session.account_id if actor.kind == "account" else Session.staff_id
    with _begin() as unit:
        if actor.signed_in:
            unit.execute(delete(Session).where(column == actor.id))
        _end_this(unit)
    return _signed_out(response)


def needs_account(view: View) -> View:
    """Only for the holder of an account; others are led to sign in and back here."""

    @wraps(view)
    def only_account(*args: Any, **kwargs: Any) -> Any:
        require_account()
        return view(*args, **kwargs)

    return cast(View, only_account)


def needs_staff(institution_role: str, role: str | tuple[str, ...] = ()) -> Callable[[View], View]:
    """Only for staff of a museum, regulator or operator; with `role`, only in (one of) that."""
    roles = (role,) if isinstance(role, str) else role

    def only_staff(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            require_staff(institution_role, *roles)
            return view(*args, **kwargs)

        return cast(View, checked)

    return only_staff


def require_account() -> Actor:
    """The account that is signed in. Raises SignInNeeded, or Forbidden for staff."""
    actor = current()
    if actor.kind == "staff":
        raise Forbidden(
            "account_needed",
            "这一页面供个人账户使用；您现在以机构人员身份登录，请先退出，再用手机号登录。",
            "This page is for personal accounts; you are signed in as staff. Sign out first,"
            " then sign in with your phone number.",
        )
    if actor.kind is None:
        raise SignInNeeded(
            "sign_in_needed", "请先登录，再继续。", "Please sign in to go on.", as_staff=False
        )
    return actor


def require_staff(institution_role: str, *roles: str) -> Actor:
    """The member of staff that is signed in. Raises SignInNeeded or Forbidden."""
    actor = current()
    if actor.kind != "staff":
        raise SignInNeeded(
            "sign_in_needed",
            "这一页面供机构人员使用，请先登录机构账号。",
            "This page is for staff of an institution; please sign in as staff.",
            as_staff=True,
        )
    if actor.institution_role != institution_role:
        raise Forbidden(
            "other_institution",
            "这一页面属于另一类机构，您的账号不能使用。",
            "This page belongs to another kind of institution than yours.",
        )
    if roles and not actor.roles.intersection(roles):
        raise Forbidden(
            "other_role",
            "这一步由本机构另一岗位的人员办理，您的账号不能办理。",
            "This step is for colleagues in another role; your account cannot do it.",
        )
    return actor


def safe_next(asked: str | None, otherwise: str = "/") -> str:
    """The path on this site to go to after signing in; anything else becomes `otherwise`."""
    if not asked or len(asked) > MAX_NEXT_CHARS or not asked.isprintable():
        return otherwise
    if not asked.startswith("/") or asked.startswith("//") or "\\" in asked or " " in asked:
        return otherwise
    try:
        parts = urlsplit(asked)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else asked


def cookie_name() -> str:
    """In production the name itself makes browsers insist on HTTPS, this host and all paths."""
    return f"{cookie_prefix()}diancang"


def cookie_prefix() -> str:
    """What names of this site's own cookies begin with."""
    return "__Host-" if current_app.config["SESSION_COOKIE_SECURE"] else ""


def _actor_of(token_hash: bytes) -> Actor:
    now = _now()
    with current_app.extensions["diancang"].database.read() as unit:
        found = unit.execute(
            select(Session, Account)
            .outerjoin(Account, Account.id == Session.account_id)
            .where(Session.token_hash == token_hash)
        ).one_or_none()
        if found is None or found[0].expires_at <= now:
            return NOBODY
        row, account = found
        actor = _account(account) if row.staff_id is None else _staff(unit, row.staff_id)
    if now - row.seen_at >= SEEN_EVERY_MS:
        with _begin() as unit:
            unit.execute(
                update(Session).where(Session.token_hash == token_hash).values(seen_at=now)
            )
    return actor


def _account(account: Account | None) -> Actor:
    if account is None or not account.open:
        return NOBODY
    return Actor("account", account.id, account.person_id)


def _staff(unit: Unit, staff_id: str) -> Actor:
    found = unit.execute(
        select(Staff, Institution)
        .join(Institution, Institution.id == Staff.institution_id)
        .where(Staff.id == staff_id, Staff.open)
    ).one_or_none()
    if found is None:
        return NOBODY
    staff, institution = found
    return Actor(
        "staff",
        staff.id,
        staff.id,
        institution.id,
        institution.role,
        Name(institution.name_zh, institution.name_en),
        frozenset((staff.role,)),
    )


def _end_this(unit: Unit) -> None:
    token = request.cookies.get(cookie_name(), "")
    if _TOKEN.fullmatch(token):
        unit.execute(delete(Session).where(Session.token_hash == _hash(token)))


def _signed_out(response: AnyResponse) -> AnyResponse:
    _forget_forms()
    g.actor = NOBODY
    response.delete_cookie(cookie_name(), **cookie_attributes())
    return response


def _forget_forms() -> None:
    form_session.clear()
    g.pop("csrf_token", None)


def cookie_attributes() -> dict[str, Any]:
    """Of cookies that only this site's own server reads."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    return {"path": "/", "httponly": True, "samesite": "Lax", "secure": secure}


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _now() -> int:
    return int(current_app.extensions["diancang"].clock.now_ms())


def _begin() -> Any:
    return current_app.extensions["diancang"].database.begin()
