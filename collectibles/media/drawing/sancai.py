"""A jar in three colours of lead glaze that ran in the kiln, and those colours by themselves."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageChops

from collectibles.media.drawing import studio
from collectibles.media.drawing.brush import (
    SIZE,
    Plate,
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

_JAR = (
    *((0, 196), (12, 208), (34, 200), (56, 168), (84, 160), (112, 196), (170, 300), (260, 384)),
    *((380, 412), (520, 384), (660, 318), (790, 250), (850, 236), (884, 250), (900, 246)),
)
_AMBER, _GREEN, _CREAM, _BLUE = "#b5701d", "#3f7d3a", "#ecdcae", "#27477f"


def photo(rng: Random) -> Image.Image:
    """The jar on the studio's ground."""
    image = studio.ground("#c6c1b9", horizon=0.68)
    body = Body(_JAR, top=420, tilt=0.11)
    mask = body.mask()
    studio.stand(image, mask, body.x, body.top + body.height, body.radius(body.height))
    light = Light(ambient=0.5, shine=0.85, hardness=70)
    image.paste(body.render(_glazed(body, rng), light), (0, 0), mask)
    lay(image, "#9c6a26", shape(body.mouth()))
    lighten(image, both(fade(glow(640, 410, 150, 24), 0.7), shape(body.mouth())))
    lay(image, gradient((0.25, "#2a1c0e"), (0.29, "#7b5a2c")), shape(body.mouth(17)))
    pane = curve(
        [(522, 700), (516, 800), (536, 940), (562, 930), (552, 800), (566, 700)], closed=True
    )
    lighten(image, both(fade(blur(shape(pane), 8), 0.55), mask))
    lighten(image, both(fade(glow(900, 620, 60, 22), 0.6), mask))
    return studio.finish(image, rng)


def _glazed(body: Body, rng: Random) -> Image.Image:
    drawing = uneven(body.drawing((222, 203, 170)), noise(rng, 20, 3, (SIZE, body.height)), 0.12)
    size = drawing.size
    hem = ImageChops.lighter(_coat(rng, 600, size), _streams(rng, 480, 690, 19, 84, size))
    lay(drawing, _CREAM, blur(hem, 2))
    pools = noise(rng, 5, 3, size)
    for colour, start, end, count, width, share in (
        (_AMBER, 40, 560, 26, 70, 0.92),
        (_GREEN, 60, 470, 17, 62, 0.88),
        (_BLUE, 110, 380, 5, 44, 0.8),
        (_CREAM, 120, 430, 11, 30, 0.85),
        (_AMBER, 300, 610, 9, 28, 0.8),
    ):
        runs = _streams(rng, start, end, count, width, size)
        lay(drawing, colour, both(blur(runs, 7), level(pools, 0, 110)), share)
    lay(drawing, _AMBER, _band(size, 0, 120), 0.95)
    speckle = level(noise(rng, 130, 2, size), 130, 220)
    lay(drawing, "#6f4413", both(speckle, hem), 0.22)
    light, shade = bevel(hem, 5, 3)
    darken(drawing, fade(without(blur(moved(hem, 0, 7), 5), hem), 0.4), "#5a4426")
    lighten(drawing, level(light, 0, 160), "#6b604a")
    darken(drawing, level(shade, 0, 200), "#8a6a3c")
    return uneven(drawing, noise(rng, 40, 2, size), 0.06)


def _band(size: tuple[int, int], top: int, bottom: int) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, (0, top, SIZE, bottom))
    return blur(mask, 8)


def _coat(rng: Random, low: float, size: tuple[int, int]) -> Image.Image:
    """A coat of glaze down to a wavering edge."""
    edge = curve([(n * SIZE / 12, low + rng.uniform(-46, 46)) for n in range(13)])
    return Plate(*size).shape([(0, 0), *edge, (SIZE, 0)]).mask()


def _streams(
    rng: Random, start: float, end: float, count: int, width: float, size: tuple[int, int]
) -> Image.Image:
    """Separate streams, each ending in a drop."""
    plate = Plate(*size)
    for n in range(count):
        x = SIZE * (n + rng.uniform(0.1, 0.9)) / count
        top, bottom = start + rng.uniform(0, 90), end + rng.uniform(-150, 110)
        wide = width * rng.uniform(0.6, 1.3)
        path = [(x + rng.uniform(-9, 9), top + (bottom - top) * step / 5) for step in range(6)]
        plate.stroke(curve(path, steps=5), [wide * 0.5, wide, wide * 0.8, wide * 0.62, wide * 0.66])
        x, bottom = path[-1]
        plate.shape(ellipse(x, bottom, wide * 0.34, wide * 0.4, 30))
    return plate.mask()


def rework(rng: Random) -> Image.Image:
    """Glaze poured in threads from above, standing in the jar as bands of pure colour."""
    image = uneven(gradient((0, "#efe6d2"), (1, "#dfcaa6")), noise(rng, 6, 4), 0.07)
    disc = shape(ellipse(800, 850, 590, 590))
    lay(image, uneven(gradient((0.2, "#c9572c"), (0.9, "#8a2c1c")), noise(rng, 7, 4), 0.1), disc)
    for ring in range(5):
        reach = 612 + 26 * ring
        line = Plate().line(ellipse(800, 850, reach, reach, 300), 2.4, closed=True).mask()
        lay(image, "#b5702d", line, 0.75 - 0.14 * ring)
    body = Body(_JAR, top=410, tilt=0.0)
    jar = body.mask()
    darken(image, fade(blur(moved(jar, 0, 26), 34), 0.5), "#3d130a")
    clay = uneven(gradient((0.3, "#fbf3df"), (0.85, "#ecd9b4")), noise(rng, 30), 0.06)
    image.paste(clay, (0, 0), jar)
    bands, threads = [Plate() for _ in _POURED], Plate()
    step, reach = 33.6, 24
    for n in range(-12, 13):
        x, which = 800 + n * step, _POURED_ORDER[(n + 12 + rng.randrange(2)) % len(_POURED_ORDER)]
        start = _upper_edge(body, x)
        end = 900 + 190 * math.cos(n / 4.6) + rng.uniform(-90, 130)
        half = reach / 2
        top = start - 40  # the jar cuts it off
        bands[which].shape([(x - half, top), (x + half, top), (x + half, end), (x - half, end)])
        bands[which].disc(x, end, half)
        threads.line([(x, -20), (x, start)], 2.2)
        bands[which].shape(ellipse(x, end + rng.uniform(46, 86), 6, 8, 24))
    lay(
        image,
        gradient((0, "#b5702d"), (0.3, "#f6e9c6")),
        both(threads.mask(), level(disc, -900, 255)),
    )
    for plate, (upper, lower) in zip(bands, _POURED, strict=True):
        paint = uneven(gradient((0.3, upper), (0.75, lower)), noise(rng, 12, 3, tall=5), 0.14)
        mask = both(plate.mask(), jar)
        darken(image, fade(without(both(blur(moved(mask, 3, 6), 5), jar), mask), 0.3), "#6b4a24")
        image.paste(paint, (0, 0), mask)
    darken(image, both(fade(glow(1200, 900, 420, 620), 0.5), jar), "#a8794a")
    lighten(image, both(fade(glow(560, 720, 220, 380), 0.4), jar), "#fff3d6")
    rim = Plate()
    for height in (2, 20, 96):
        wide = body.radius(height)
        rim.line([(800 - wide, 410 + height), (800 + wide, 410 + height)], 5)
    lay(image, "#8a5418", both(rim.mask(), jar))
    return grain(image, rng, 4)


_POURED = (
    ("#a35a12", "#e3a33c"),
    ("#245b34", "#6fa653"),
    ("#1d355f", "#3f6ea3"),
    ("#7d3b17", "#c9713a"),
)
_POURED_ORDER = (0, 1, 0, 3, 1, 0, 2, 1, 0, 1, 3, 0, 1)


def _upper_edge(body: Body, x: float) -> float:
    """Where a thread falling at x meets the jar."""
    for height in range(body.height):
        if body.radius(height) >= abs(x - body.x):
            return body.top + height
    return body.top + body.height
