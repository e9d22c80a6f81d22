"""What tests of museums do over and over: a catalogue, a picture, a draft, a series on the ledger.

Everything goes through the services a museum's people use.
"""

from __future__ import annotations

import csv
import functools
import io
import secrets
from dataclasses import replace
from typing import Any

from PIL import Image
from sqlalchemy import select

from collectibles.services.add_picture import add_picture
from collectibles.services.draft_series import Draft, draft_series, submit_draft
from collectibles.services.import_catalogue import import_catalogue
from collectibles.services.publish_series import CHECKS, mint, publish_series
from collectibles.services.review_series import approve
from collectibles.store.tables.catalogue import MuseumObject
from tests.service import Service

HOUR = 3_600_000
DAY = 24 * HOUR
MUSEUM = "museum-1"
COLUMNS = ("accession_number", "title", "title_zh", "museum", "license")
OBJECTS = (
    ("A-1", "Vase", "瓶", "甲博物馆", "CC0"),
    ("A-2", "Scroll", "山水卷", "甲博物馆", "CC BY-SA"),
    ("A-3", "Bowl", "碗", "甲博物馆", "保留所有权利"),
)


def catalogue(*rows: tuple[str, ...], columns: tuple[str, ...] = COLUMNS) -> bytes:
    """A CSV file with these rows, as a spreadsheet program writes it."""
    out = io.StringIO()
    csv.writer(out).writerows((columns, *rows))
    return out.getvalue().encode()


@functools.cache
def picture(width: int = 96, height: int = 64) -> bytes:
    """A small picture, quickly taken."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(out, "PNG")
    return out.getvalue()


def object_id(service: Service, number: str, museum: str = MUSEUM) -> str:
    with service.ctx.database.begin() as session:
        return session.scalars(
            select(MuseumObject.id).where(
                MuseumObject.institution_id == museum, MuseumObject.number == number
            )
        ).one()


def another_draft(service: Service, **changes: Any) -> Draft:
    """As `a_draft`, with a picture of its own."""
    draft = a_draft(service, **changes)
    curator = service.staff["curator"]
    return replace(draft, picture=add_picture(service.ctx, MUSEUM, curator, picture(97, 64)))


def stock(service: Service) -> str:
    """The catalogue and one picture of museum-1; the picture's digest."""
    done = import_catalogue(service.ctx, MUSEUM, catalogue(*OBJECTS))
    assert not done.problems, done.problems
    return add_picture(service.ctx, MUSEUM, service.staff["curator"], picture())


def a_draft(service: Service, number: str = "A-1", **changes: Any) -> Draft:
    """A draft that the rulebook permits, with `changes`; its sale opens in an hour."""
    digest, now = stock(service), service.clock.now_ms()
    draft = Draft(
        object_id=object_id(service, number),
        picture=digest,
        title_zh="缠枝新绘",
        title_en="Scrolls anew",
        derivation="creative_rework",
        adaptor="馆内设计组",
        creative_statement="以原作纹样为本，重绘并重新设色",
        right_holder="甲博物馆",
        licence_reference="L-2026-1",
        licence_rights=("reproduction", "network_transmission", "adaptation"),
        licence_starts_at=now - DAY,
        licence_ends_at=None,
        offered_terms="all_rights_reserved",
        grants=("display", "personal_study"),
        edition_size=5,
        price=19_900,
        opens_at=now + HOUR,
        closes_at=now + 10 * DAY,
        ai="none",
        underlying="creative_work",
        arrangements=(),
        price_statement="按设计与制作成本定价",
    )
    return replace(draft, **changes)


def reviewed(service: Service, draft: Draft) -> str:
    """The draft kept, handed in, and passed by the second person; the series."""
    ctx, staff = service.ctx, service.staff
    series = draft_series(ctx, MUSEUM, staff["curator"], draft, secrets.token_urlsafe(16))
    submit_draft(ctx, MUSEUM, series)
    approve(ctx, MUSEUM, series, staff["reviewer"], CHECKS)
    return series


def published(service: Service, size: int = 5, **changes: Any) -> str:
    """A series on the ledger with all its editions minted; its sale opens in an hour."""
    series = reviewed(service, a_draft(service, edition_size=size, **changes))
    publish_series(service.ctx, MUSEUM, series)
    mint(service.ctx, MUSEUM, series, size)
    return series
