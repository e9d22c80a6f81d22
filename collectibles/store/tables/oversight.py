"""The regulator's desk, complaints, and what followers make of the ledger for the pages."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from collectibles.store.base import Base, Key, MaybeMoment, Moment, one_of


class RestraintRequest(Base):
    """A freeze or release asked for by one officer, to be confirmed by another.

    asked → confirmed (with the ledger's `entry`) or declined; confirmed → failed where the ledger
    could not take it any more, with the sentence that says why.
    """

    __tablename__ = "restraint_request"
    __table_args__ = (
        CheckConstraint(one_of("action", "freeze", "release"), name="action"),
        CheckConstraint(one_of("scope", "account", "series", "collectible"), name="scope"),
        CheckConstraint(one_of("state", "asked", "confirmed", "declined", "failed"), name="state"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="second_officer"),
    )

    id: Mapped[Key]
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    action: Mapped[str]
    scope: Mapped[str]
    subject: Mapped[str]
    document: Mapped[str]
    authority: Mapped[str]
    basis: Mapped[str]
    until: Mapped[MaybeMoment]
    state: Mapped[str]
    asked_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    form_key: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[Moment]
    decided_at: Mapped[MaybeMoment]
    entry: Mapped[int | None]
    problem_zh: Mapped[str | None]
    problem_en: Mapped[str | None]


class Complaint(Base):
    """A complaint from anybody. `subject` is one of a list; text and contact are sealed."""

    __tablename__ = "complaint"
    __table_args__ = (CheckConstraint(one_of("state", "open", "answered"), name="state"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    form_key: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str]
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)
    look_up: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]
    answer: Mapped[str | None]
    made_at: Mapped[Moment]
    due_at: Mapped[Moment]
    answered_at: Mapped[MaybeMoment]
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))


class Follower(Base):
    """How far each follower has read the ledger: the index of the next entry."""

    __tablename__ = "follower"

    name: Mapped[Key]
    next_index: Mapped[int]


class Holding(Base):
    """Who holds which collectible: a projection of the ledger, for collection pages."""

    __tablename__ = "holding"
    __table_args__ = (Index("ix_holding_account", "account_id", "since"),)

    series: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[str | None]
    how: Mapped[str]
    since: Mapped[Moment]
    entry: Mapped[int]


class Trail(Base):
    """Every entry that concerns a collectible, or a whole series (edition 0)."""

    __tablename__ = "trail"

    series: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]


class DecisionRow(Base):
    """Every decision on the ledger, for the regulator's filters: a projection."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_at", "at"),
        Index("ix_decision_outcome", "outcome", "at"),
        Index("ix_decision_account", "account_id", "at"),
        Index("ix_decision_subject", "series", "edition", "at"),
        Index("ix_decision_codes", "codes", postgresql_using="gin"),
    )

    entry: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    kind: Mapped[str]
    outcome: Mapped[str]
    series: Mapped[str]
    edition: Mapped[int]
    account_id: Mapped[str | None]
    amount: Mapped[int]
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
