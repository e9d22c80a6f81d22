"""What everybody can read: the foot of every page, labels and order, contrast, words for states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from sqlalchemy import CheckConstraint

from collectibles.services.context import Operator
from collectibles.store.schema import METADATA
from collectibles.web import static_files
from collectibles.web.states import STATES
from tests.web.base_site import Site


def permits(operator: Operator) -> list[str]:
    """What a page shows of the operator's permits."""
    return [permit.number for permit in operator.permits]


@pytest.fixture(scope="module")
def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(database_url, tmp_path_factory.mktemp("site"))
    yield made
    made.close()


def test_the_foot_says_who_runs_the_service_and_under_which_filing(site: Site) -> None:
    operator = site.parts.settings.operator
    for path in ("/", "/nowhere", "/gone/defect"):
        text = site.client("zh").get(path).text
        for shown in (operator.name.zh, operator.filing_number, *permits(operator)):
            assert shown in text
        assert '<p class="ribbon">' in text


def test_labels_ids_and_headings_of_a_page_are_in_order(site: Site) -> None:
    for path in ("/", "/order", "/nowhere", "/gone/refused"):
        text = site.client("en").get(path).text
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        for target in re.findall(r'<label[^>]*\sfor="([^"]+)"', text):
            assert target in ids
        for control in re.findall(r"<(?:input|select|textarea)[^>]*>", text):
            if 'type="hidden"' not in control:
                found = re.search(r'id="([^"]+)"', control)
                assert found is not None, control
                assert f'for="{found.group(1)}"' in text
        for picture in re.findall(r"<img[^>]*>", text):
            assert ' alt="' in picture
        levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
        if levels:
            assert levels.count(1) <= 1
            assert all(b - a <= 1 for a, b in pairwise(levels))


def _tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", css))


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_all_text_has_enough_contrast_in_light_and_dark() -> None:
    css = (static_files.FOLDER / "css" / "tokens.css").read_text("utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")
    day = _tokens(light)
    for tokens in (day, {**day, **_tokens(dark)}):
        for ground in ("paper", "sheet", "sunk"):
            for text in ("ink", "quiet", "cinnabar", "cinnabar-deep", "celadon", "ochre"):
                assert _contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)
            assert _contrast(tokens["edge"], tokens[ground]) >= 3, ground  # borders of controls
        for tone in ("cinnabar", "celadon", "ochre"):
            assert _contrast(tokens[tone], tokens[f"{tone}-wash"]) >= 4.5, tone
            assert _contrast(tokens["ink"], tokens[f"{tone}-wash"]) >= 4.5, tone
        for ground in ("seal", "seal-deep"):
            assert _contrast(tokens["on-seal"], tokens[ground]) >= 4.5, ground


def test_every_state_of_the_store_has_a_word_in_both_languages() -> None:
    known = 0
    for metadata in METADATA:
        for table in metadata.tables.values():
            for check in table.constraints:
                text = str(check.sqltext) if isinstance(check, CheckConstraint) else ""
                if text.startswith(("state IN", "outcome IN")):
                    for state in re.findall(r"'(\w+)'", text):
                        known += 1
                        if state not in ("free", "sold"):  # of editions: never shown as a badge
                            assert STATES[state].zh, (table.name, state)
                            assert STATES[state].en
    assert known > 20
