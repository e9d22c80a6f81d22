"""A jade disc with a field of raised grains, and discs of light laid one over another."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageChops

from collectibles.media.drawing import ornament, studio
from collectibles.media.drawing.brush import (
    Plate,
    bevel,
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

_X, _Y = 800.0, 740.0


def photo(rng: Random) -> Image.Image:
    """The disc upright before dark cloth."""
    image = studio.ground("#6d706d", horizon=0.78)
    disc = _ring(_X, _Y, 520, 150)
    shadow = blur(moved(disc, 34, 46), 34)
    darken(image, fade(shadow, 0.72), "#0d0f0e")
    stone = _stone(rng)
    relief = Plate()
    _grains(relief, 250, 420)
    grains = relief.mask()
    rims = Plate()
    for reach in (505, 452, 216, 165):
        rims.line(ellipse(_X, _Y, reach, reach, 240), 9 if reach in (505, 165) else 6, closed=True)
    raised = ImageChops.lighter(grains, rims.mask())
    darken(stone, fade(without(blur(moved(raised, 4, 5), 5), raised), 0.55), "#3f4d35")
    light, shade = bevel(raised, 4, 3)
    lighten(stone, level(light, 0, 120), "#c8d3b4")
    darken(stone, level(shade, 0, 140), "#66755a")
    light, shade = bevel(disc, 10, 6)
    lighten(stone, level(light, 0, 150), "#eef3dc")
    darken(stone, level(shade, 0, 130), "#46533c")
    image.paste(stone, (0, 0), disc)
    lighten(image, both(fade(glow(560, 480, 330, 250, 1.5), 0.42), disc), "#f4f7e6")
    through = both(glow(1080, 1010, 420, 360), disc)
    lighten(image, fade(through, 0.45), "#b9cf8f")
    return studio.finish(image, rng)


def _ring(x: float, y: float, outer: float, inner: float) -> Image.Image:
    return without(shape(ellipse(x, y, outer, outer, 300)), shape(ellipse(x, y, inner, inner, 200)))


def _stone(rng: Random) -> Image.Image:
    """Nephrite: pale green, cloudy, with veins and the brown of long burial."""
    image = uneven(gradient((0.1, "#a9b891"), (0.9, "#8fa37c")), noise(rng, 5, 4), 0.16)
    lay(image, "#dfe3c6", level(noise(rng, 6, 5), 150, 205), 0.65)
    vein = noise(rng, 4, 5)
    lay(image, "#56683f", both(level(vein, 118, 128), level(vein, 140, 129)), 0.55)
    burial = both(level(noise(rng, 3, 5), 148, 190), level(noise(rng, 60, 2), 60, 150))
    lay(image, "#7b4e22", burial, 0.75)
    lay(image, "#3d2712", both(burial, level(noise(rng, 9, 4), 140, 190)), 0.6)
    return image


def _grains(plate: Plate, inner: float, outer: float) -> None:
    """Rows of grains around the middle, each a small comma, every second row between the first."""
    rows = 5
    for row in range(rows):
        reach = inner + (outer - inner) * row / (rows - 1)
        count = round(2 * math.pi * reach / 52)
        for n in range(count):
            angle = 2 * math.pi * (n + 0.5 * (row % 2)) / count
            x, y = _X + reach * math.cos(angle), _Y + reach * math.sin(angle)
            plate.disc(x, y, 13.5)
            tail = []
            for step in range(9):
                a = angle + 0.6 + step * 0.34
                far = 12 + step * 1.1
                tail.append((x + far * math.cos(a), y + far * math.sin(a)))
            plate.stroke(tail, [9, 6, 2])


def rework(rng: Random) -> Image.Image:
    """Five discs as five lights: where they lie over each other, another green appears."""
    image = uneven(gradient((0, "#f3eee1"), (1, "#e4ddc9")), noise(rng, 7, 4), 0.06)
    fine = Plate()
    for reach in range(180, 1100, 46):
        fine.line(ellipse(800, 800, reach, reach, 260), 1.4, closed=True)
    lay(image, "#8d9a7d", fine.mask(), 0.45)
    places = (
        *((560, 560, 430, 126, "#9cc3a0"), (1060, 540, 360, 104, "#d8b56a")),
        *((1010, 1030, 450, 132, "#4f9a86"), (520, 1090, 340, 98, "#b9cf9a")),
        *((800, 800, 300, 88, "#1f6b62"),),
    )
    for middle, height, outer, inner, colour in places:
        x, y = middle + rng.uniform(-24, 24), height + rng.uniform(-24, 24)
        disc = _ring(x, y, outer, inner)
        darken(image, fade(without(blur(moved(disc, 10, 16), 20), disc), 0.22), "#4d5a4a")
        glass = uneven(Image.new("RGB", image.size, "#ffffff"), noise(rng, 4, 4), 0.1)
        lay(glass, colour, Image.new("L", image.size, 205))
        image.paste(ImageChops.multiply(image, glass), (0, 0), disc)
        light, shade = bevel(disc, 6, 4)
        lighten(image, level(light, 0, 170), "#fffdf2")
        darken(image, level(shade, 0, 200), "#6f8a72")
        gold = Plate()
        for reach in (outer - 14, inner + 14):
            gold.line(ellipse(x, y, reach, reach, 240), 2.4, closed=True)
        _border(gold, x, y, (outer + inner) / 2, (outer - inner) * 0.2)
        bright = gradient((0.2, "#f6e3ad"), (0.8, "#c99b4a"))
        lay(image, bright, both(gold.mask(), disc), 0.85)
    return grain(image, rng, 4)


def _border(plate: Plate, x: float, y: float, reach: float, size: float) -> None:
    """Squared spirals around a disc."""
    count = max(8, round(2 * math.pi * reach / (size * 1.5)))
    for n in range(count):
        angle = 2 * math.pi * n / count
        cos, sin = math.cos(angle + math.pi / 2), math.sin(angle + math.pi / 2)
        cx, cy = x + reach * math.cos(angle), y + reach * math.sin(angle)
        line = ornament.meander(-size / 2, -size / 2, size, 1 if n % 2 else -1)
        plate.line([(cx + px * cos - py * sin, cy + px * sin + py * cos) for px, py in line], 2.4)
