"""Admit a museum or a regulator: a member of the ledger, with a hosted key and its own staff."""

from __future__ import annotations

import secrets

from sqlalchemy.dialects.postgresql import insert
from werkzeug.security import generate_password_hash

from collectibles.domain.movements import Movement
from collectibles.ledger.keys import SigningKey
from collectibles.services.context import Context
from collectibles.services.signing import seal_seed
from collectibles.store.tables.institutions import Institution, Staff
from compliance.rule import Text


def admit_institution(
    ctx: Context, identifier: str, role: str, name: Text, merchant: str | None = None
) -> None:
    """Make `identifier` a member with a hosted key; doing it again changes nothing, whatever is
    said then. After a crash in between it finishes what it began.

    `role` is operator, museum or regulator; `merchant` its own account at the payment provider,
    where it sells. The operator is a member since the ledger's first entry and gets no key here.
    """
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
                data_key=data_key,
                seed=sealed,
            )
            .on_conflict_do_nothing()
        )
        kept = session.get_one(Institution, identifier)
        data_key, sealed, role = kept.data_key, kept.seed, kept.role
        name = Text(kept.name_zh, kept.name_en)
    if data_key is not None and sealed is not None:
        seed = ctx.vault.open(data_key, f"institution.seed:{identifier}", sealed)
        key = SigningKey(bytes.fromhex(seed))
        act = {
            "member": identifier,
            "name": {"zh": name.zh, "en": name.en},
            "roles": [role],
            "algorithm": key.algorithm,
            "key": key.public,
            "custody": "hosted",
        }
        operator = ctx.settings.operator_id
        ctx.ledger.submit(Movement("member", f"member-{identifier}", operator, act))


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
