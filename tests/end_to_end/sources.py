"""What the museum of the story brings: a real catalogue with pictures where they are at hand.

The real one (26 records) lies beside the project and never in it. Where it is absent, a made-up
one of the same shape stands in, with pictures that the project draws itself.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from collectibles.media.drawing import draw

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "museum"
COLUMNS = (
    "accession_number", "title", "title_zh", "artist", "object_name", "date", "period", "medium",
    "dimensions", "classification", "museum", "credit_line", "license", "source_url",
)  # fmt: skip
RECORDS = 26


@dataclass(frozen=True)
class Source:
    """A catalogue; the numbers of a free object and of one under CC BY-SA; two pictures."""

    real: bool
    catalogue: bytes
    free: str
    share_alike: str
    pictures: tuple[bytes, bytes]


def source() -> Source:
    """The real catalogue, else the made-up one."""
    if not (FOLDER / "catalogue.csv").is_file():
        return _made_up()
    catalogue = (FOLDER / "catalogue.csv").read_bytes()
    rows = list(csv.DictReader(io.StringIO(catalogue.decode("utf-8-sig"))))
    images = sorted((FOLDER / "images").glob("*.jpg"))
    return Source(
        True,
        catalogue,
        next(row["accession_number"] for row in rows if row["license"] == "CC0"),
        next(row["accession_number"] for row in rows if row["license"] == "CC BY-SA"),
        (images[0].read_bytes(), images[1].read_bytes()),
    )


def _made_up() -> Source:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for number in range(1, RECORDS + 1):
        terms = "CC BY-SA" if number == RECORDS else "CC0"
        writer.writerow(
            {
                "accession_number": f"2026.{number}",
                "title": f"Vase No. {number}",
                "title_zh": f"青花瓶之{number}",
                "museum": "Museum One",
                "license": terms,
            }
        )
    pictures = (draw("vase", 1, "photo"), draw("vase"))
    catalogue = out.getvalue().encode()
    return Source(False, catalogue, "2026.1", f"2026.{RECORDS}", pictures)
