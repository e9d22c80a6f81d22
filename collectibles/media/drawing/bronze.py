"""A bronze tripod with thunder patterns under green patina, and its shadow in lacquer and gold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from PIL import Image

from collectibles.media.drawing import ornament, studio
from collectibles.media.drawing.brush import (
    SIZE,
    Plate,
    Point,
    bevel,
    blur,
    both,
    curve,
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
    (0, 372),
    (10, 378),
    (30, 376),
    (36, 352),
    (60, 346),
    (200, 356),
    (330, 352),
    (430, 310),
    (500, 220),
    (536, 110),
    (548, 60),
)
_LEG = ((0, 70), (80, 66), (220, 52), (330, 46), (400, 54), (430, 62), (446, 60))
_LIGHT = Light(ambient=0.5, diffuse=0.75, shine=0.3, hardness=14, rim=0.2)
_TOP = 520


def photo(rng: Random) -> Image.Image:
    """The tripod on the studio's ground."""
    image = studio.ground("#bdb9b2", horizon=0.7)
    metal = _patina(rng)
    bowl = Body(_BOWL, top=_TOP, tilt=0.12)
    legs = [Body(_LEG, x=x, top=top, tilt=0.14) for x, top in ((800, 900), (560, 930), (1040, 930))]
    masks = [leg.mask() for leg in legs]
    for leg in legs:
        studio.contact(image, leg.x, leg.top + leg.height, 80)
    darken(image, fade(blur(shape(ellipse(820, 1385, 420, 60)), 40), 0.6), "#5a554e")
    for leg, mask in zip(legs, masks, strict=True):
        left = round(leg.x) - 200
        skin = metal.resize(
            (SIZE, leg.height), Image.Resampling.BICUBIC, (left, 900, left + 260, 1346)
        )
        body = leg.render(skin, _LIGHT)
        if leg is legs[0]:
            darken(body, mask, "#6a6a66")
        image.paste(body, (0, 0), mask)
    for x in (520, 1080):
        _put_handle(image, metal, x)
    wall = metal.crop((0, 0, SIZE, bowl.height))
    image.paste(bowl.render(_cast(wall, bowl.aspect(200)), _LIGHT), (0, 0), bowl.mask())
    rim, hollow = shape(bowl.mouth()), shape(bowl.mouth(24))
    lighten(metal, fade(glow(520, 480, 300, 60), 0.5), "#cfe3c8")
    image.paste(metal, (0, 0), rim)
    lay(image, gradient((0.28, "#10140f"), (0.35, "#3c473b")), hollow)
    return studio.finish(image, rng)


def _patina(rng: Random) -> Image.Image:
    """Bronze gone brown and green: earth, malachite, a little azurite."""
    image = gradient((0, "#6d7359"), (1, "#545a45"))
    cloud, fine = noise(rng, 5, 4), noise(rng, 30, 3)
    lay(image, "#4f7f68", level(cloud, 100, 175), 0.8)
    lay(image, "#86b79b", both(level(cloud, 130, 190), level(fine, 120, 190)), 0.8)
    lay(image, "#7a5c39", both(level(cloud, 120, 60), level(fine, 90, 190)), 0.75)
    lay(image, "#34566b", level(noise(rng, 12), 178, 215), 0.4)
    return uneven(image, fine, 0.22)


def _cast(drawing: Image.Image, wide: float) -> Image.Image:
    """The bowl's wall: masks between thunder patterns, raised."""
    ground, relief = Plate(*drawing.size), Plate(*drawing.size)
    size = 38
    for row in range(6):
        for index in range(round(SIZE / size / wide) + 1):
            x = index * size * wide
            line = ornament.meander(0, 70 + row * (size + 3), size - 6, 1 if index % 2 else -1)
            ground.line([(x + px * wide, py) for px, py in line], 2.2)
    for x in (280, 800, 1320):
        _beast(relief, x, 198, 1, wide)
    for height, width in ((52, 7), (330, 7), (344, 4)):
        relief.line([(0, height), (SIZE, height)], width)
    figure = relief.mask()
    lines = without(ground.mask(), level(blur(figure, 4), 20, 40))
    darken(drawing, fade(lines, 0.62), "#20281d")
    lighten(drawing, fade(moved(lines, 2, 2), 0.18), "#c6dcc0")
    darken(drawing, fade(without(blur(moved(figure, 4, 6), 5), figure), 0.75), "#151a12")
    light, shade = bevel(figure, 3, 2)
    lighten(drawing, level(light, 0, 90), "#7f927a")
    darken(drawing, level(shade, 0, 110), "#2c352a")
    return drawing


def _beast(plate: Plate, x: float, y: float, size: float, wide: float) -> None:
    """The mask with two eyes that bronzes have looked out with for three thousand years."""

    def put(points: Sequence[Point], hand: int) -> list[Point]:
        return [(x + hand * px * size * wide, y + py * size) for px, py in points]

    for hand in (-1, 1):
        for line, widths in (
            (
                ((14, -58), (34, -96), (84, -112), (134, -96), (142, -58), (108, -44), (90, -66)),
                (10, 24, 24, 16),
            ),
            (((20, -26), (52, -44), (98, -38), (132, -8), (138, 20)), (8, 20, 18, 6)),
            (((26, 52), (62, 48), (112, 54), (142, 82), (122, 108), (98, 92)), (12, 20, 20, 10)),
            (((100, 26), (124, 30), (146, 44)), (4, 12, 6)),
        ):
            plate.stroke(put(curve(line), hand), [width * size for width in widths])
        for fang in ([(34, 58), (56, 58), (42, 100)], [(70, 60), (86, 60), (80, 88)]):
            plate.shape(put(fang, hand))
        for reach, tone in ((1, 255), (0.66, 60), (0.36, 255)):
            eye = ellipse(68, 6, 34 * reach, 21 * reach, 40)
            plate.shape(put(eye, hand), tone)
        plate.shape(put(ellipse(16, 44, 15, 11, 24), hand))
    ridge = [(-5, -118), (5, -118), (8, 0), (13, 40), (0, 62), (-13, 40), (-8, 0)]
    plate.shape(put(ridge, 1))


def _handle(x: float, y: float) -> tuple[list[Point], list[Point]]:
    outer = [
        (x - 66, y),
        (x - 74, y - 150),
        (x - 52, y - 176),
        (x + 52, y - 176),
        (x + 74, y - 150),
        (x + 66, y),
    ]
    inner = [(x - 30, y), (x - 34, y - 128), (x + 34, y - 128), (x + 30, y)]
    return outer, inner


def _put_handle(image: Image.Image, metal: Image.Image, x: float) -> None:
    outer, inner = _handle(x, _TOP + 24)
    loop = without(shape(outer), shape(inner))
    light, shade = bevel(loop, 7, 4)
    worked = metal.copy()
    lighten(worked, level(light, 0, 110), "#93a78c")
    darken(worked, level(shade, 0, 120), "#20261d")
    lay(image, "#2b3327", moved(loop, 12, -7))
    image.paste(worked, (0, 0), loop)


def rework(rng: Random) -> Image.Image:
    """The tripod as black lacquer inlaid with gold, before a red disc, smoke rising from it."""
    image = uneven(
        gradient((0, "#0e2c2a"), (0.7, "#1d5a50"), (1, "#0b2422")), noise(rng, 5, 4), 0.12
    )
    sun = shape(ellipse(800, 700, 500, 500))
    lay(image, uneven(gradient((0.1, "#d9542f"), (0.75, "#a52a22")), noise(rng, 7, 4), 0.14), sun)
    rings = Plate()
    for index in range(44):
        angle = 2 * math.pi * index / 44
        x, y = 800 + 585 * math.cos(angle), 700 + 585 * math.sin(angle)
        line = ornament.meander(-32, -32, 64)
        cos, sin = math.cos(angle + math.pi / 2), math.sin(angle + math.pi / 2)
        rings.line([(x + px * cos - py * sin, y + px * sin + py * cos) for px, py in line], 4)
    for reach in (530, 640):
        rings.line(ellipse(800, 700, reach, reach, 200), 4, closed=True)
    lay(image, "#d7b25e", rings.mask(), 0.75)
    _smoke(image, rng)
    bright = uneven(gradient((0.3, "#f6dd9c"), (0.9, "#bb8936")), noise(rng, 40), 0.3)
    for outline, inner in _silhouettes():
        solid = without(shape(outline), shape(inner)) if inner else shape(outline)
        darken(image, fade(blur(moved(solid, 0, 18), 22), 0.5))
        lay(image, gradient((0.4, "#191d1b"), (0.9, "#070908")), solid)
        gold = Plate().line(outline, 4, closed=True)
        if inner:
            gold.line(inner, 4)
        lay(image, bright, gold.mask())
    gold = Plate()
    for x, size in ((470, 0.94), (800, 1.06), (1130, 0.94)):
        _beast(gold, x, 858, size, 1)
    for height, reach in ((700, 348), (716, 348), (1000, 350), (1016, 348)):
        gold.line([(800 - reach, height), (800 + reach, height)], 4)
    lay(image, bright, both(gold.mask(), shape(_outline(_BOWL, 800, 640))))
    return grain(image, rng, 4)


def _outline(profile: tuple[Point, ...], x: float, top: float) -> list[Point]:
    line = curve(profile)
    return [(x + r, top + h) for h, r in line] + [(x - r, top + h) for h, r in line[::-1]]


def _silhouettes() -> list[tuple[list[Point], list[Point]]]:
    """From back to front: (outline, what is open within it)."""
    handles = [_handle(x, 662) for x in (520, 1080)]
    legs: list[tuple[list[Point], list[Point]]] = [
        (_outline(_LEG, x, 1010), []) for x in (545, 1055)
    ]
    return [*handles, *legs, (_outline(_BOWL, 800, 640), []), (_outline(_LEG, 800, 1040), [])]


def _smoke(image: Image.Image, rng: Random) -> None:
    """Three clouds, drawn as incense burners have them: lines that part and roll up."""
    plate = Plate()
    for x, height, sway in ((650, 400, -1), (800, 520, 1), (960, 360, 1)):
        for line in range(4):
            path = []
            for n in range(60):
                t = n / 59
                swing = math.sin(t * 5) * 70 * t * sway
                path.append((x + line * 16 * (1 - t * 0.2) * sway + swing, 640 - t * height))
            (end_x, end_y), reach = path[-1], 84 - 12.8 * line
            for n in range(1, 50):
                shrink = reach * (1 - n / 70)
                angle = n / 49 * 2.1 * math.pi
                roll = reach - shrink * math.cos(angle)
                path.append((end_x + sway * roll, end_y - shrink * math.sin(angle)))
            plate.line(path, rng.uniform(4, 5))
    lay(image, "#f5e3b5", plate.mask(), 0.92)
