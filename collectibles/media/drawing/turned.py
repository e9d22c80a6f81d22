"""Vessels thrown on a wheel: a profile and a flat drawing become a lit, round body.

The drawing is the front half of the surface unrolled: left edge 90 degrees to the left, right edge
90 degrees to the right, one row per pixel of height. The eye is a little above the vessel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops

from collectibles.media.drawing.brush import SIZE, Point, curve, ellipse, shape

_Box = tuple[int, int, int, int]
_Corners = tuple[float, float, float, float, float, float, float, float]
_COLUMNS, _ROWS = 64, 112  # at most this many cells


@dataclass(frozen=True)
class Light:
    """Where the light comes from and how the surface answers it."""

    left: float = 0.75  # radians to the left of the eye
    up: float = 0.55
    ambient: float = 0.42
    diffuse: float = 0.66
    shine: float = 0.8
    hardness: float = 60
    rim: float = 0.12  # light from behind on the far edge


class Body:
    """A body of revolution: points (height from its top, radius), placed on the picture."""

    def __init__(
        self, points: Sequence[Point], x: float = 800, top: float = 200, tilt: float = 0.1
    ) -> None:
        line = curve(points, steps=24)
        self.x, self.top, self.tilt = x, top, tilt
        self.height = round(points[-1][0])
        self._radii = _sampled(line, self.height)

    def radius(self, height: float) -> float:
        """The radius at this height from the top."""
        return self._radii[min(self.height, max(0, round(height)))]

    def drawing(self, colour: tuple[int, ...]) -> Image.Image:
        """An empty drawing to paint the surface on."""
        return Image.new("RGB", (SIZE, self.height), colour)

    def aspect(self, height: float) -> float:
        """Pixels of the drawing per pixel of the surface, sideways, at this height."""
        return SIZE / (math.pi * self.radius(height))

    def mask(self) -> Image.Image:
        """Where the body is, without what is seen inside its mouth."""
        heights = range(0, self.height + 1, 4)
        right = [(self.x + self.radius(h), self.top + h) for h in heights]
        left = [(2 * self.x - x, y) for x, y in right]
        foot = self.radius(self.height)
        base = ellipse(self.x, self.top + self.height, foot, foot * self.tilt)
        return shape(right + left[::-1], base, self.mouth())

    def mouth(self, inset: float = 0) -> list[Point]:
        """The ellipse of the rim, `inset` pixels within it."""
        radius = self.radius(0) - inset
        return ellipse(self.x, self.top, radius, max(1, radius * self.tilt))

    def render(self, drawing: Image.Image, light: Light) -> Image.Image:
        """The lit body on black, to be laid through `mask`."""
        shade, shine = self._lit(light)
        size = drawing.size
        shade = shade.resize(size, Image.Resampling.BICUBIC)
        lit = ImageChops.multiply(drawing, Image.merge("RGB", (shade, shade, shade)))
        shine = shine.resize(size, Image.Resampling.BICUBIC)
        lit = ImageChops.screen(lit, Image.merge("RGB", (shine, shine, shine)))
        return lit.transform((SIZE, SIZE), Image.Transform.MESH, self._mesh(size), _SMOOTH)

    def _cells(self) -> tuple[int, int]:
        """Into how many columns and rows the surface is cut: fewer for a slender body."""
        columns = max(20, min(_COLUMNS, round(max(self._radii) / 6)))
        return columns, max(40, min(_ROWS, self.height // 6))

    def _lit(self, light: Light) -> tuple[Image.Image, Image.Image]:
        """Shade and shine over the unrolled surface, small."""
        toward = (
            -math.sin(light.left) * math.cos(light.up),
            -math.sin(light.up),
            math.cos(light.left) * math.cos(light.up),
        )
        columns, rows = self._cells()
        half = math.sqrt(2 + 2 * toward[2])
        shade, shine = bytearray(), bytearray()
        for row in range(rows):
            height = row / (rows - 1) * self.height
            step = self.height / rows
            slope = (self.radius(height + step) - self.radius(height - step)) / (2 * step)
            flat = 1 / math.hypot(1, slope)
            for column in range(columns):
                angle = (column / (columns - 1) - 0.5) * math.pi
                nx, ny, nz = math.sin(angle) * flat, -slope * flat, math.cos(angle) * flat
                facing = max(0.0, nx * toward[0] + ny * toward[1] + nz * toward[2])
                edge = max(0.0, nx) ** 6 * light.rim
                value = light.ambient * (0.55 + 0.45 * nz) + light.diffuse * facing + edge
                shade.append(min(255, round(255 * value)))
                glance = (nx * toward[0] + ny * toward[1] + nz * (toward[2] + 1)) / half
                shine.append(round(255 * light.shine * max(0.0, glance) ** light.hardness))
        size = (columns, rows)
        return Image.frombytes("L", size, bytes(shade)), Image.frombytes("L", size, bytes(shine))

    def _mesh(self, size: tuple[int, int]) -> list[tuple[_Box, _Corners]]:
        """For each cell of the picture, where its corners lie on the drawing."""
        columns, rows = self._cells()
        widest = max(self._radii)
        left, right = math.floor(self.x - widest) - 2, math.ceil(self.x + widest) + 2
        low = math.ceil(self.top + self.height + self.radius(self.height) * self.tilt) + 2
        high = math.floor(self.top) - 2
        xs = [round(left + (right - left) * n / columns) for n in range(columns + 1)]
        ys = [round(high + (low - high) * n / rows) for n in range(rows + 1)]
        at = [[self._source(x, y, size) for x in xs] for y in ys]
        mesh = []
        for j in range(rows):
            for i in range(columns):
                corners = (*at[j][i], *at[j + 1][i], *at[j + 1][i + 1], *at[j][i + 1])
                mesh.append(((xs[i], ys[j], xs[i + 1], ys[j + 1]), corners))
        return mesh

    def _source(self, x: float, y: float, size: tuple[int, int]) -> Point:
        height = y - self.top
        for _ in range(4):  # the surface bulges towards the eye, so it is seen lower
            radius = self.radius(height)
            across = min(1.0, abs(x - self.x) / radius)
            height = y - self.top - self.tilt * radius * math.sqrt(1 - across * across)
        across = max(-1.0, min(1.0, (x - self.x) / self.radius(height)))
        place = (math.asin(across) / math.pi + 0.5) * (size[0] - 1)
        return place, min(size[1] - 1.0, max(0.0, height))


_SMOOTH = Image.Resampling.BICUBIC


def _sampled(line: Sequence[Point], height: int) -> list[float]:
    """The radius at each whole height, from a line of (height, radius) that only goes down."""
    radii, index = [], 0
    for at in range(height + 1):
        while index < len(line) - 2 and line[index + 1][0] < at:
            index += 1
        (h0, r0), (h1, r1) = line[index], line[index + 1]
        radii.append(r0 + (r1 - r0) * min(1.0, max(0.0, (at - h0) / ((h1 - h0) or 1))))
    return radii
