"""A celadon bowl whose glaze has crackled, and the sky after rain it is named for."""

from __future__ import annotations

import math
from random import Random

from PIL import Image

from collectibles.media.drawing import studio
from collectibles.media.drawing.brush import (
    SIZE,
    Plate,
    Point,
    blur,
    both,
    darken,
    ellipse,
    fade,
    glow,
    gradient,
    grain,
    lay,
    level,
    lighten,
    moved,
    noise,
    shape,
    uneven,
    without,
)
from collectibles.media.drawing.turned import Body, Light

_BOWL = (
    (0, 470),
    (14, 474),
    (60, 462),
    (150, 420),
    (250, 340),
    (330, 240),
    (372, 184),
    (400, 178),
    (452, 186),
    (460, 182),
)


def photo(rng: Random) -> Image.Image:
    """The bowl on the studio's ground, seen a little from above."""
    image = studio.ground("#c9c5be", horizon=0.6)
    body = Body(_BOWL, top=640, tilt=0.26)
    mask = body.mask()
    studio.stand(image, mask, body.x, body.top + body.height + 26, 186)
    drawing = uneven(body.drawing((166, 199, 180)), noise(rng, 4, 3, (SIZE, body.height)), 0.1)
    lay(drawing, "#b7a98a", _row(drawing, 0, 14), 0.55)
    lay(drawing, "#7f6a50", _row(drawing, 446, 460), 0.9)
    cracks = crackle(rng, (0, 0, SIZE, body.height), 5200)
    plate = Plate(*drawing.size)
    for index, line in enumerate(cracks):
        plate.line(line, 1.6 if index % 4 else 2.6)
    lay(drawing, "#55664f", plate.mask(), 0.5)
    image.paste(
        body.render(drawing, Light(ambient=0.56, diffuse=0.62, shine=0.45, hardness=40)),
        (0, 0),
        mask,
    )
    _inside(image, body, rng)
    lighten(image, both(fade(glow(560, 860, 60, 150), 0.5), mask))
    return studio.finish(image, rng)


def _row(drawing: Image.Image, top: int, bottom: int) -> Image.Image:
    mask = Image.new("L", drawing.size)
    mask.paste(255, (0, top, SIZE, bottom))
    return blur(mask, 4)


def _inside(image: Image.Image, body: Body, rng: Random) -> None:
    """The hollow of the bowl: darker on the side of the light, glaze pooled at the bottom."""
    rim, hollow = shape(body.mouth()), shape(body.mouth(11))
    lay(image, "#a58f6c", rim)
    lighten(image, both(fade(glow(480, 560, 240, 70), 0.8), rim))
    well = uneven(
        gradient((0.3, "#5f7c6b"), (0.42, "#8fb09c"), (0.48, "#b9d2c1")), noise(rng, 4), 0.08
    )
    plate = Plate()
    x, y, reach = body.x, body.top, body.radius(0)
    for index, line in enumerate(crackle(rng, (-1, -1, 1, 1), 0.012)):
        bent = [_on_bowl(px, py) for px, py in line]
        bent = [(x + px * reach, y + 26 + py * reach * body.tilt * 0.94) for px, py in bent]
        plate.line(bent, 1.3 if index % 4 else 2.2)
    lay(well, "#4c5d47", plate.mask(), 0.5)
    darken(well, glow(600, 560, 420, 150), "#7d9484")
    darken(well, fade(glow(800, 730, 190, 44), 0.8), "#7d9a86")
    lighten(well, fade(glow(1010, 690, 220, 60, 1.6), 0.7), "#e8f3ea")
    image.paste(well, (0, 0), hollow)
    lighten(image, fade(without(hollow, moved(hollow, 0, 5)), 0.35))


def _on_bowl(x: float, y: float) -> Point:
    """A point of the unit square, drawn towards the middle as the hollow recedes."""
    reach = min(1.0, math.hypot(x, y))
    pull = 0.62 + 0.38 * reach
    return x * pull, y * pull + 0.34 * (1 - reach * reach)


def crackle(rng: Random, box: tuple[float, float, float, float], area: float) -> list[list[Point]]:
    """Cracks as glaze makes them: each piece breaks across until none is larger than `area`.

    The long cracks come first, and each ends at an earlier one.
    """
    left, top, right, bottom = box
    pieces: list[list[Point]] = [[(left, top), (right, top), (right, bottom), (left, bottom)]]
    lines: list[list[Point]] = []
    while pieces:
        piece = pieces.pop(0)
        if _area(piece) < area * rng.uniform(0.5, 1.6):
            continue
        lengths = [math.dist(piece[n - 1], piece[n]) for n in range(len(piece))]
        first = lengths.index(max(lengths))
        rest = [n for n in range(len(piece)) if n != first]
        second = max(rest, key=lambda n: lengths[n] * rng.uniform(0.6, 1.4))
        a = _along(piece[first - 1], piece[first], rng.uniform(0.34, 0.66))
        b = _along(piece[second - 1], piece[second], rng.uniform(0.34, 0.66))
        low, high, start, end = (first, second, a, b) if first < second else (second, first, b, a)
        pieces.append([start, *piece[low:high], end])
        pieces.append([end, *piece[high:], *piece[:low], start])
        middle = _along(a, b, 0.5)
        bend = math.sqrt(_area(piece)) * 0.05
        lines.append(
            [a, (middle[0] + rng.uniform(-bend, bend), middle[1] + rng.uniform(-bend, bend)), b]
        )
    return lines


def _area(piece: list[Point]) -> float:
    pairs = zip(piece, piece[1:] + piece[:1], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def _along(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def rework(rng: Random) -> Image.Image:
    """Blue where the clouds part, and one half-round of glaze with its cracks mended in gold."""
    image = gradient((0, "#e9e4d8"), (0.3, "#d5dcd2"), (0.62, "#9fbcb2"), (1, "#5f8a86"))
    for y, rx, ry, share in ((250, 900, 120, 0.7), (420, 1100, 110, 0.6), (150, 700, 90, 0.5)):
        cloud = both(
            glow(rng.uniform(300, 1300), y, rx, ry), level(noise(rng, 4, 4, tall=0.3), 90, 190)
        )
        lighten(image, fade(cloud, share), "#ffffff")
    lay(image, "#f2b98a", shape(ellipse(1120, 430, 120, 120)), 0.9)
    rings = Plate()
    for reach in range(560, 1000, 66):
        rings.line(ellipse(800, 820, reach, reach), 2, closed=True)
    lay(image, "#ffffff", both(rings.mask(), level(glow(800, 820, 1100), 20, 200)), 0.5)
    half = [p for p in ellipse(800, 820, 560, 560, 400) if p[1] >= 819]
    bowl = shape([*half, (240, 820)])
    darken(image, fade(blur(moved(bowl, 0, 40), 46), 0.45), "#20403f")
    body = uneven(
        gradient((0.5, "#c4ddcf"), (0.7, "#86ada0"), (0.88, "#4f7f78")), noise(rng, 5, 4), 0.12
    )
    lighten(body, fade(glow(560, 980, 330, 420), 0.6), "#dff0e6")
    darken(body, fade(glow(1200, 1150, 460, 520), 0.7), "#4b7670")
    fine, gold = Plate(), Plate()
    for index, line in enumerate(crackle(rng, (200, 800, 1400, 1400), 9000)):
        (gold if index < 11 else fine).line(line, 6 - index / 3 if index < 11 else 1.6)
    lay(body, "#2f5551", fine.mask(), 0.42)
    lay(body, "#7a5a1e", moved(gold.mask(), 2, 3), 0.6)
    lay(body, gradient((0.5, "#f4d98f"), (0.9, "#c9963c")), gold.mask())
    image.paste(body, (0, 0), bowl)
    lay(image, "#e9c877", Plate().line([(240, 820), (1360, 820)], 7).mask())
    foot = shape([(640, 1362), (960, 1362), (930, 1420), (670, 1420)])
    lay(image, gradient((0.84, "#3f6a64"), (0.9, "#2c4f4b")), without(foot, bowl))
    return grain(image, rng, 4)
