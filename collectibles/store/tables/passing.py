"""Passing on: offers of gifts by one-time link, and resales at cost to a named person."""

from __future__ import annotations

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from collectibles.store.base import Base, Fen, Key, MaybeMoment, Moment, one_of


class GiftOffer(Base):
    """A gift offered by link. Only the link's SHA-256 is kept; one open offer a collectible.

    `to_account` is set, at `claimed_at`, while somebody's acceptance is asked of the ledger; each
    such attempt has its number, so that a refused one can be mended and tried again. `device` is
    the tag of the giver's device; `note` the giver's words, sealed under `note_key`, `note_found`
    the kinds of solicitation found in them; `wait_hours` what the recipient was told at the claim
    of how long it is kept before it may be given on.
    """

    __tablename__ = "gift_offer"
    __table_args__ = (
        CheckConstraint(
            one_of("state", "offered", "held", "given", "withdrawn", "refused", "lapsed"),
            name="state",
        ),
        Index(
            "uq_gift_offer_open",
            "series",
            "edition",
            unique=True,
            postgresql_where=text("state IN ('offered', 'held')"),
        ),
    )

    id: Mapped[Key]
    series: Mapped[str]
    edition: Mapped[int]
    from_account: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    to_account: Mapped[str | None] = mapped_column(ForeignKey("account.id"), index=True)
    link_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    device: Mapped[str | None]
    wait_hours: Mapped[int | None]
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    note_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    note_found: Mapped[list[str]] = mapped_column(ARRAY(String))
    state: Mapped[str]
    attempt: Mapped[int]
    form_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    claimed_at: Mapped[MaybeMoment]
    ended_at: Mapped[MaybeMoment]
    hold_entry: Mapped[int | None]
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
                "held",
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
            postgresql_where=text(
                "state IN ('offered', 'held', 'reserved', 'settling', 'voiding')"
            ),
        ),
    )

    id: Mapped[Key]
    series: Mapped[str]
    edition: Mapped[int]
    from_account: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    to_phone_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    to_account: Mapped[str | None] = mapped_column(ForeignKey("account.id"), index=True)
    consideration: Mapped[Fen]
    device: Mapped[str | None]
    wait_hours: Mapped[int | None]
    state: Mapped[str]
    attempt: Mapped[int]
    form_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    claimed_at: Mapped[MaybeMoment]
    ended_at: Mapped[MaybeMoment]
    hold_entry: Mapped[int | None]
    former_refund: Mapped[str | None]
    reserve_entry: Mapped[int | None]
    post_entry: Mapped[int | None]
