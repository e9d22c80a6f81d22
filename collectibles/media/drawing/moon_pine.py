"""The moon behind an old pine: painted on a round fan of silk, and cut out against the night."""

from __future__ import annotations

import math
from random import Random

from PIL import Image

from collectibles.media.drawing import mounting
from collectibles.media.drawing.brush import (
    SIZE,
    Plate,
    Point,
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

_TRUNK = (
    (1360, 1720),
    (1290, 1400),
    (1330, 1180),
    (1240, 1020),
    (1090, 930),
    (1010, 800),
    (870, 760),
    (760, 660),
    (600, 640),
)
_BOUGHS: tuple[tuple[tuple[Point, ...], float], ...] = (
    (((1240, 1020), (1120, 1060), (1000, 1040), (880, 1080), (780, 1070)), 96),
    (((1090, 930), (1180, 830), (1290, 780), (1400, 790)), 92),
    (((1010, 800), (1060, 690), (1150, 610), (1240, 600)), 84),
    (((870, 760), (780, 810), (660, 830), (560, 880)), 84),
    (((760, 660), (800, 560), (900, 500), (960, 500)), 74),
    (((600, 640), (520, 650), (430, 700), (380, 700)), 74),
    (((1310, 1240), (1220, 1260), (1120, 1240), (1050, 1270)), 80),
)


def _tree(rng: Random) -> tuple[Plate, Plate, Plate, list[list[Point]]]:
    """(trunk and branches, masses of needles, single needles, the branches' lines)."""
    trunk, masses, needles = Plate(), Plate(), Plate()
    sway = [(x + rng.uniform(-16, 16), y + rng.uniform(-12, 12)) for x, y in _TRUNK]
    stem = curve(sway)
    trunk.stroke(stem, [104, 84, 74, 60, 50, 40, 32, 22, 10])
    lines = [stem]
    for bough, size in _BOUGHS:
        rest = [(x + rng.uniform(-18, 18), y + rng.uniform(-14, 14)) for x, y in bough[1:]]
        line = curve([min(stem, key=lambda point: math.dist(point, bough[0])), *rest])
        trunk.stroke(line, [24, 17, 12, 5])
        lines.append(line)
        tufts = line[len(line) // 3 :: 6]
        mounting.pine(masses, needles, rng, [*tufts, line[-1]], size * 1.5)
    mounting.pine(masses, needles, rng, stem[-14::5], 110)
    return trunk, masses, needles, lines


def photo(rng: Random) -> Image.Image:
    """The fan, taken off its handle and mounted as an album leaf."""
    image = mounting.silk(rng, "#cdb68a")
    darken(image, fade(level(noise(rng, 4, 4), 80, 180), 0.4), "#b7a27c")
    moon = shape(ellipse(620, 480, 168, 168))
    darken(image, fade(without(blur(moon, 60), moon), 0.5), "#8f8a78")
    lay(image, "#f3e8c8", moon, 0.75)
    cloud = both(level(noise(rng, 4, 5, tall=0.25), 120, 190), glow(560, 600, 620, 130))
    lay(image, "#d8c8a0", cloud, 0.85)
    trunk, masses, needles, lines = _tree(rng)
    bark, wood = noise(rng, 60, 3), trunk.mask()
    lay(image, "#6f5438", wood, 0.85)
    lay(image, "#33261a", both(wood, level(bark, 130, 170)), 0.8)
    scales = Plate()
    for x, y in lines[0][:70:2]:
        for _ in range(3):
            sx, sy = x + rng.uniform(-34, 34), y + rng.uniform(-20, 20)
            scales.line(ellipse(sx, sy, rng.uniform(8, 13), rng.uniform(9, 15), 18), 2.6)
    lay(image, "#2a1f15", both(scales.mask(), wood), 0.7)
    edge = without(wood, moved(wood, -3, -3))
    lay(image, "#241a12", edge, 0.75)
    lay(image, "#3f6b5a", blur(masses.mask(), 5), 0.36)
    lay(image, "#1b352d", needles.mask(), 0.85)
    mounting.seal(image, rng, 400, 1130, 58)
    fan = shape(ellipse(800, 790, 610, 590, 240))
    cloth = mounting.mount(image, fan, rng, "#5b5f57")
    rib = Plate().line(ellipse(800, 790, 607, 587, 240), 9, closed=True)
    lay(cloth, "#5a3a1f", rib.mask())
    lay(cloth, "#8f6b42", Plate().line(ellipse(799, 788, 609, 589, 240), 2.4, closed=True).mask())
    return grain(cloth, rng)


def rework(rng: Random) -> Image.Image:
    """Night in four blues, the moon very near, every needle a thread of silver or gold."""
    image = gradient((0, "#071a2c"), (0.5, "#0f3a52"), (0.85, "#2b6f7d"), (1, "#123c4c"))
    stars = Plate()
    for _ in range(170):
        stars.disc(rng.uniform(0, SIZE), rng.uniform(0, 950), rng.choice((0.9, 1.2, 1.8, 2.6)))
    lighten(image, fade(stars.mask(), 0.75), "#e8f1ea")
    lighten(image, fade(glow(690, 640, 900), 0.6), "#4f8f95")
    for ring in range(4):
        halo = shape(ellipse(690, 640, 640 - ring * 62, 640 - ring * 62))
        lighten(image, fade(halo, 0.09), "#bfe0d5")
    moon = shape(ellipse(690, 640, 400, 400))
    face = uneven(gradient((0.15, "#fdf6df"), (0.65, "#f1d8a0")), noise(rng, 5, 5), 0.16)
    image.paste(face, (0, 0), moon)
    _clouds(image, rng)
    trunk, masses, needles, lines = _tree(rng)
    wood = trunk.mask()
    lay(image, gradient((0.3, "#0c2231"), (1, "#030b12")), wood)
    contour = Plate()
    for line in lines:
        contour.line(line, 2.2)
        for shift in (-12, 12):
            contour.line([(x + shift, y + shift * 0.6) for x, y in line], 1.6)
    lay(image, "#c9a45c", both(contour.mask(), wood), 0.85)
    lay(image, "#0a2b30", masses.mask(), 0.92)
    thread = needles.mask()
    lay(image, "#7fb7a6", without(thread, moon), 0.9)
    lay(image, "#35766b", both(thread, moon))
    lay(image, "#e6c878", both(thread, level(noise(rng, 8, 2), 120, 220)), 0.8)
    return grain(image, rng, 4)


def _clouds(image: Image.Image, rng: Random) -> None:
    """Bands of cloud as lacquer workers lay them: long, flat, with rolled ends."""
    for y, start, end, size in (
        (930, 120, 760, 46),
        (1010, 330, 1010, 54),
        (1300, -60, 560, 60),
        (1400, 240, 1180, 70),
    ):
        left, right = start + rng.uniform(-30, 30), end + rng.uniform(-30, 30)
        body, lines = Plate(), Plate()
        for n in range(3):
            x0, x1, at = left + n * size * 1.2, right - n * size * 1.9, y - n * size * 0.7
            body.line([(x0, at), (x1, at)], size)
            lines.line([(x0, at + size / 2), (x1, at + size / 2)], 3)
            for x, hand in ((x0, -1), (x1, 1)):
                roll = []
                for step in range(30):
                    angle = step / 29 * 2.8 * math.pi
                    reach = size / 2 * (1 - step / 40)
                    roll.append((x + hand * reach * math.sin(angle), at + reach * math.cos(angle)))
                lines.line(roll, 3)
        mask = body.mask()
        darken(image, fade(without(blur(moved(mask, 0, 14), 14), mask), 0.3))
        lay(
            image, gradient(((y - 120) / SIZE, "#3f8289"), ((y + 40) / SIZE, "#17485a")), mask, 0.94
        )
        lay(image, "#ecd08a", lines.mask(), 0.9)
