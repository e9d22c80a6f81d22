"""What every composition draws with: curves, soft masks, gradients, light, paper, grain.

Lengths are pixels of the finished picture. Masks are drawn at twice the size and averaged down, so
edges are smooth. Chance comes from the `Random` handed in and from nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

SIZE = 1600
Point = tuple[float, float]
Colour = str | tuple[int, ...]
Paint = Image.Image | Colour


def rgb(colour: Colour) -> tuple[int, ...]:
    """`#rrggbb` or a tuple -> a tuple."""
    return ImageColor.getrgb(colour) if isinstance(colour, str) else colour


def mix(one: Colour, other: Colour, share: float) -> tuple[int, ...]:
    """The colour `share` of the way from one to the other."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return tuple(round(a + (b - a) * share) for a, b in pairs)


def curve(points: Sequence[Point], closed: bool = False, steps: int = 14) -> list[Point]:
    """A smooth line (Catmull-Rom) through the points, as many short straight ones."""
    count = len(points)
    ends = list(points)
    padded = [ends[-1], *ends, ends[0], ends[1]] if closed else [ends[0], *ends, ends[-1]]
    out: list[Point] = []
    for index in range(count if closed else count - 1):
        a, b, c, d = padded[index : index + 4]
        for step in range(steps):
            t = step / steps
            out.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    if not closed:
        out.append(ends[-1])
    return out


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    rest = (2 * a - 5 * b + 4 * c - d) * t + (3 * b - a - 3 * c + d) * t * t
    return b + 0.5 * t * (c - a + rest)


def ellipse(x: float, y: float, rx: float, ry: float, count: int = 120) -> list[Point]:
    """The points of an ellipse."""
    angles = (2 * math.pi * n / count for n in range(count))
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def turn(points: Iterable[Point], angle: float, x: float = 0, y: float = 0) -> list[Point]:
    """The points turned about the origin (radians), then moved by x and y."""
    cos, sin = math.cos(angle), math.sin(angle)
    return [(x + px * cos - py * sin, y + px * sin + py * cos) for px, py in points]


class Plate:
    """A greyscale plate to draw on at twice the size; `mask()` is what it prints."""

    def __init__(self, width: int = SIZE, height: int = SIZE) -> None:
        self._image = Image.new("L", (width * 2, height * 2))
        self._draw = ImageDraw.Draw(self._image)

    def shape(self, points: Iterable[Point], tone: int = 255) -> Plate:
        """Fill a polygon."""
        self._draw.polygon([(x * 2, y * 2) for x, y in points], fill=tone)
        return self

    def line(
        self, points: Iterable[Point], width: float, tone: int = 255, closed: bool = False
    ) -> Plate:
        """Draw a line of even width with round ends."""
        doubled = [(x * 2, y * 2) for x, y in points]
        if closed:
            doubled.append(doubled[0])
        self._draw.line(doubled, fill=tone, width=max(1, round(width * 2)), joint="curve")
        for x, y in (doubled[0], doubled[-1]):
            box = (x - width, y - width, x + width, y + width)
            self._draw.ellipse(box, fill=tone)
        return self

    def stroke(self, points: Sequence[Point], widths: Sequence[float], tone: int = 255) -> Plate:
        """Draw a brush stroke: its width follows `widths` evenly along the points."""
        last = len(points) - 1
        left, right = [], []
        for index, (x, y) in enumerate(points):
            (ax, ay), (bx, by) = points[max(0, index - 1)], points[min(last, index + 1)]
            length = math.hypot(bx - ax, by - ay) or 1
            place = index / max(1, last) * (len(widths) - 1)
            before = min(int(place), len(widths) - 2)
            width = widths[before] + (widths[before + 1] - widths[before]) * (place - before)
            nx, ny = (ay - by) / length * width / 2, (bx - ax) / length * width / 2
            left.append((x + nx, y + ny))
            right.append((x - nx, y - ny))
        return self.shape(left + right[::-1], tone)

    def disc(self, x: float, y: float, radius: float, tone: int = 255) -> Plate:
        """Fill a circle."""
        box = (2 * (x - radius), 2 * (y - radius), 2 * (x + radius), 2 * (y + radius))
        self._draw.ellipse(box, fill=tone)
        return self

    def mask(self) -> Image.Image:
        """The plate at its size."""
        return self._image.reduce(2)


def shape(*polygons: Iterable[Point]) -> Image.Image:
    """The mask of these polygons together."""
    plate = Plate()
    for points in polygons:
        plate.shape(points)
    return plate.mask()


def gradient(
    *stops: tuple[float, Colour], across: bool = False, size: tuple[int, int] = (SIZE, SIZE)
) -> Image.Image:
    """Colours from top to bottom (or from left to right); each stop is (place 0..1, colour)."""
    line = b"".join(bytes(_between(stops, n / 255)) for n in range(256))
    strip = Image.frombytes("RGB", (256, 1) if across else (1, 256), line)
    return strip.resize(size, Image.Resampling.BILINEAR)


def _between(stops: Sequence[tuple[float, Colour]], place: float) -> tuple[int, ...]:
    for (start, one), (end, other) in pairwise(stops):
        if place <= end:
            return mix(one, other, min(1, max(0, (place - start) / (end - start))))
    return rgb(stops[-1][1])


def glow(x: float, y: float, rx: float, ry: float | None = None, power: float = 1) -> Image.Image:
    """A mask that is full at the middle and fades to nothing at the given radii."""
    ry = rx if ry is None else ry
    fade = Image.radial_gradient("L").point(
        [round(255 * max(0.0, 1 - n / 180.3) ** power) for n in range(256)]
    )
    out = Image.new("L", (SIZE, SIZE))
    scaled = fade.resize((round(2 * rx * 1.41), round(2 * ry * 1.41)), Image.Resampling.BICUBIC)
    out.paste(scaled, (round(x - rx * 1.41), round(y - ry * 1.41)))
    return out


def noise(
    rng: Random, cells: int, octaves: int = 3, size: tuple[int, int] = (SIZE, SIZE), tall: float = 1
) -> Image.Image:
    """Cloudy chance around 128; `cells` across at its coarsest, `tall` stretches it downwards."""
    half = (size[0] // 2, size[1] // 2)
    out = Image.new("L", half, 128)
    for octave in range(octaves):
        width = cells * 2**octave
        height = max(2, round(width * size[1] / size[0] / tall))
        layer = Image.frombytes("L", (width, height), rng.randbytes(width * height))
        layer = layer.resize(half, Image.Resampling.BICUBIC)
        out = Image.blend(out, layer, 0.5 ** (octave + 0.4)) if octave else layer
    return out.resize(size, Image.Resampling.BILINEAR)


def level(mask: Image.Image, low: float, high: float) -> Image.Image:
    """Stretch a mask so that `low` becomes 0 and `high` 255 (low above high turns it over)."""
    return mask.point([round(min(255, max(0, 255 * (n - low) / (high - low)))) for n in range(256)])


def fade(mask: Image.Image, share: float) -> Image.Image:
    """The mask, weaker by this factor."""
    return mask.point([round(n * share) for n in range(256)])


def both(*masks: Image.Image) -> Image.Image:
    """Where all the masks are."""
    out = masks[0]
    for mask in masks[1:]:
        out = ImageChops.multiply(out, mask)
    return out


def without(mask: Image.Image, other: Image.Image) -> Image.Image:
    """Where the first mask is and the other is not."""
    return ImageChops.multiply(mask, ImageChops.invert(other))


def blur(mask: Image.Image, radius: float) -> Image.Image:
    """A wide blur, made on a small copy."""
    step = max(1, min(16, int(radius / 3)))
    small = mask.reduce(step).filter(ImageFilter.GaussianBlur(radius / step))
    return small.resize(mask.size, Image.Resampling.BICUBIC)


def around(image: Image.Image, x: float, y: float, reach: float) -> tuple[Image.Image, int, int]:
    """(the part of the picture around x and y, its left, its top): to work on less of it."""
    left, top, side = round(x - reach), round(y - reach), round(2 * reach)
    return image.crop((left, top, left + side, top + side)), left, top


def moved(mask: Image.Image, x: int, y: int) -> Image.Image:
    """The mask shifted; what comes in is empty."""
    out = Image.new(mask.mode, mask.size)
    out.paste(mask, (x, y))
    return out


def bevel(mask: Image.Image, width: float, reach: int) -> tuple[Image.Image, Image.Image]:
    """(light, shade) of a raised shape with soft edges, lit from the upper left."""
    soft = blur(mask, width)
    toward, away = moved(soft, -reach, -reach), moved(soft, reach, reach)
    light, shade = ImageChops.subtract(away, toward), ImageChops.subtract(toward, away)
    return ImageChops.multiply(shade, mask), ImageChops.multiply(light, mask)


def lay(image: Image.Image, paint: Paint, mask: Image.Image, share: float = 1) -> None:
    """Paint through a mask, in place."""
    if isinstance(paint, str | tuple):
        paint = rgb(paint)
    image.paste(paint, (0, 0, *image.size), fade(mask, share) if share < 1 else mask)


def darken(image: Image.Image, mask: Image.Image, colour: Colour = "#000000") -> None:
    """Multiply by a colour where the mask is, in place."""
    solid = Image.new("RGB", image.size, rgb(colour))
    image.paste(ImageChops.multiply(image, solid), (0, 0), mask)


def lighten(image: Image.Image, mask: Image.Image, colour: Colour = "#ffffff") -> None:
    """Add light of a colour where the mask is, in place."""
    solid = Image.new("RGB", image.size, rgb(colour))
    image.paste(ImageChops.screen(image, solid), (0, 0), mask)


def grain(image: Image.Image, rng: Random, strength: int = 3) -> Image.Image:
    """The picture with a little even noise, which also hides the steps of gradients."""
    width, height = image.size
    fine = Image.frombytes("L", (width, height), rng.randbytes(width * height))
    steps = [128 + round((n - 127.5) / 127.5 * strength) for n in range(256)]
    flat = fine.point(steps)
    return ImageChops.add(image, Image.merge("RGB", (flat, flat, flat)), 1, -128)


def uneven(image: Image.Image, chance: Image.Image, share: float) -> Image.Image:
    """The picture lighter and darker by chance around 128: stains, washes, glaze."""
    steps = [128 + round((n - 128) * share) for n in range(256)]
    flat = chance.point(steps)
    return ImageChops.add(image, Image.merge("RGB", (flat, flat, flat)), 1, -128)
