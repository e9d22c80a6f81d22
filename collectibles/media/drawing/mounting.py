"""Paintings as museums keep them: aged silk, a brocade mount, a seal; and brushes to paint with."""

from __future__ import annotations

import math
from random import Random

from PIL import Image

from collectibles.media.drawing.brush import (
    SIZE,
    Plate,
    Point,
    blur,
    both,
    darken,
    fade,
    lay,
    level,
    moved,
    noise,
    rgb,
    shape,
    uneven,
    without,
)
from collectibles.media.drawing.ornament import meander


def silk(rng: Random, tone: str = "#d9c49a") -> Image.Image:
    """Silk of some centuries: its weave, stains, and a little darker towards the edges."""
    image = uneven(Image.new("RGB", (SIZE, SIZE), rgb(tone)), noise(rng, 4, 4), 0.2)
    image = uneven(image, noise(rng, 400, 1, tall=40), 0.03)
    image = uneven(image, noise(rng, 8, 1, tall=0.02), 0.03)
    lay(
        image,
        "#a9894f",
        both(level(noise(rng, 7, 4), 150, 215), level(noise(rng, 40), 90, 170)),
        0.4,
    )
    return image


def mount(
    image: Image.Image, window: Image.Image, rng: Random, tone: str = "#7d8a86"
) -> Image.Image:
    """The painting seen through `window`, on brocade with a damask of small clouds."""
    cloth = uneven(Image.new("RGB", image.size, rgb(tone)), noise(rng, 500, 1), 0.05)
    damask = Plate()
    for row in range(22):
        for column in range(13):
            x = column * 132 + (66 if row % 2 else 0)
            _cloud(damask, x, row * 76, 30)
    lay(cloth, "#ffffff", damask.mask(), 0.13)
    edge = without(level(blur(window, 9), 14, 26), window)
    darken(cloth, fade(without(blur(moved(window, 5, 8), 12), window), 0.5))
    lay(cloth, "#cbb27a", edge, 0.85)
    cloth.paste(image, (0, 0), window)
    darken(cloth, fade(without(window, blur(moved(window, 6, 8), 10)), 0.35))
    return cloth


def _cloud(plate: Plate, x: float, y: float, size: float) -> None:
    for hand in (-1, 1):
        roll = []
        for n in range(22):
            radius, angle = size * (1 - n / 26) * 0.5, n / 21 * 2.6 * math.pi
            roll.append(
                (x + hand * (size * 0.5 - radius * math.cos(angle)), y - radius * math.sin(angle))
            )
        plate.line(roll, 2.4)
    plate.line([(x - size * 1.5, y + size * 0.34), (x + size * 1.5, y + size * 0.34)], 2.2)


def page(left: float, top: float, right: float, bottom: float) -> Image.Image:
    """The mask of a rectangular leaf."""
    return shape([(left, top), (right, top), (right, bottom), (left, bottom)])


def seal(image: Image.Image, rng: Random, x: int, y: int, size: int) -> None:
    """A collector's seal: no script, squared spirals in cinnabar, unevenly pressed, in place."""
    plate = Plate(size, size)
    plate.shape([(0, 0), (size, 0), (size, size), (0, size)])
    half, gap = size * 0.36, size * 0.1
    for column in range(2):
        for row in range(2):
            left, top = gap + column * size * 0.44, gap + row * size * 0.44
            line = meander(left, top, half, rng.choice((1, -1)))
            plate.line(line, size * 0.035, tone=0)
    mask = Image.new("L", image.size)
    mask.paste(plate.mask(), (x, y))
    lay(image, "#a8281c", both(mask, level(noise(rng, 160, 2), 40, 130)), 0.88)


def ridge(
    rng: Random, base: float, peaks: list[tuple[float, float, float]], rough: float
) -> list[Point]:
    """A skyline from left to right; each peak is (place, height above the base, width)."""
    points = []
    for n in range(321):
        x = n * SIZE / 320
        rise = max(h * math.exp(-(abs((x - at) / wide) ** 1.5)) for at, h, wide in peaks)
        points.append((x, base - rise))
    offsets = [0.0] * len(points)
    step, reach = 40, rough
    while step >= 1:
        knots = [rng.uniform(-reach, reach) for _ in range(len(points) // step + 2)]
        for n in range(len(points)):
            share = (n % step) / step
            offsets[n] += knots[n // step] * (1 - share) + knots[n // step + 1] * share
        step, reach = step // 2, reach * 0.5
    return [(x, y + d) for (x, y), d in zip(points, offsets, strict=True)]


def height_at(line: list[Point], x: float) -> float:
    """How high a skyline is at this place."""
    return line[max(0, min(len(line) - 1, round(x / SIZE * (len(line) - 1))))][1]


def below(line: list[Point], depth: float = SIZE) -> list[Point]:
    """The area under a skyline."""
    return [*line, (line[-1][0], depth), (line[0][0], depth)]


def mist(mask: Image.Image, top: float, bottom: float) -> Image.Image:
    """The mask, full at `top` and gone at `bottom`."""
    steps = [255 * (bottom - y) / (bottom - top) for y in range(0, SIZE, 4)]
    fall = Image.frombytes("L", (1, SIZE // 4), bytes(round(min(255, max(0, n))) for n in steps))
    return both(mask, fall.resize(mask.size, Image.Resampling.BILINEAR))


def pine(plate: Plate, needles: Plate, rng: Random, line: list[Point], size: float) -> None:
    """Boughs along a branch: flat fans of needles, as painters of pines draw them."""
    for x, y in line:
        for _ in range(3):
            cx, cy = x + rng.uniform(-0.5, 0.5) * size, y + rng.uniform(-0.42, 0.06) * size
            for n in range(15):
                angle = math.pi * (1.02 + 0.96 * n / 14) + rng.uniform(-0.05, 0.05)
                reach = size * rng.uniform(0.4, 0.52)
                tip = (cx + reach * math.cos(angle), cy + reach * math.sin(angle) * 0.72)
                needles.line([(cx, cy), tip], max(1.0, size / 60))
            plate.disc(cx, cy - size * 0.16, size * 0.24)
