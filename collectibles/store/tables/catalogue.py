"""What a museum has: objects, pictures of them, and series on the way to being published."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from collectibles.store.base import Base, Fen, Key, MaybeMoment, Moment, one_of


class MuseumObject(Base):
    """A physical thing in a collection, as its catalogue describes it. `terms` is the rights
    statement over its picture (see domain/catalogue.py)."""

    __tablename__ = "museum_object"
    __table_args__ = (UniqueConstraint("institution_id", "number"),)

    id: Mapped[Key]
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    number: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    artist: Mapped[str]
    object_name: Mapped[str]
    date: Mapped[str]
    period: Mapped[str]
    medium: Mapped[str]
    dimensions: Mapped[str]
    classification: Mapped[str]
    museum: Mapped[str]
    credit_line: Mapped[str]
    terms: Mapped[str]
    source_url: Mapped[str]
    imported_at: Mapped[Moment]


class Picture(Base):
    """A picture in the media store under its SHA-256, and whose it is."""

    __tablename__ = "picture"
    __table_args__ = (UniqueConstraint("institution_id", "digest"),)

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(index=True)
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    object_id: Mapped[str | None] = mapped_column(ForeignKey("museum_object.id"))
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    look: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    uploaded_at: Mapped[Moment]


class SeriesDraft(Base):
    """A series from draft to publication. `details` holds the fields of the ledger's series act
    that the curator fills in; the ledger's entry is what counts once it is published.

    draft → submitted → reviewed → published, or submitted → returned (with a remark) → draft.
    `reviewed_content` is the digest of what the second person saw: only that is published; `checks`
    what that person has checked.
    """

    __tablename__ = "series_draft"
    __table_args__ = (
        CheckConstraint(
            one_of("state", "draft", "submitted", "returned", "reviewed", "published"),
            name="state",
        ),
        CheckConstraint("edition_size > 0", name="edition_size"),
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> prepared_by", name="second_person"),
    )

    id: Mapped[Key]
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"), index=True)
    object_id: Mapped[str] = mapped_column(ForeignKey("museum_object.id"))
    picture: Mapped[str | None]
    state: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    edition_size: Mapped[int]
    price: Mapped[Fen]
    opens_at: Mapped[Moment]
    closes_at: Mapped[Moment]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    prepared_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    reviewed_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    reviewed_at: Mapped[MaybeMoment]
    reviewed_content: Mapped[str | None]
    checks: Mapped[list[str] | None] = mapped_column(ARRAY(String))
    remark: Mapped[str | None]
    series_entry: Mapped[int | None]
    minted: Mapped[int]
    form_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Moment]
    changed_at: Mapped[Moment]


class Edition(Base):
    """One edition to sell. Free rows are reserved with SKIP LOCKED; the ledger has the last word.

    Filled by a follower from mint entries; sold and gone follow the ledger.
    """

    __tablename__ = "edition"
    __table_args__ = (
        CheckConstraint(one_of("state", "free", "reserved", "sold", "gone"), name="state"),
        CheckConstraint("(state = 'reserved') = (order_id IS NOT NULL)", name="reserved_for"),
        Index(
            "ix_edition_free",
            "series",
            "number",
            postgresql_where=text("state = 'free'"),
        ),
    )

    series: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str]
    order_id: Mapped[str | None]
