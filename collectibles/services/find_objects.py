"""A museum's objects: found by words or by number."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from collectibles.errors import BadInput
from collectibles.services.context import Context
from collectibles.store.tables.catalogue import MuseumObject, Picture


def find_objects(
    ctx: Context, institution: str, words: str = "", after: int = 0, most: int = 50
) -> list[MuseumObject]:
    """The museum's objects by number, at most `most`, `after` so many; with `words` those whose
    number, title or artist has them."""
    wanted = select(MuseumObject).where(MuseumObject.institution_id == institution)
    if words:
        table = MuseumObject
        fields = (table.number, table.title_zh, table.title_en, table.artist)
        wanted = wanted.where(or_(*(each.icontains(words, autoescape=True) for each in fields)))
    with ctx.database.begin() as session:
        ordered = wanted.order_by(MuseumObject.number).offset(after).limit(most)
        return list(session.scalars(ordered))


def get_object(ctx: Context, institution: str, object_id: str) -> MuseumObject:
    """An object of the museum, by the identifier a draft of the museum has."""
    with ctx.database.begin() as session:
        found = session.get_one(MuseumObject, object_id)
    assert found.institution_id == institution, "a draft is about its own museum's object"
    return found


def object_id_of(ctx: Context, institution: str, number: str) -> str:
    """The object of the museum with this number. Raises BadInput for the field `number`."""
    wanted = select(MuseumObject.id).where(
        MuseumObject.institution_id == institution, MuseumObject.number == number
    )
    with ctx.database.begin() as session:
        found = session.scalar(wanted)
    if found is None:
        raise BadInput(
            "number",
            "no_object",
            "贵馆目录中没有这个总登记号；请照目录填写，或先导入目录。",
            "Your catalogue has no object of this number; write it as in the catalogue, or import"
            " the catalogue first.",
        )
    return found


def count_holdings(ctx: Context, institution: str) -> tuple[int, int]:
    """How many objects and how many pictures the museum has here."""
    with ctx.database.begin() as session:
        objects, pictures = (
            session.scalar(
                select(func.count()).select_from(table).where(table.institution_id == institution)
            )
            for table in (MuseumObject, Picture)
        )
    return objects or 0, pictures or 0
