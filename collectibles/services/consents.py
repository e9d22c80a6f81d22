"""Consents as they were given: which text, in which version, when."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from collectibles.services.context import Context
from collectibles.store.tables.people import Consent


def record_consent(session: Session, account_id: str, kind: str, version: str, now: int) -> str:
    """Record a consent to `version` of the text of `kind`; one that stands already is kept.

    Returns its id. The caller's transaction holds the account.
    """
    standing = session.scalar(
        select(Consent.id).where(
            Consent.account_id == account_id,
            Consent.kind == kind,
            Consent.text_version == version,
            Consent.withdrawn_at.is_(None),
        )
    )
    if standing is not None:
        return standing
    given = Consent(
        id=f"consent-{secrets.token_hex(8)}",
        account_id=account_id,
        kind=kind,
        text_version=version,
        given_at=now,
        withdrawn_at=None,
    )
    session.add(given)
    session.flush()
    return given.id


def consents_of(ctx: Context, account_id: str) -> list[Consent]:
    """What this account consented to, newest first."""
    with ctx.database.begin() as session:
        rows = select(Consent).where(Consent.account_id == account_id)
        return list(session.scalars(rows.order_by(Consent.given_at.desc(), Consent.kind)))
