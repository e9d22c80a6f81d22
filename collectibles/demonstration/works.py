"""The museums' works: catalogues, pictures drawn by the project itself, and series of them."""

from __future__ import annotations

import csv
import io
import secrets
from dataclasses import dataclass

from sqlalchemy import select

from collectibles.demonstration.stage import DAY_MS, Stage
from collectibles.media.drawing import draw
from collectibles.services.add_picture import add_picture
from collectibles.services.draft_series import Draft, draft_series, submit_draft
from collectibles.services.import_catalogue import import_catalogue
from collectibles.services.publish_series import CHECKS, mint, publish_series
from collectibles.services.review_series import approve
from collectibles.store.tables.catalogue import MuseumObject

_COLUMNS = (
    "accession_number",
    "title",
    "title_zh",
    "object_name",
    "period",
    "medium",
    "museum",
    "license",
)
_CATALOGUES = {
    "museum-heyuan": (
        ("HY-0012", "Blue-and-white vase with a flowering branch", "青花折枝花卉瓶", "Vase",
         "Ming style", "Porcelain, underglaze blue", "Heyuan Museum", "Public domain"),
        ("HY-0047", "Bronze ding with a beast mask", "兽面纹青铜鼎", "Tripod",
         "Shang style", "Bronze", "Heyuan Museum", "Public domain"),
        ("HY-0103", "Three-colour jar", "三彩罐", "Jar", "Tang style",
         "Earthenware, three-colour glaze", "Heyuan Museum", "CC0"),
        ("HY-0188", "Celadon bowl with a crackled glaze", "青瓷开片碗", "Bowl", "Song style",
         "Stoneware, celadon glaze", "Heyuan Museum", "Public domain"),
        ("HY-0230", "Jade disc", "谷纹玉璧", "Disc", "Han style", "Jade", "Heyuan Museum",
         "CC BY-SA"),
    ),
    "museum-yunling": (
        ("YL-3", "Mountains in mist", "云山图", "Hanging scroll", "Song style", "Ink on silk",
         "Yunling Gallery", "Public domain"),
        ("YL-8", "Pine under the moon", "松月图", "Album leaf", "Yuan style", "Ink on paper",
         "Yunling Gallery", "CC0"),
        ("YL-21", "Lotus after rain", "雨荷图", "Fan", "Qing style", "Ink and colour on silk",
         "Yunling Gallery", "Public domain"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """A series of the demonstration: which museum, object and drawing, and how it is sold."""

    museum: str
    number: str
    drawing: str
    title_zh: str
    title_en: str
    statement: str
    edition_size: int
    price: int
    opens_in_days: float
    open_for_days: float
    variant: str = "rework"
    derivation: str = "creative_rework"
    offered_terms: str = "all_rights_reserved"


def import_catalogues(stage: Stage) -> None:
    """Both museums' catalogues, by the same code a museum uses."""
    for museum, rows in _CATALOGUES.items():
        text = io.StringIO()
        csv.writer(text).writerows((_COLUMNS, *rows))
        done = import_catalogue(stage.ctx, museum, text.getvalue().encode())
        assert not done.problems, done.problems[0]


def prepare(stage: Stage, work: Work) -> str:
    """Draw, upload, draft, hand in and review a series; its identifier. Not published yet."""
    ctx, now = stage.ctx, stage.clock.now_ms()
    short = work.museum.removeprefix("museum-")
    curator, reviewer = stage.staff[f"{short}-curator"], stage.staff[f"{short}-reviewer"]
    with ctx.database.begin() as session:
        thing = session.scalars(
            select(MuseumObject).where(
                MuseumObject.institution_id == work.museum, MuseumObject.number == work.number
            )
        ).one()
    picture = draw(work.drawing, variant=work.variant)
    digest = add_picture(ctx, work.museum, curator, picture, thing.id)
    opens = now + int(work.opens_in_days * DAY_MS)
    draft = Draft(
        object_id=thing.id,
        picture=digest,
        title_zh=work.title_zh,
        title_en=work.title_en,
        derivation=work.derivation,
        adaptor="馆内设计组 / the museum's design studio",
        creative_statement=work.statement,
        right_holder=thing.museum,
        licence_reference=f"LIC-{work.number}",
        licence_rights=("reproduction", "network_transmission", "adaptation"),
        licence_starts_at=now - DAY_MS,
        licence_ends_at=now + 3650 * DAY_MS,
        offered_terms=work.offered_terms,
        grants=("display", "personal_study"),
        edition_size=work.edition_size,
        price=work.price,
        opens_at=opens,
        closes_at=opens + int(work.open_for_days * DAY_MS),
        ai="none",
        underlying="creative_work",
        arrangements=(),
        price_statement="按设计、授权与制作成本定价 / priced by design, licence and making",
    )
    series = draft_series(ctx, work.museum, curator, draft, secrets.token_hex(11))
    submit_draft(ctx, work.museum, series)
    stage.clock.advance_ms(3_600_000)
    approve(ctx, work.museum, series, reviewer, CHECKS)
    return series


def issue(stage: Stage, work: Work) -> str:
    """Prepare, publish and mint a series; its identifier."""
    series = prepare(stage, work)
    publish_series(stage.ctx, work.museum, series)
    mint(stage.ctx, work.museum, series, work.edition_size)
    return series
