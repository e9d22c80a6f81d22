"""Held movements as the compliance officers' queue shows them, rulings asked for, and appeals."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from collectibles.store.base import Base, Key, MaybeMoment, Moment, one_of


class HoldRow(Base):
    """One hold, by its ledger entry: a projection. `edition` 0 is none, `account_id` the account
    concerned, `other_id` the other side. `cause` is the order, offer or refund it came from.

    `officers` is how many a permit needs; None for a hold that needs one and knows no appeal (those
    made under the first release of the rulebook). `appeal_*` are of the appeal, `appeal_ruling`
    permit or refuse once it has been ruled on.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint(
            one_of("state", "open", "permit", "refuse", "lapse", "withdraw"), name="state"
        ),
        Index("ix_hold_state", "state", "until"),
        Index("ix_hold_account", "account_id", "at"),
        Index("ix_hold_other", "other_id", "at"),
        Index("ix_hold_cause", "cause"),
        Index(
            "ix_hold_appeal",
            "appeal_at",
            postgresql_where=text("appeal_entry IS NOT NULL AND appeal_ruling IS NULL"),
        ),
    )

    entry: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    kind: Mapped[str]
    series: Mapped[str]
    edition: Mapped[int]
    account_id: Mapped[str | None]
    other_id: Mapped[str | None]
    cause: Mapped[str]
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    until: Mapped[Moment]
    officers: Mapped[int | None]
    state: Mapped[str]
    ruling_entry: Mapped[int | None]
    ruled_at: Mapped[MaybeMoment]
    ruled_by: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    strike: Mapped[bool]
    appeal_entry: Mapped[int | None]
    appeal_at: Mapped[MaybeMoment]
    appeal_ruling: Mapped[str | None]
    outcome_entry: Mapped[int | None]
    outcome_at: Mapped[MaybeMoment]


class RulingRequest(Base):
    """A ruling as one officer asks for it; confirmed by a second where a permit needs two.

    asked → confirmed (with the ledger's `entry`) or declined; confirmed → failed where the ledger
    could not take it any more, with the sentence that says why. `appeal` is the appeal it is on.
    """

    __tablename__ = "ruling_request"
    __table_args__ = (
        CheckConstraint(one_of("ruling", "permit", "refuse"), name="ruling"),
        CheckConstraint(one_of("state", "asked", "confirmed", "declined", "failed"), name="state"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="second_officer"),
        Index(
            "uq_ruling_request_open",
            "hold",
            unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
    )

    id: Mapped[Key]
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    hold: Mapped[int]
    appeal: Mapped[int | None]
    ruling: Mapped[str]
    reasons: Mapped[str]
    strike: Mapped[bool]
    officers: Mapped[int]
    state: Mapped[str]
    asked_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    form_key: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[Moment]
    decided_at: Mapped[MaybeMoment]
    entry: Mapped[int | None] = mapped_column(index=True)
    problem_zh: Mapped[str | None]
    problem_en: Mapped[str | None]


class Appeal(Base):
    """What somebody writes against a refusal: sealed here, its salted digest on the ledger.

    `entry` is the ledger's once it is recorded; `problem_*` says why it could not be.
    """

    __tablename__ = "appeal"
    __table_args__ = (UniqueConstraint("hold"),)

    id: Mapped[Key]
    hold: Mapped[int]
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    salt: Mapped[str]
    digest: Mapped[str]
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    form_key: Mapped[str]
    received_at: Mapped[Moment]
    entry: Mapped[int | None]
    problem_zh: Mapped[str | None]
    problem_en: Mapped[str | None]
