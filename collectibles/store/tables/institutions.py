"""Institutions that are members of the ledger, and the staff who act for them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from collectibles.store.base import Base, Key, MaybeMoment, Moment, one_of


class Institution(Base):
    """A museum, a regulator or the operator. `id` is its member identifier on the ledger.

    `uscc` is its unified social credit code, `checked_at` when its licence was last verified.
    `seed` is its hosted signing key, sealed; `merchant` its own account at the payment provider.
    """

    __tablename__ = "institution"
    __table_args__ = (
        CheckConstraint(one_of("role", "operator", "museum", "regulator"), name="role"),
    )

    id: Mapped[Key]
    role: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    merchant: Mapped[str | None]
    uscc: Mapped[str] = mapped_column(server_default="")
    checked_at: Mapped[MaybeMoment]
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    seed: Mapped[bytes | None] = mapped_column(LargeBinary)


class Staff(Base):
    """A person acting for an institution, known everywhere by the random tag `id` only.

    `role`: curator prepares, reviewer reviews and publishes, officer acts for a regulator,
    operator runs the service, compliance rules on what is held. `password` is a salted hash.
    """

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(
            one_of("role", "curator", "reviewer", "officer", "operator", "compliance"), name="role"
        ),
    )

    id: Mapped[Key]
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    login: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    role: Mapped[str]
    open: Mapped[bool]
    created_at: Mapped[Moment]
