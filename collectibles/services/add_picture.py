"""A picture from a museum: checked, made safe to show, kept under its digest."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from collectibles.errors import NotFound
from collectibles.media.container import read_header
from collectibles.media.pictures import difference_hash
from collectibles.services.context import Context
from collectibles.store.tables.catalogue import MuseumObject, Picture


def add_picture(
    ctx: Context, institution: str, staff: str, data: bytes, object_id: str | None = None
) -> str:
    """Keep an uploaded picture for a museum, of one of its objects if named; its digest.

    Raises BadInput for what is no safe picture, NotFound for an object the museum does not have.
    The same picture again is the same digest; an object named then replaces the one before.
    """
    with ctx.database.begin() as session:
        if object_id is not None:
            found = session.get(MuseumObject, object_id)
            if found is None or found.institution_id != institution:
                raise NotFound("no_object", "没有这件藏品。", "There is no such object.")
    digest = ctx.media.put(data)
    header = read_header(data)
    look = difference_hash(ctx.media.read(digest, 320))
    statement = insert(Picture).values(
        id=f"p-{secrets.token_hex(6)}",
        digest=digest,
        institution_id=institution,
        object_id=object_id,
        media_type=header.kind,
        width=header.width,
        height=header.height,
        look=look.to_bytes(32, "big"),
        uploaded_by=staff,
        uploaded_at=ctx.clock.now_ms(),
    )
    statement = statement.on_conflict_do_update(
        index_elements=["institution_id", "digest"],
        set_={"object_id": statement.excluded.object_id},
        where=statement.excluded.object_id.is_not(None),
    )
    with ctx.database.begin() as session:
        session.execute(statement)
    return digest


def pictures_of(
    ctx: Context, institution: str, most: int = 500, after: int = 0
) -> list[tuple[Picture, MuseumObject | None]]:
    """The museum's pictures, newest first, each with its object; `after` so many."""
    wanted = (
        select(Picture, MuseumObject)
        .outerjoin(MuseumObject, MuseumObject.id == Picture.object_id)
        .where(Picture.institution_id == institution)
        .order_by(Picture.uploaded_at.desc(), Picture.id)
        .offset(after)
        .limit(most)
    )
    with ctx.database.begin() as session:
        return [(row[0], row[1]) for row in session.execute(wanted)]
