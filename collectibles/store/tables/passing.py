"""Passing on: offers of gifts by one-time link, and resales at cost to a named person."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from collectibles.store.base import Base, Fen, Key, MaybeMoment, Moment, one_of


class GiftOffer(Base):
    """A gift offered by link. Only the link's SHA-256 is kept; one open offer a collectible.

    `to_account` is set, at `claimed_at`, while somebody's acceptance is asked of the ledger; each
    such attempt has its number, so that a refused one can be mended and tried again.
    """

    __tablename__ = "gift_offer"
    __table_args__ = (
        CheckConstraint(
            one_of("state", "offered", "given", "withdrawn", "refused", "lapsed"), name="state"
        ),
        Index(
            "uq_gift_offer_open",
            "series",
            "edition",
            unique=True,
            postgresql_where=text("state = 'offered'"),
        ),
    )

    id: Mapped[Key]
    series: Mapped[str]
    edition: Mapped[int]
    from_account: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    to_account: Mapped[str | None] = mapped_column(ForeignKey("account.id"), index=True)
    link_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    state: Mapped[str]
    attempt: Mapped[int]
    form_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    claimed_at: Mapped[MaybeMoment]
    ended_at: Mapped[MaybeMoment]
    entry: Mapped[int | None]


class ResaleOffer(Base):
    """A holder's offer to one named person, at cost. The person is named by their phone.

    offered → reserved (on the ledger) → settling (the former payment, `former_refund`, is on its
    way back) → posted; offered → declined, withdrawn, lapsed; reserved, settling → voiding (money
    and collectible stay as they were; the ledger is being told) → voided.
    """

    __tablename__ = "resale_offer"
    __table_args__ = (
        CheckConstraint(
            one_of(
                "state",
                "offered",
                "reserved",
                "settling",
                "posted",
                "declined",
                "withdrawn",
                "lapsed",
                "voiding",
                "voided",
            ),
            name="state",
        ),
        CheckConstraint("consideration > 0", name="consideration"),
        Index(
            "uq_resale_offer_open",
            "series",
            "edition",
            unique=True,
            postgresql_where=text("state IN ('offered', 'reserved', 'settling', 'voiding')"),
        ),
    )

    id: Mapped[Key]
    series: Mapped[str]
    edition: Mapped[int]
    from_account: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    to_phone_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    to_account: Mapped[str | None] = mapped_column(ForeignKey("account.id"), index=True)
    consideration: Mapped[Fen]
    state: Mapped[str]
    attempt: Mapped[int]
    form_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    claimed_at: Mapped[MaybeMoment]
    ended_at: Mapped[MaybeMoment]
    former_refund: Mapped[str | None]
    reserve_entry: Mapped[int | None]
    post_entry: Mapped[int | None]
