"""A museum's catalogue into the service: all of the file's records, or none."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from collectibles.domain.catalogue import MuseumObject as Record
from collectibles.domain.catalogue import parse_catalogue
from collectibles.domain.rights import RightsStatement
from collectibles.domain.sheet import Problem
from collectibles.services.context import Context
from collectibles.store.tables.catalogue import MuseumObject

#: Rights statements as series and rules name them.
TERMS = {
    RightsStatement.CC0: "cc0",
    RightsStatement.PUBLIC_DOMAIN: "public_domain",
    RightsStatement.CC_BY: "cc_by",
    RightsStatement.CC_BY_SA: "cc_by_sa",
    RightsStatement.RESERVED: "all_rights_reserved",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """How many objects were new and how many changed, or what stands in the way."""

    new: int
    changed: int
    problems: list[Problem]


def import_catalogue(ctx: Context, institution: str, data: bytes) -> Imported:
    """Read a CSV file (bytes as uploaded) into the museum's objects.

    With any problem nothing is imported. The same file again changes nothing; a changed record
    replaces the one of the same number.
    """
    records, problems = parse_catalogue(data)
    if problems:
        return Imported(0, 0, problems)
    now = ctx.clock.now_ms()
    rows = [_row(institution, record, now) for record in records]
    with ctx.database.begin() as session:
        count = select(func.count()).where(MuseumObject.institution_id == institution)
        before = session.scalar(count) or 0
        for start in range(0, len(rows), 500):
            statement = insert(MuseumObject).values(rows[start : start + 500])
            new = statement.excluded
            kept = ("id", "institution_id", "number", "imported_at")
            fields = [c.name for c in MuseumObject.__table__.columns if c.name not in kept]
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=["institution_id", "number"],
                    set_={name: new[name] for name in fields},
                )
            )
        after = session.scalar(count) or 0
    return Imported(after - before, len(rows) - (after - before), [])


def _row(institution: str, record: Record, now: int) -> dict[str, object]:
    values = asdict(record)
    rights = values.pop("rights")
    number = values.pop("accession_number")
    title_en, title_zh = values.pop("title"), values.pop("title_zh")
    return {
        **values,
        "id": f"o-{secrets.token_hex(6)}",
        "institution_id": institution,
        "number": number,
        "title_zh": title_zh or title_en,
        "title_en": title_en or title_zh,
        "terms": TERMS[rights],
        "imported_at": now,
    }
