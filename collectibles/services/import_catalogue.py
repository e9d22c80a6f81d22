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
from collectibles.errors import BadInput
from collectibles.services.context import Context
from collectibles.store.tables.catalogue import MuseumObject
from collectibles.store.tables.institutions import Institution

#: Rights statements as series and rules name them.
TERMS = {
    RightsStatement.CC0: "cc0",
    RightsStatement.PUBLIC_DOMAIN: "public_domain",
    RightsStatement.CC_BY: "cc_by",
    RightsStatement.CC_BY_SA: "cc_by_sa",
    RightsStatement.RESERVED: "all_rights_reserved",
}
#: Rows of one INSERT: 17 values each, PostgreSQL takes 65,535.
_ROWS = 500
_NOT_COMPARED = ("id", "institution_id", "number", "imported_at")


@dataclass(frozen=True, slots=True)
class Imported:
    """How many objects were new, how many changed, how many stayed as they were; or what stands
    in the way, and then nothing was imported."""

    new: int
    changed: int
    unchanged: int
    problems: list[Problem]


def import_catalogue(ctx: Context, institution: str, data: bytes) -> Imported:
    """Read a CSV file (bytes as uploaded) into the museum's objects.

    With any problem nothing is imported. A record that differs replaces the one of the same number;
    the same file again changes nothing. Objects that are not in the file stay. Raises BadInput for
    an institution that is no museum here.
    """
    records, problems = parse_catalogue(data)
    if problems:
        return Imported(0, 0, 0, problems)
    now = ctx.clock.now_ms()
    rows = [_row(institution, record, now) for record in records]
    written = 0
    with ctx.database.begin() as session:
        museum = session.get(Institution, institution, with_for_update=True)
        if museum is None or museum.role != "museum":
            raise BadInput(
                "museum",
                "no_museum",
                f"没有编号为“{institution[:64]}”的博物馆。",
                f"There is no museum called “{institution[:64]}” here.",
            )
        count = select(func.count()).where(MuseumObject.institution_id == institution)
        before = session.scalar(count) or 0
        for start in range(0, len(rows), _ROWS):
            statement = insert(MuseumObject).values(rows[start : start + _ROWS])
            new = statement.excluded
            table = MuseumObject.__table__.columns
            fields = [column.name for column in table if column.name not in _NOT_COMPARED]
            differs = [table[name].is_distinct_from(new[name]) for name in fields]
            changed = differs[0]
            for other in differs[1:]:
                changed = changed | other
            done = session.execute(
                statement.on_conflict_do_update(
                    index_elements=["institution_id", "number"],
                    set_={name: new[name] for name in (*fields, "imported_at")},
                    where=changed,
                ).returning(MuseumObject.id)
            )
            written += len(done.all())
        added = (session.scalar(count) or 0) - before
    return Imported(added, written - added, len(rows) - written, [])


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
