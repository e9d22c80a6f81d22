"""A series on its way: drafted by one person of the museum, handed in for review."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from collectibles.errors import BadInput, Conflict, NotFound
from collectibles.ledger import canonical
from collectibles.services.context import Context
from collectibles.store.tables.catalogue import MuseumObject, Picture, SeriesDraft

_COLUMNS: Final = (
    *("object_id", "picture", "title_zh", "title_en", "edition_size", "price"),
    *("opens_at", "closes_at", "details"),
)
#: What the ledger takes of an object's museum, number and title (domain/movements.py).
_LONGEST: Final = (("museum", 120), ("number", 80), ("title_zh", 200))


@dataclass(frozen=True, slots=True)
class Draft:
    """What a curator fills in. Price in fen; moments in milliseconds UTC.

    `derivation` says how the picture came from the object (creative_rework, new_work, raw_photo,
    raw_scan, replica_3d); `licence_rights` and dates are what the right holder granted, under
    `licence_reference`; `grants` what holders get; `ai` how far a generative model made it (none,
    assisted, generated; None: not declared yet); `underlying` what stands behind the series,
    `arrangements` what comes with it besides; `price_statement` how the price came about.
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
    ai: str | None
    underlying: str
    arrangements: tuple[str, ...]
    price_statement: str

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
            "ai": self.ai,
            "underlying": self.underlying,
            "arrangements": list(self.arrangements),
            "price_statement": self.price_statement,
        }


def draft_series(ctx: Context, institution: str, staff: str, draft: Draft, form_key: str) -> str:
    """Keep a new draft; returns the series' identifier. The same form again is the same draft.

    Raises BadInput naming the field that does not fit; Conflict if the same form comes again with
    other content, for then it is not the draft that would be returned.
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
        found = session.scalars(select(SeriesDraft).where(SeriesDraft.form_key == form_key)).one()
        untouched = found.state == "draft" and found.changed_at == found.created_at
        if found.institution_id != institution or (untouched and not _same(found, draft)):
            raise Conflict(
                "form_used",
                "这张表单已经保存过一份草稿，内容与这次不同；请在系列列表中打开那份草稿修改。",
                "This form has kept a draft already, with other content; open that draft in the"
                " list of series and change it there.",
            )
        return found.id


def change_draft(
    ctx: Context,
    institution: str,
    series: str,
    staff: str,
    draft: Draft,
    seen: str | None = None,
) -> None:
    """Replace a draft's content; whoever changes it last has prepared it.

    `seen` is the `mark` of the draft as the form showed it. Raises NotFound, BadInput, or Conflict
    if it is not a draft (any more) or somebody else has changed it since.
    """
    _check(ctx, institution, draft)
    with ctx.database.begin() as session:
        found = _locked(session, institution, series)
        if found.state not in ("draft", "returned"):
            raise _not_a_draft()
        if _same(found, draft):
            return
        if seen is not None and seen != mark(found):
            raise Conflict(
                "changed_meanwhile",
                "您打开表单之后，另一位同事修改了这份草稿。请在新窗口打开草稿核对，再重新修改。",
                "A colleague has changed this draft since you opened the form. Look at it in"
                " another window, then make your changes again.",
            )
        found.state, found.prepared_by = "draft", staff
        found.changed_at = ctx.clock.now_ms()
        for name, value in _columns(draft).items():
            setattr(found, name, value)


def submit_draft(ctx: Context, institution: str, series: str) -> None:
    """Hand a draft in for review by a second person. Again is harmless.

    Raises NotFound, or Conflict once it is past review.
    """
    with ctx.database.begin() as session:
        found = _locked(session, institution, series)
        if found.state == "submitted":
            return
        if found.state not in ("draft", "returned"):
            raise _not_a_draft()
        found.state, found.changed_at = "submitted", ctx.clock.now_ms()


def mark(found: SeriesDraft) -> str:
    """A short digest of a draft's content: the same as long as nobody changes it."""
    columns = {name: getattr(found, name) for name in _COLUMNS}
    return hashlib.sha256(canonical.encode(columns)).hexdigest()[:16]


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


def _locked(session: Session, institution: str, series: str) -> SeriesDraft:
    """The museum's series, its row locked until the transaction ends."""
    found = session.get(SeriesDraft, series, with_for_update=True)
    if found is None or found.institution_id != institution:
        raise NotFound("no_series", "没有这个系列。", "There is no such series.")
    return found


def _not_a_draft() -> Conflict:
    return Conflict(
        "not_a_draft",
        "该系列已送审或已发布，不能再修改。",
        "This series is under review or published and cannot be changed now.",
    )


def _same(found: SeriesDraft, draft: Draft) -> bool:
    return all(getattr(found, name) == value for name, value in _columns(draft).items())


def _columns(draft: Draft) -> dict[str, Any]:
    details = draft.details()
    return {name: details if name == "details" else getattr(draft, name) for name in _COLUMNS}


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
        _check_object(thing)
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
    if draft.licence_ends_at is not None and draft.licence_ends_at <= (
        draft.licence_starts_at or 0
    ):
        raise BadInput(
            "licence_ends_at",
            "licence_term",
            "授权结束应晚于授权开始。",
            "The licence must end after it begins.",
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


def _check_object(thing: MuseumObject) -> None:
    for name, longest in _LONGEST:
        if len(getattr(thing, name)) > longest:
            raise BadInput(
                "object_id",
                "object_text_too_long",
                f"这件藏品的目录文字过长（{name}超过{longest}字），请在目录中改短后重新导入。",
                f"This object's catalogue text is too long ({name} has more than {longest}"
                " characters); shorten it in the catalogue and import it again.",
            )
