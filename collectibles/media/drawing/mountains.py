"""Blue-and-green mountains in mist: an old painting on silk, and the same range at daybreak."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from PIL import Image

from collectibles.media.drawing import mounting
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

_Peaks = list[tuple[float, float, float]]


def _ranges(rng: Random) -> list[list[Point]]:
    """Skylines from far to near."""
    shift = rng.uniform(-60, 60)
    peaks: list[tuple[float, _Peaks, float]] = [
        (700, [(360 + shift, 300, 260), (980, 380, 200), (1400, 240, 220)], 20),
        (800, [(620 + shift, 430, 170), (240, 260, 220), (1250, 330, 240)], 26),
        (930, [(1080 - shift, 520, 150), (1330, 380, 170), (300, 250, 260)], 28),
        (1060, [(300 + shift, 470, 190), (560, 330, 150), (1500, 260, 200)], 30),
        (1230, [(1240, 330, 260), (820 + shift, 160, 200), (80, 250, 200)], 26),
        (1400, [(420, 200, 340), (1500, 240, 300)], 22),
    ]
    return [mounting.ridge(rng, base, tops, rough) for base, tops, rough in peaks]


def photo(rng: Random) -> Image.Image:
    """The painting in its mount."""
    bare = mounting.silk(rng)
    image = bare.copy()
    colours = ("#a3ad98", "#86a096", "#4f8a84", "#3c8069", "#437a5c", "#3a5f49")
    texture, fine = noise(rng, 26, 4, tall=3.2), noise(rng, 60, 3, tall=2)
    fog = level(noise(rng, 4, 4, tall=0.3), 80, 150)
    for index, (line, colour) in enumerate(zip(_ranges(rng), colours, strict=True)):
        mask = shape(mounting.below(line))
        top = min(y for _, y in line)
        image.paste(bare, (0, 0), mounting.mist(mask, top + 200, top + 620))
        body = mounting.mist(mask, top + 40, top + 480 + 30 * index)
        lay(image, colour, both(body, level(texture, -20, 140)), 0.55 + 0.07 * index)
        crown = mounting.mist(mask, top - 20, top + 230)
        lay(image, "#1f6a93", both(crown, level(fine, 60, 200)), 0.8)
        lay(
            image,
            "#b8924e",
            both(mounting.mist(mask, top + 200, top + 520), level(texture, 130, 210)),
            0.5,
        )
        folds = _folds(rng, line, 0.6 + 0.12 * index)
        lay(image, "#26403c", both(folds, body), 0.5 + 0.05 * index)
        if index in (1, 3):
            lay(image, bare, both(glow(800, top + 520, 1500, 120), fog), 0.9)
        if index == 4:
            _pavilion(image, 836, mounting.height_at(line, 836) + 8, 0.9)
        if index == 5:
            _pines(image, rng, line)
    mounting.seal(image, rng, 1330, 330, 62)
    mounting.seal(image, rng, 1334, 410, 54)
    window = mounting.page(170, 240, 1430, 1370)
    return grain(mounting.mount(image, window, rng), rng)


def _folds(rng: Random, line: list[Point], size: float) -> Image.Image:
    """The skyline, and strokes that run down from it as water would, spreading from summits."""
    plate = Plate().stroke(line, [3, 6, 2, 7, 4, 2])
    for n in range(6, len(line) - 6, 4):
        (x, y), (before, _), (after, _) = line[n], line[n - 6], line[n + 6]
        slope = (line[n + 6][1] - line[n - 6][1]) / (after - before)
        path, drift = [(x, y + 4)], slope * 0.4
        for _ in range(rng.randint(4, 11)):
            x, y = x + (drift * 13 + rng.uniform(-4, 4)) * size, y + rng.uniform(12, 22) * size
            path.append((x, y))
        plate.stroke(path, [1, 3.6 * size, 1], rng.randint(90, 255))
    return plate.mask()


def _pines(image: Image.Image, rng: Random, line: list[Point]) -> None:
    trunks, boughs, needles = Plate(), Plate(), Plate()
    for x, size in ((330, 1.0), (416, 0.74), (262, 0.6), (1340, 0.7)):
        y = mounting.height_at(line, x) + 26
        lean = rng.uniform(-30, 30)
        trunk = [(x, y), (x + lean * 0.4, y - 130 * size), (x + lean, y - 290 * size)]
        trunks.stroke(trunk, [20 * size, 13 * size, 5 * size])
        for n in range(6):
            height = (0.36 + n * 0.12) * 290 * size
            reach = (96 - n * 12) * size
            side = -1 if n % 2 else 1
            tip = (x + lean * height / 290 / size + side * reach, y - height - 8)
            foot = (x + lean * height / 290 / size, y - height + 14 * size)
            trunks.stroke([foot, tip], [7 * size, 3 * size])
            mounting.pine(boughs, needles, rng, [tip, ((tip[0] + foot[0]) / 2, tip[1])], 74 * size)
    lay(image, "#3a2f25", trunks.mask(), 0.9)
    lay(image, "#2f5c4c", blur(boughs.mask(), 3), 0.75)
    lay(image, "#16302a", needles.mask(), 0.85)


def _pavilion(image: Image.Image, x: float, y: float, size: float) -> None:
    """A small open hall on a ledge."""

    def put(points: Sequence[Point]) -> list[Point]:
        return [(x + px * size, y + py * size) for px, py in points]

    roof = [
        (-74, -46),
        (-50, -54),
        (-30, -84),
        (30, -84),
        (50, -54),
        (74, -46),
        (50, -48),
        (-50, -48),
    ]
    upper = [
        (-44, -92),
        (-24, -98),
        (-8, -122),
        (8, -122),
        (24, -98),
        (44, -92),
        (28, -94),
        (-28, -94),
    ]
    lay(image, "#e3d3ad", shape(put([(-46, -48), (46, -48), (46, 0), (-46, 0)])))
    posts = Plate()
    for post in (-46, -18, 18, 46):
        posts.line(put([(post, -50), (post, 2)]), 4.5)
    posts.line(put([(-58, 3), (58, 3)]), 6)
    lay(image, "#7c2d20", posts.mask())
    lay(image, "#27413f", shape(put(roof), put(upper)))


def rework(rng: Random) -> Image.Image:
    """Daybreak in six planes of colour, the sun caught between two of them."""
    image = gradient(
        (0, "#16324f"), (0.22, "#3f6d86"), (0.4, "#e8a87c"), (0.52, "#f7d9a8"), (1, "#f7e7c6")
    )
    lighten(image, fade(glow(1010, 520, 900, 620), 0.7), "#f9c887")
    lay(
        image,
        "#f4efe2",
        both(level(noise(rng, 3, 5, tall=0.25), 150, 215), glow(800, 260, 1300, 300)),
        0.4,
    )
    sun = shape(ellipse(1010, 400, 215, 215))
    lay(image, gradient((0.12, "#fdebc0"), (0.4, "#e9663f")), sun)
    tops = ("#9db9b8", "#6f9ea6", "#3f7f8c", "#1f6270", "#134a58", "#0b2f3d")
    feet = ("#f3d3ab", "#e3c7a9", "#b9c2b0", "#8db0aa", "#5c8f92", "#1d5560")
    thread = Plate()
    for index, line in enumerate(_ranges(rng)):
        top = min(y for _, y in line)
        mask = shape(mounting.below(line))
        darken(image, fade(without(blur(moved(mask, 0, -12), 26), mask), 0.1), "#274a58")
        plane = gradient(
            (top / SIZE, tops[index]),
            (min(0.99, (top + 520) / SIZE), feet[index]),
            (1, feet[index]),
        )
        image.paste(uneven(plane, noise(rng, 8, 4, tall=2), 0.1), (0, 0), mask)
        facet = [(-99, line[0][1] + 26), *((x + 60, y + 26) for x, y in line)]
        lighten(
            image,
            fade(
                both(
                    without(mask, shape(mounting.below(facet))), mounting.mist(mask, top, top + 360)
                ),
                0.4,
            ),
            "#f2c38d",
        )
        if index == 3:
            _cranes(image, rng)
        if index >= 2:
            for step in range(1, 5):
                drop = [(x, y + step * (15 + 4 * index)) for x, y in line[::3]]
                thread.line(drop, 1.6)
    lay(image, "#f0cf86", both(thread.mask(), level(noise(rng, 5), 90, 200)), 0.5)
    return grain(image, rng, 4)


def _cranes(image: Image.Image, rng: Random) -> None:
    birds = Plate()
    for n in range(7):
        x, y = 420 + n * 74 + rng.uniform(-14, 14), 470 - n * 22 + rng.uniform(-14, 14)
        lift = rng.uniform(0.7, 1.3)
        for hand in (-1, 1):
            wing = [(x, y), (x + hand * 18, y - 16 * lift), (x + hand * 44, y - 10 * lift)]
            birds.stroke(wing, [7, 6, 1.5])
        birds.stroke([(x - 20, y + 6), (x, y), (x + 20, y - 6)], [1.5, 6, 2])
    lay(image, "#fdf8ec", birds.mask())
