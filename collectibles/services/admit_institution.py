"""Admit a museum or a regulator: a member of the ledger, with a hosted key and its own staff."""

from __future__ import annotations

import secrets

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from werkzeug.security import generate_password_hash

from collectibles.domain.identity import parse_uscc
from collectibles.domain.movements import Movement
from collectibles.errors import NotFound
from collectibles.ledger.keys import SigningKey
from collectibles.services.context import Context
from collectibles.services.deciding import submit
from collectibles.services.signing import seal_seed
from collectibles.store.tables.institutions import Institution, Staff
from compliance.rule import Text


def admit_institution(
    ctx: Context,
    identifier: str,
    role: str,
    name: Text,
    merchant: str | None = None,
    uscc: str = "",
) -> None:
    """Make `identifier` a member with a hosted key; doing it again changes nothing, whatever is
    said then. After a crash in between it finishes what it began.

    `role` is operator, museum or regulator; `merchant` its own account at the payment provider,
    where it sells; `uscc` its unified social credit code, which whoever admits a museum has just
    compared with its licence. The operator is a member since the ledger's first entry and gets no
    key here. Raises BadInput for a museum's malformed code, Refused with the rules' reasons.
    """
    if role == "museum":
        uscc = parse_uscc(uscc)
    data_key = sealed = None
    if role != "operator":
        data_key, sealed = seal_seed(ctx, identifier, secrets.token_bytes(32))
    with ctx.database.begin() as session:
        session.execute(
            insert(Institution)
            .values(
                id=identifier,
                role=role,
                name_zh=name.zh,
                name_en=name.en,
                merchant=merchant,
                uscc=uscc,
                checked_at=ctx.clock.now_ms(),
                data_key=data_key,
                seed=sealed,
            )
            .on_conflict_do_nothing()
        )
    _attest(ctx, identifier)


def institutions(ctx: Context) -> list[Institution]:
    """All institutions, in order of their identifiers."""
    with ctx.database.begin() as session:
        return list(session.scalars(select(Institution).order_by(Institution.id)))


def check_institution(ctx: Context, identifier: str, uscc: str) -> None:
    """Say that a museum's licence has just been looked at again, and that its code is `uscc`.

    E-Commerce Law Art. 27: whoever lets others sell checks regularly who they are. Raises BadInput
    for a malformed code, NotFound, Refused.
    """
    code = parse_uscc(uscc)
    with ctx.database.begin() as session:
        known = session.scalar(
            update(Institution)
            .where(Institution.id == identifier, Institution.role == "museum")
            .values(uscc=code, checked_at=ctx.clock.now_ms())
            .returning(Institution.id)
        )
    if known is None:
        raise NotFound("no_museum", "没有这家博物馆。", "There is no such museum.")
    _attest(ctx, identifier)


def _attest(ctx: Context, identifier: str) -> None:
    """Bring the ledger to what the row of an institution with a key says."""
    with ctx.database.begin() as session:
        kept = session.get_one(Institution, identifier)
    if kept.data_key is None or kept.seed is None:
        return
    seed = ctx.vault.open(kept.data_key, f"institution.seed:{identifier}", kept.seed)
    key = SigningKey(bytes.fromhex(seed))
    act = {
        "member": identifier,
        "name": {"zh": kept.name_zh, "en": kept.name_en},
        "roles": [kept.role],
        "algorithm": key.algorithm,
        "key": key.public,
        "custody": "hosted",
        "uscc": kept.uscc,
        "checked_at": kept.checked_at,
    }
    op_id = f"member-{identifier}-{kept.checked_at}"
    submit(ctx, Movement("member", op_id, ctx.settings.operator_id, act))


def admit_staff(ctx: Context, institution: str, login: str, role: str, password: str) -> str:
    """Give a person of an institution a sign-in; returns the random tag they act under.

    The same login again keeps its tag and password.
    """
    with ctx.database.begin() as session:
        session.execute(
            insert(Staff)
            .values(
                id=f"staff-{secrets.token_hex(6)}",
                institution_id=institution,
                login=login,
                password=generate_password_hash(password),
                role=role,
                open=True,
                created_at=ctx.clock.now_ms(),
            )
            .on_conflict_do_nothing(index_elements=["login"])
        )
        found = session.query(Staff).filter_by(login=login).one()
        return found.id
