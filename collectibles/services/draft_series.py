"""A series on its way: drafted by one person of the museum, handed in for review."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from collectibles.errors import BadInput, Conflict, NotFound
from collectibles.services.context import Context
from collectibles.store.tables.catalogue import MuseumObject, Picture, SeriesDraft


@dataclass(frozen=True, slots=True)
class Draft:
    """What a curator fills in. Price in fen; moments in milliseconds UTC.

    `derivation` says how the picture came from the object (creative_rework, new_work, raw_photo,
    raw_scan, replica_3d); `licence_rights` and dates are what the right holder granted, under
    `licence_reference`; `grants` what holders get; `ai_used` whether a generative model made any
    of it (None: not declared yet).
    """

    object_id: str
    picture: str
    title_zh: str
    title_en: str
    derivation: str
    adaptor: str
    creative_statement: str
    right_holder: str
    licence_reference: str
    licence_rights: tuple[str, ...]
    licence_starts_at: int | None
    licence_ends_at: int | None
    offered_terms: str
    grants: tuple[str, ...]
    edition_size: int
    price: int
    opens_at: int
    closes_at: int
    ai_used: bool | None

    def details(self) -> dict[str, Any]:
        """The fields that only the ledger's act and the pages read."""
        return {
            "derivation": self.derivation,
            "adaptor": self.adaptor,
            "creative_statement": self.creative_statement,
            "right_holder": self.right_holder,
            "licence_reference": self.licence_reference,
            "licence_rights": list(self.licence_rights),
            "licence_starts_at": self.licence_starts_at,
            "licence_ends_at": self.licence_ends_at,
            "offered_terms": self.offered_terms,
            "grants": list(self.grants),
            "ai_used": self.ai_used,
        }


def draft_series(ctx: Context, institution: str, staff: str, draft: Draft, form_key: str) -> str:
    """Keep a new draft; returns the series' identifier. The same form again is the same draft.

    Raises BadInput naming the field that does not fit.
    """
    _check(ctx, institution, draft)
    now = ctx.clock.now_ms()
    with ctx.database.begin() as session:
        session.execute(
            insert(SeriesDraft)
            .values(
                id=f"s-{secrets.token_hex(6)}",
                institution_id=institution,
                state="draft",
                prepared_by=staff,
                minted=0,
                form_key=form_key,
                created_at=now,
                changed_at=now,
                **_columns(draft),
            )
            .on_conflict_do_nothing(index_elements=["form_key"])
        )
        found = session.scalars(
            select(SeriesDraft).where(
                SeriesDraft.form_key == form_key, SeriesDraft.institution_id == institution
            )
        ).one()
        return found.id


def change_draft(ctx: Context, institution: str, series: str, staff: str, draft: Draft) -> None:
    """Replace a draft's content; whoever changes it last has prepared it.

    Raises NotFound, BadInput, or Conflict if it is not a draft (any more).
    """
    _check(ctx, institution, draft)
    _move(
        ctx,
        institution,
        series,
        ("draft", "returned"),
        state="draft",
        prepared_by=staff,
        **_columns(draft),
    )


def submit_draft(ctx: Context, institution: str, series: str) -> None:
    """Hand a draft in for review by a second person. Again is harmless."""
    _move(ctx, institution, series, ("draft", "returned", "submitted"), state="submitted")


def get_draft(ctx: Context, institution: str, series: str) -> SeriesDraft:
    """The museum's series. Raises NotFound for another museum's."""
    with ctx.database.begin() as session:
        found = session.get(SeriesDraft, series)
        if found is None or found.institution_id != institution:
            raise NotFound("no_series", "没有这个系列。", "There is no such series.")
        return found


def drafts_of(ctx: Context, institution: str) -> list[SeriesDraft]:
    """The museum's series, the last changed first."""
    with ctx.database.begin() as session:
        wanted = select(SeriesDraft).where(SeriesDraft.institution_id == institution)
        return list(session.scalars(wanted.order_by(SeriesDraft.changed_at.desc())))


def _move(
    ctx: Context, institution: str, series: str, allowed: tuple[str, ...], **values: Any
) -> None:
    get_draft(ctx, institution, series)
    with ctx.database.begin() as session:
        moved = session.execute(
            update(SeriesDraft)
            .where(SeriesDraft.id == series, SeriesDraft.state.in_(allowed))
            .values(changed_at=ctx.clock.now_ms(), **values)
        )
        if moved.rowcount != 1:  # type: ignore[attr-defined]
            raise Conflict(
                "not_a_draft",
                "该系列已送审或已发布，不能再修改。",
                "This series is under review or published and cannot be changed now.",
            )


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "object_id": draft.object_id,
        "picture": draft.picture,
        "title_zh": draft.title_zh,
        "title_en": draft.title_en,
        "edition_size": draft.edition_size,
        "price": draft.price,
        "opens_at": draft.opens_at,
        "closes_at": draft.closes_at,
        "details": draft.details(),
    }


def _check(ctx: Context, institution: str, draft: Draft) -> None:
    with ctx.database.begin() as session:
        thing = session.get(MuseumObject, draft.object_id)
        if thing is None or thing.institution_id != institution:
            raise BadInput(
                "object_id",
                "no_object",
                "请选择本馆的一件藏品。",
                "Choose an object of your museum.",
            )
        owned = select(Picture.id).where(
            Picture.institution_id == institution, Picture.digest == draft.picture
        )
        if session.scalar(owned) is None:
            raise BadInput(
                "picture",
                "no_picture",
                "请先上传图片，再选择它。",
                "Upload a picture first, then choose it.",
            )
    if not 1 <= draft.edition_size <= 1_000_000:
        raise BadInput(
            "edition_size",
            "edition_size",
            "发行量应为1至1,000,000的整数。",
            "The edition size is a whole number from 1 to 1,000,000.",
        )
    if draft.price < 1:
        raise BadInput("price", "price", "价格至少为0.01元。", "The price is at least 0.01 yuan.")
    if draft.closes_at <= draft.opens_at:
        raise BadInput(
            "closes_at",
            "window",
            "发售结束时间应晚于开始时间。",
            "The sale must end after it begins.",
        )
