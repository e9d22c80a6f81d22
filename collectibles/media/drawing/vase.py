"""A vase with peony scrolls in cobalt blue under a clear glaze, and what becomes of it in print."""

from __future__ import annotations

import math
from random import Random

from PIL import Image

from collectibles.media.drawing import ornament, studio
from collectibles.media.drawing.brush import (
    SIZE,
    Plate,
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
from collectibles.media.drawing.ornament import Inks
from collectibles.media.drawing.turned import Body, Light

_PROFILE = (
    *((0, 94), (9, 101), (24, 95), (44, 74), (72, 69), (100, 88), (142, 176), (206, 280)),
    *((290, 338), (380, 352), (500, 322), (660, 254), (820, 194), (950, 166), (1040, 168)),
    *((1110, 188), (1140, 196), (1150, 192)),
)


def photo(rng: Random) -> Image.Image:
    """The vase on the studio's ground."""
    body = Body(_PROFILE, top=210, tilt=0.085)
    image = studio.ground()
    mask = body.mask()
    studio.stand(image, mask, body.x, body.top + body.height, body.radius(body.height))
    light = Light(shine=0.75, hardness=90)
    image.paste(body.render(_surface(body, rng), light), (0, 0), mask)
    _mouth(image, body)
    _window(image, body, mask)
    return studio.finish(image, rng)


def _surface(body: Body, rng: Random) -> Image.Image:
    drawing = body.drawing((238, 241, 240))
    inks = Inks.on(drawing)
    _bands(inks.dark)
    inks.wide = body.aspect(170)
    ornament.lappets(inks, 800, 128, 232, 8, 1600, down=True)
    inks.wide = body.aspect(430)
    _scroll(inks, rng)
    inks.wide = body.aspect(770)
    ornament.waves(inks, 742, 800, 58)
    inks.wide = body.aspect(950)
    ornament.lappets(inks, 800, 838, 1078, 7, 1600, down=False)
    wash = noise(rng, 26, 3, drawing.size)
    light = both(inks.light.mask(), level(wash, -60, 190))
    lay(drawing, "#6f8fcb", light, 0.85)
    lay(drawing, "#2b4b9c", both(light, level(wash, 110, 200)), 0.5)
    dark = both(inks.dark.mask(), level(wash, -160, 150))
    lay(drawing, "#1d3684", blur(dark, 5), 0.3)
    lay(drawing, "#16296f", dark)
    lay(drawing, "#0c1847", both(dark, level(noise(rng, 70, 2, drawing.size), 135, 190)), 0.8)
    return uneven(drawing, noise(rng, 5, 2, drawing.size), 0.05)


def _bands(dark: Plate) -> None:
    for height, width in (
        *((16, 5), (98, 3), (110, 5), (240, 5), (252, 2.5), (722, 2.5), (734, 5)),
        *((806, 5), (820, 2.5), (1092, 5), (1104, 2.5)),
    ):
        dark.line([(0, height), (SIZE, height)], width)


def _scroll(inks: Inks, rng: Random) -> None:
    """Peonies above and below one undulating stem, leaves and tendrils all along it."""
    stem = [(x, 487 - 150 * math.cos(math.pi * (x - 800) / 400)) for x in range(-240, 1900, 40)]
    line = ornament.vine(inks, stem, 6)
    for index in range(6, len(line) - 6, 11):
        (x, y), (ahead, under) = line[index], line[index + 5]
        along = math.atan2(under - y, (ahead - x) / inks.wide)
        hand = 1 if index % 2 else -1
        if index % 3:
            ornament.leaf(inks, x, y, rng.uniform(56, 78), along + hand * rng.uniform(0.5, 0.9))
        else:
            ornament.tendril(inks, x, y, rng.uniform(60, 74), along - hand * 1.2, hand)
    for index, x in enumerate((0, 400, 800, 1200, 1600)):
        y, outward = (408, -1) if index % 2 else (566, 1)
        for angle in (0.15, 0.75, 1.3, 1.84, 2.4, 3.0):
            reach = 92
            spot = x + reach * math.cos(angle) * inks.wide, y + outward * reach * math.sin(angle)
            ornament.leaf(inks, *spot, rng.uniform(52, 74), outward * angle)
        ornament.blossom(inks, x, y, 112, rng)


def _mouth(image: Image.Image, body: Body) -> None:
    lay(image, "#e9edec", shape(body.mouth()))
    inside = shape(body.mouth(9))
    lay(image, gradient((0.12, "#3c4044"), (0.15, "#9aa0a2")), inside)
    lay(image, "#23377c", Plate().line(body.mouth(2), 3, closed=True).mask(), 0.5)


def _window(image: Image.Image, body: Body, mask: Image.Image) -> None:
    """The reflection of a tall soft box, following the shoulder."""
    pane = curve(
        [
            (560, 470),
            (545, 560),
            (560, 700),
            (600, 880),
            (628, 1000),
            (648, 1000),
            (628, 860),
            (600, 700),
            (592, 560),
            (606, 470),
            (640, 420),
            (600, 424),
        ],
        closed=True,
    )
    lighten(image, both(fade(blur(shape(pane), 9), 0.5), mask))
    lighten(image, both(fade(glow(930, 430, 70, 30), 0.35), mask))


def rework(rng: Random) -> Image.Image:
    """Night blue, a paper moon, and the scroll growing out of the vase into the sky."""
    image = uneven(gradient((0, "#0b1640"), (0.62, "#1a3488"), (1, "#0d1b4e")), noise(rng, 6), 0.1)
    moon = shape(ellipse(1010, 560, 430, 430))
    lighten(image, fade(glow(1010, 560, 760), 0.5), "#3d5cb8")
    lay(image, uneven(Image.new("RGB", image.size, "#efe6d3"), noise(rng, 9), 0.12), moon)
    _branch(image, rng, moon)
    _sea(image)
    body = Body(tuple((h * 0.66, r * 0.66) for h, r in _PROFILE), x=600, top=690, tilt=0.04)
    flat = Light(ambient=1.02, diffuse=0.02, shine=0.0, rim=0, left=1.0)
    surface = _surface(Body(_PROFILE), rng).resize((SIZE, body.height), Image.Resampling.LANCZOS)
    mask = body.mask()
    darken(image, fade(blur(moved(mask, 14, 10), 24), 0.6), "#050b26")
    image.paste(body.render(surface, flat), (0, 0), mask)
    darken(image, both(glow(860, 1080, 260, 520), mask), "#8fa0d8")
    lay(image, "#c9a24b", Plate().line(body.mouth(2), 4, closed=True).mask())
    return grain(image, rng, 4)


def _branch(image: Image.Image, rng: Random, moon: Image.Image) -> None:
    """Peonies on a stem from the vase's mouth, gold in the dark and blue before the moon."""
    inks = Inks.on(image)
    line = ornament.vine(
        inks,
        [(600, 720), (585, 600), (650, 470), (800, 400), (900, 290), (1070, 220), (1210, 250)],
        8,
    )
    side = ornament.vine(inks, [(590, 620), (500, 520), (400, 470), (330, 360)], 7)
    for stem, last in ((line, len(line) - 12), (side, len(side) - 8)):
        for index in range(10, last, 9):
            (x, y), (ahead, under) = stem[index], stem[index + 4]
            along, hand = math.atan2(under - y, ahead - x), 1 if index % 2 else -1
            ornament.leaf(inks, x, y, rng.uniform(84, 118), along + hand * rng.uniform(0.5, 0.95))
            if index % 4 == 2:
                ornament.tendril(inks, x, y, 96, along - hand * 1.1, hand)
    for x, y, size in ((1230, 260, 150), (318, 320, 138), (800, 410, 96)):
        for angle in (0.5, 1.6, 2.7, 3.9, 5.2):
            x0, y0 = x + size * 0.85 * math.cos(angle), y + size * 0.85 * math.sin(angle)
            ornament.leaf(inks, x0, y0, size * 0.62, angle)
        ornament.blossom(inks, x, y, size, rng)
    dark, light = inks.dark.mask(), inks.light.mask()
    lay(image, "#e2bd68", without(light, moon), 0.34)
    lay(image, "#f0d38c", without(dark, moon))
    lay(image, "#5f80cf", both(light, moon), 0.8)
    lay(image, "#14297c", both(dark, moon))


def _sea(image: Image.Image) -> None:
    """Waves at the foot of the picture, in thin gold."""
    plate, top = Image.new("L", (SIZE, 340)), SIZE - 340
    inks = Inks.on(plate)
    ornament.waves(inks, 80, 344, 132, crests=True)
    water, lines = Image.new("L", image.size), Image.new("L", image.size)
    water.paste(inks.light.mask().point([255 if n > 20 else 0 for n in range(256)]), (0, top))
    water.paste(255, (0, top + 80, SIZE, SIZE))
    lines.paste(inks.dark.mask(), (0, top))
    lay(image, gradient((0.8, "#16307c"), (1, "#0a1338")), water)
    lay(image, "#d8b25c", lines, 0.85)
