"""Ornaments of Chinese ceramics and bronzes, as lines and shapes to be placed anywhere.

Each function draws on two plates, a dark one for outlines and a light one for washes, at a place, a
size and a turn; `wide` stretches sideways, for drawings that are going to be wrapped around a body.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image

from collectibles.media.drawing.brush import SIZE, Plate, Point, curve, turn


@dataclass
class Inks:
    """The two plates and how things are placed on them."""

    dark: Plate
    light: Plate
    wide: float = 1

    @classmethod
    def on(cls, image: Image.Image, wide: float = 1) -> Inks:
        """Empty plates of this picture's size."""
        return cls(Plate(*image.size), Plate(*image.size), wide)

    def place(self, points: Iterable[Point], angle: float, x: float, y: float) -> list[Point]:
        return [(x + px * self.wide, y + py) for px, py in turn(points, angle)]


def blossom(inks: Inks, x: float, y: float, size: float, rng: Random) -> None:
    """A peony seen from the front: three rings of frilled petals around a seed head."""
    lean = rng.uniform(0, 2 * math.pi)
    for ring, (reach, count, depth) in enumerate(((1.0, 9, 0.16), (0.72, 8, 0.14), (0.44, 6, 0.1))):
        for petal in range(count):
            angle = lean + ring * 0.4 + 2 * math.pi * petal / count
            half = math.pi / count * 1.18
            edge = []
            for step in range(13):
                across = step / 12 * 2 - 1
                bulge = math.cos(across * math.pi / 2) ** 0.45
                frill = 1 + depth * 0.35 * math.cos(across * math.pi * 3)
                radius = size * reach * (0.5 + 0.5 * bulge) * frill
                edge.append((radius * math.cos(across * half), radius * math.sin(across * half)))
            points = inks.place([(0, 0), *edge], angle, x, y)
            inks.light.shape(points, 90 + 45 * ring)
            inks.dark.shape(points, 0)
            inks.dark.line(points[1:], max(1.6, size / 34))
            for vein in (-0.4, 0, 0.4):
                line = [(size * reach * r, size * reach * r * vein * half) for r in (0.62, 0.86)]
                inks.dark.line(inks.place(line, angle, x, y), max(1, size / 70), 200)
    heart = inks.place([(size * 0.2 * c, size * 0.2 * s) for c, s in _circle(16)], 0, x, y)
    inks.light.shape(heart, 40)
    inks.dark.shape(heart, 0).line(heart, max(1.5, size / 40), closed=True)
    for c, s in _circle(7):
        spot = inks.place(
            [(size * (0.1 * c + 0.028 * a), size * (0.1 * s + 0.028 * b)) for a, b in _circle(8)],
            0,
            x,
            y,
        )
        inks.dark.shape(spot)


def leaf(inks: Inks, x: float, y: float, size: float, angle: float) -> None:
    """A pointed leaf with a curl, growing from x and y in the direction of `angle`."""
    upper = curve(
        [(0, 0), (size * 0.3, -size * 0.2), (size * 0.7, -size * 0.17), (size, size * 0.04)]
    )
    lower = curve(
        [(size, size * 0.04), (size * 0.62, size * 0.2), (size * 0.25, size * 0.15), (0, 0)]
    )
    points = inks.place(upper + lower, angle, x, y)
    inks.dark.shape(points, 0)
    inks.light.shape(points, 190)
    inks.dark.line(points, max(1.5, size / 26), closed=True)
    rib = curve([(0, 0), (size * 0.5, -size * 0.02), (size * 0.9, size * 0.03)], steps=6)
    inks.dark.line(inks.place(rib, angle, x, y), max(1, size / 40), 210)


def tendril(inks: Inks, x: float, y: float, size: float, angle: float, hand: int = 1) -> None:
    """A stem that rolls itself up; `hand` (1 or -1) says to which side."""
    points = []
    for step in range(40):
        t = step / 39
        radius = size * (1 - t) ** 0.9 * 0.5
        a = t * 3.6 * math.pi * hand
        points.append((size * 0.5 - radius * math.cos(a), -radius * math.sin(a)))
    placed = inks.place(points, angle, x, y)
    inks.dark.stroke(placed, [size / 16, size / 22, size / 26])
    tip = placed[-1]
    inks.dark.disc(tip[0], tip[1], size / 20)


def vine(inks: Inks, points: Sequence[Point], width: float) -> list[Point]:
    """A stem along the points; returns the smooth line for what grows on it."""
    line = curve(points)
    inks.dark.line(line, width)
    return line


def lappets(
    inks: Inks, middle: float, top: float, bottom: float, count: int, span: float, down: bool
) -> None:
    """A ring of pointed panels with a scroll in each; `down`: the points look downwards."""
    step = span / count
    for index in range(-1, count + 1):
        x = middle - span / 2 + (index + 0.5) * step
        half, height = step * 0.45, bottom - top
        outline = [
            *(
                (-half, 0),
                (-half, height * 0.55),
                (-half * 0.86, height * 0.78),
                (-half * 0.4, height * 0.93),
            ),
            *((0, height), (half * 0.4, height * 0.93), (half * 0.86, height * 0.78)),
            *((half, height * 0.55), (half, 0)),
        ]

        def put(points: Sequence[Point], x: float = x) -> list[Point]:
            return [(x + px, top + py if down else bottom - py) for px, py in points]

        inks.dark.line(put(outline), max(2.2, height / 42))
        inner = [(px * 0.74, py * 0.9) for px, py in outline]
        inks.dark.line(put(inner), max(1.2, height / 90))
        inks.light.shape(put(inner), 70)
        for hand in (-1, 1):
            roll = []
            for n in range(26):
                t = n / 25
                radius = half * 0.34 * (1 - t * 0.85)
                a = t * 3 * math.pi
                roll.append(
                    (
                        hand * (half * 0.3 - radius * math.cos(a)),
                        height * 0.32 - radius * math.sin(a) / inks.wide,
                    )
                )
            inks.dark.line(put(roll), max(1.6, height / 60))
        drop = curve(
            [
                (0, height * 0.44),
                (half * 0.2, height * 0.62),
                (0, height * 0.78),
                (-half * 0.2, height * 0.62),
            ],
            closed=True,
            steps=5,
        )
        inks.light.shape(put(drop), 230)
        inks.dark.line(put(drop), max(1.3, height / 80), closed=True)


def waves(inks: Inks, top: float, bottom: float, size: float, crests: bool = False) -> None:
    """Waves overlapping like scales, within a band or (`crests`) rising above its upper edge."""
    rows = max(1, round((bottom - top) / (size * 0.5)))
    for row in range(rows + 1):
        y = top + row * (bottom - top) / rows
        shift = size * inks.wide * (0.5 if row % 2 else 0)
        for index in range(-1, math.ceil(SIZE / (size * inks.wide)) + 2):
            x = index * size * inks.wide + shift
            for ring in (1.0, 0.68, 0.38):
                reach = size / 2 * ring
                turns = (math.pi * n / 24 for n in range(25))
                arc = [
                    (x + math.cos(a) * reach * inks.wide, y - math.sin(a) * reach) for a in turns
                ]
                if not crests:
                    arc = [(px, max(top, min(bottom, py))) for px, py in arc]
                if ring == 1.0:
                    inks.dark.shape(arc, 0)
                    inks.light.shape(arc, 60)
                inks.dark.line(arc, max(1.3, size / 26))


def meander(x: float, y: float, size: float, hand: int = 1) -> list[Point]:
    """A squared spiral (thunder pattern) within a square of this size, as one line."""
    unit = size / 8
    steps = [(0, 8), (8, 8), (8, 0), (2, 0), (2, 6), (6, 6), (6, 2.4), (4, 2.4), (4, 4)]
    points = [((px if hand > 0 else 8 - px) * unit, py * unit) for px, py in steps]
    return [(x + px, y + py) for px, py in points]


def _circle(count: int) -> list[Point]:
    angles = (2 * math.pi * n / count for n in range(count))
    return [(math.cos(a), math.sin(a)) for a in angles]
