"""A lotus in flower: a leaf of an old album, and the pond seen as a pattern from above."""

from __future__ import annotations

import math
from random import Random

from PIL import Image

from collectibles.media.drawing import mounting
from collectibles.media.drawing.brush import (
    SIZE,
    Colour,
    Plate,
    Point,
    around,
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
    lighten,
    mix,
    moved,
    noise,
    rgb,
    shape,
    turn,
    uneven,
    without,
)


def _petal(
    x: float, y: float, length: float, width: float, angle: float, bend: float = 0
) -> tuple[list[Point], list[list[Point]]]:
    """(outline, veins) of a petal growing from x and y; the angle is from upright."""
    side = [(0, 0), (0.2, 0.3), (0.5, 0.5), (0.78, 0.36), (0.94, 0.12), (1.0, 0.0)]

    def at(along: float, across: float) -> Point:
        return across * width + bend * along * along, -along * length

    right = curve([at(a, w) for a, w in side], steps=8)
    left = curve([at(a, -w) for a, w in side], steps=8)
    veins = []
    for share in (-0.72, -0.48, -0.24, 0.0, 0.24, 0.48, 0.72):
        line = [at(a, w * share) for a, w in side[:-1]]
        veins.append(turn(curve(line, steps=5), angle, x, y))
    return turn(right + left[::-1], angle, x, y), veins


def photo(rng: Random) -> Image.Image:
    """The album leaf."""
    image = mounting.silk(rng, "#d2bc8e")
    darken(image, fade(glow(800, 1300, 1000, 500), 0.5), "#b9a478")
    _reeds(image, rng)
    _leaf(image, rng, 1060, 1010, 400, 190, "#5f8166")
    _stem(image, [(770, 1420), (790, 1150), (760, 900), (800, 700)], 15)
    _stem(image, [(470, 1420), (430, 1150), (470, 860), (440, 640)], 11)
    _leaf(image, rng, 500, 1150, 360, 150, "#47704f")
    _flower(image, 800, 720, 1.0, rng)
    _bud(image, 440, 650, 0.8)
    mounting.seal(image, rng, 1270, 360, 60)
    window = mounting.page(230, 190, 1370, 1410)
    return grain(mounting.mount(image, window, rng, "#6e6257"), rng)


def _reeds(image: Image.Image, rng: Random) -> None:
    plate = Plate()
    for _ in range(26):
        x, lean = rng.uniform(240, 1360), rng.uniform(-130, 130)
        top = rng.uniform(720, 1120)
        plate.stroke(curve([(x, 1440), (x + lean * 0.2, 1250), (x + lean, top)]), [7, 5, 1])
    lay(image, "#8b9468", plate.mask(), 0.4)


def _stem(image: Image.Image, points: list[Point], width: float) -> None:
    line = curve(points)
    mask = Plate().line(line, width).mask()
    lay(image, "#5f7a4e", mask)
    lay(image, "#34482f", without(mask, moved(mask, -3, 0)), 0.8)
    dots = Plate()
    for x, y in line[::2]:
        dots.disc(x + width * 0.1, y, 1.6)
    lay(image, "#2b3a25", dots.mask(), 0.8)


def _leaf(
    image: Image.Image, rng: Random, x: float, y: float, rx: float, ry: float, colour: Colour
) -> None:
    """A broad leaf seen from the side, its edge waving, veins running to its middle."""
    edge = []
    for n in range(30):
        angle = 2 * math.pi * n / 30
        wave = 1 + 0.07 * math.sin(angle * 5 + rng.uniform(-0.4, 0.4)) + rng.uniform(-0.02, 0.02)
        edge.append((x + rx * wave * math.cos(angle), y + ry * wave * math.sin(angle)))
    outline = curve(edge, closed=True, steps=8)
    mask = shape(outline)
    darken(image, fade(without(blur(moved(mask, 6, 16), 16), mask), 0.35), "#6b5b3a")
    low, high = (y - ry) / SIZE, (y + ry) / SIZE
    paint = gradient((low, mix(colour, "#d9d5a4", 0.35)), (high, mix(colour, "#16281f", 0.4)))
    image.paste(uneven(paint, noise(rng, 9, 4), 0.16), (0, 0), mask)
    veins, middle = Plate(), (x + rx * 0.06, y - ry * 0.1)
    for n in range(22):
        angle = 2 * math.pi * n / 22 + 0.1
        tip = (x + rx * 0.93 * math.cos(angle), y + ry * 0.93 * math.sin(angle))
        bow = ((middle[0] + tip[0]) / 2, (middle[1] + tip[1]) / 2 - ry * 0.08)
        veins.stroke(curve([middle, bow, tip], steps=6), [4.5, 3, 1.4])
    lay(image, "#22382a", both(moved(veins.mask(), 2, 3), mask), 0.5)
    lay(image, "#b9c38c", both(veins.mask(), mask), 0.75)
    lay(image, "#a9b57f", Plate().disc(*middle, 11).mask(), 0.9)
    lay(image, "#25382a", Plate().line(outline, 3, closed=True).mask(), 0.8)


_PETALS = (  # angle from upright, length, width, bend: from back to front
    *((-0.16, 350, 150, -20), (0.2, 346, 150, 24), (-0.52, 350, 150, -46), (0.56, 350, 150, 46)),
    *((-0.9, 352, 146, -66), (0.94, 352, 146, 66), (0.02, 330, 170, 0), (-1.26, 330, 128, -74)),
    *((1.3, 330, 128, 74), (-0.36, 300, 170, -24), (0.4, 300, 170, 24), (-0.74, 262, 156, -40)),
    *((0.78, 262, 156, 40), (-1.1, 220, 130, -50), (1.14, 220, 130, 50), (0.02, 226, 168, 0)),
)


def _flower(image: Image.Image, x: float, y: float, size: float, rng: Random) -> None:
    for index, (angle, length, width, bend) in enumerate(_PETALS):
        if index == len(_PETALS) - 5:
            _stamens(image, x, y - 150 * size, rng)
        lean = angle + rng.uniform(-0.03, 0.03)
        _paint_petal(image, x, y, (length * size, width * size, bend * size), lean, index)


def _stamens(image: Image.Image, x: float, y: float, rng: Random) -> None:
    heart, threads = Plate(), Plate()
    heart.shape([(x - 52, y - 40), (x + 52, y - 40), (x + 30, y + 60), (x - 30, y + 60)])
    heart.shape(ellipse(x, y - 40, 52, 17))
    for n in range(40):
        angle, reach = -math.pi * (0.06 + 0.88 * n / 39), rng.uniform(84, 112)
        tip = (x + reach * math.cos(angle), y + reach * math.sin(angle) * 0.95)
        threads.line([(x + 24 * math.cos(angle), y), tip], 2.2).disc(*tip, 4.4)
    lay(image, "#d9a53c", threads.mask(), 0.95)
    lay(image, "#9cae55", heart.mask())
    lay(image, "#5f7433", Plate().line(ellipse(x, y - 40, 52, 17), 2.4, closed=True).mask())


def _paint_petal(
    image: Image.Image,
    x: float,
    y: float,
    form: tuple[float, float, float],
    angle: float,
    index: int,
) -> None:
    """One petal: pale at its foot, rose at its tip, with fine veins and a dark line, in place."""
    length, width, bend = form
    outline, veins = _petal(x, y, length, width, angle, bend)
    xs, ys = [px for px, _ in outline], [py for _, py in outline]
    left, top = int(min(xs)) - 26, int(min(ys)) - 26
    box = (left, top, int(max(xs)) + 26, int(max(ys)) + 26)
    width_of, height_of = box[2] - left, box[3] - top
    patch = image.crop(box)

    def local(points: list[Point]) -> list[Point]:
        return [(px - left, py - top) for px, py in points]

    mask = Plate(width_of, height_of).shape(local(outline)).mask()
    darken(patch, fade(without(blur(moved(mask, 3, 6), 9), mask), 0.45), "#7a5a44")
    patch.paste(mix("#f3e6d0", "#e9cdb8", 0.06 * (index % 4)), (0, 0), mask)
    tip_x, tip_y = outline[len(outline) // 2]
    blush = Plate(width_of, height_of).disc(tip_x - left, tip_y - top, length * 0.42).mask()
    lay(patch, "#c9506a", both(blur(blush, length * 0.2), mask), 0.85)
    lines, edge = Plate(width_of, height_of), Plate(width_of, height_of)
    for vein in veins:
        lines.stroke(local(vein), [0.8, 2, 0.8])
    edge.line(local(outline), 2.4, closed=True)
    lay(patch, "#b0435a", both(lines.mask(), mask), 0.45)
    lay(patch, "#7d2b3c", edge.mask(), 0.8)
    image.paste(patch, box[:2])


def _bud(image: Image.Image, x: float, y: float, size: float) -> None:
    for index, (angle, length, width, bend) in enumerate(
        ((-0.22, 210, 96, 26), (0.24, 210, 96, -26), (0.0, 230, 108, 0))
    ):
        _paint_petal(image, x, y, (length * size, width * size, bend * size), angle, index)


def rework(rng: Random) -> Image.Image:
    """Leaves as discs, flowers as stars, rings on the water: a summer pond from above."""
    image = uneven(
        gradient((0, "#12434c"), (0.6, "#1b6468"), (1, "#0f3843")), noise(rng, 5, 4), 0.1
    )
    rings = Plate()
    for x, y in ((430, 420), (1260, 700), (640, 1300)):
        for n in range(9):
            rings.line(ellipse(x, y, 90 + n * 62, 90 + n * 62, 200), 1.8, closed=True)
    lay(image, "#8fc9bd", rings.mask(), 0.32)
    for x, y, size, colour in (
        *((1180, 330, 300, "#3f8f72"), (330, 760, 340, "#2f7f6b"), (1230, 1190, 380, "#4c9c74")),
        *((690, 250, 170, "#7ab58a"), (640, 1420, 240, "#3a8a78"), (880, 760, 210, "#8cc08f")),
        *((80, 240, 210, "#569f83"), (90, 1350, 190, "#74b08a"), (1560, 760, 190, "#2f7f6b")),
    ):
        _pad(image, rng, x, y, size, colour)
    for x, y, size, tones in (
        (560, 520, 250, ("#f7d9d2", "#e2687c", "#c23f5f")),
        (1130, 960, 300, ("#fbeede", "#f0a58f", "#d8646b")),
        (330, 1170, 190, ("#fdf4e3", "#f3c6b0", "#e58d86")),
        (1370, 300, 150, ("#fbeede", "#f0a58f", "#d8646b")),
    ):
        _star(image, rng, x, y, size, tones)
    return grain(image, rng, 4)


def _pad(image: Image.Image, rng: Random, x: float, y: float, size: float, colour: Colour) -> None:
    patch, left, top = around(image, x, y, size + 60)
    x, y, lean = x - left, y - top, rng.uniform(0, 2 * math.pi)
    first, whole = lean + 0.16, 2 * math.pi - 0.32

    def at(reach: float, angle: float) -> Point:
        return x + size * reach * math.cos(angle), y + size * reach * math.sin(angle)

    edge = [at(1, first + whole * n / 119) for n in range(120)]
    mask = Plate(*patch.size).shape([(x, y), *edge]).mask()
    darken(patch, fade(blur(moved(mask, 12, 22), 16), 0.42), "#06222a")
    patch.paste(rgb(colour), (0, 0), mask)
    lines = Plate(*patch.size)
    for n in range(1, 18):
        angle = first + whole * n / 18
        for start, reach, spread in ((0.1, 0.94, 0), (0.58, 0.9, 0.07), (0.58, 0.9, -0.07)):
            lines.line([at(start, angle), at(reach, angle + spread)], 2)
    lay(patch, mix(colour, "#f4f0d0", 0.55), both(lines.mask(), mask), 0.75)
    lay(patch, "#e2c47b", Plate(*patch.size).line(edge, 5).mask(), 0.85)
    image.paste(patch, (left, top))


def _star(
    image: Image.Image, rng: Random, x: float, y: float, size: float, tones: tuple[str, ...]
) -> None:
    """A flower from above: rings of petals, the outer ones palest."""
    patch, left, top = around(image, x, y, size + 50)
    x, y, lean = x - left, y - top, rng.uniform(0, math.pi)
    shine = blur(Plate(*patch.size).disc(x, y, size * 0.36).mask(), size * 0.2)
    for ring, (reach, count) in enumerate(((1.0, 10), (0.78, 9), (0.54, 8))):
        body, lines, edges = (Plate(*patch.size) for _ in range(3))
        for n in range(count):
            angle = lean + ring * 0.3 + 2 * math.pi * n / count
            outline, veins = _petal(x, y, size * reach, size * reach * 0.46, angle)
            body.shape(outline)
            lines.shape(outline, 0)
            edges.shape(outline, 0).line(outline, 2.6, closed=True)
            for vein in veins[1:-1]:
                lines.line(vein, 1.8)
        mask = body.mask()
        darken(patch, fade(without(blur(moved(mask, 5, 12), 12), mask), 0.4), "#2c1420")
        patch.paste(mix(tones[ring], "#ffffff", 0.04), (0, 0), mask)
        lighten(patch, both(fade(shine, 0.35), mask), "#fff1d6")
        lay(patch, mix(tones[min(2, ring + 1)], "#8c2742", 0.25), both(lines.mask(), mask), 0.5)
        lay(patch, mix(tones[2], "#6d1a35", 0.4), edges.mask(), 0.85)
    _heart(patch, x, y, size)
    image.paste(patch, (left, top))


def _heart(patch: Image.Image, x: float, y: float, size: float) -> None:
    """The seed head from above, with its ring of stamens."""
    lay(patch, "#e8c66a", Plate(*patch.size).disc(x, y, size * 0.15).mask())
    seeds, dust = Plate(*patch.size), Plate(*patch.size)
    for n in range(9):
        angle, reach = n * math.pi / 4, 0 if n == 8 else size * 0.09
        seeds.disc(x + reach * math.cos(angle), y + reach * math.sin(angle), size * 0.02)
    for n in range(36):
        cos, sin = math.cos(math.pi * n / 18), math.sin(math.pi * n / 18)
        foot, tip = size * 0.16, size * 0.24
        dust.line([(x + foot * cos, y + foot * sin), (x + tip * cos, y + tip * sin)], 2)
        dust.disc(x + tip * cos, y + tip * sin, 3)
    lay(patch, "#6e7f3d", seeds.mask())
    lay(patch, "#f4d989", dust.mask(), 0.95)
