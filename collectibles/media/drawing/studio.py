"""The museum's photo studio: a seamless ground, soft shadows, the scale and the colour patches."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw

from collectibles.media.drawing.brush import (
    SIZE,
    Plate,
    blur,
    darken,
    ellipse,
    fade,
    glow,
    gradient,
    grain,
    lighten,
    mix,
    moved,
    rgb,
)

_PATCHES = ("#1f1f1f", "#5c5c5c", "#a3a3a3", "#ededed", "#8c2f2b", "#2f6b46", "#2b4a86", "#d6a72c")


def ground(tone: str = "#cfccc6", horizon: float = 0.66) -> Image.Image:
    """Seamless paper, lit from the upper left, bending from wall to table without an edge."""
    image = gradient(
        (0, mix(tone, "#000000", 0.16)),
        (horizon - 0.16, tone),
        (horizon, mix(tone, "#ffffff", 0.12)),
        (horizon + 0.1, mix(tone, "#ffffff", 0.3)),
        (1, mix(tone, "#ffffff", 0.06)),
    )
    lighten(image, glow(560, 620, 1000, 900, 1.4), mix(tone, "#000000", 0.72))
    return image


def stand(image: Image.Image, mask: Image.Image, x: float, y: float, rx: float) -> None:
    """The shadows of something that stands at x, y with a foot of radius `rx`, in place."""
    fall = moved(blur(mask, 46), 70, 0)
    cut = Image.new("L", (SIZE, SIZE))
    cut.paste(fall.resize((SIZE, 420)).crop((0, 0, SIZE, 300)), (110, round(y - 285)))
    darken(image, fade(blur(cut, 40), 0.33), "#2a2724")
    contact(image, x, y, rx)


def contact(image: Image.Image, x: float, y: float, rx: float) -> None:
    """The shadow where something touches the table, in place."""
    width, height = round(rx * 4.4), round(rx * 0.6) + 220
    left, top = round(x - width / 2), round(y - height / 2)
    patch = image.crop((left, top, left + width, top + height))
    for right, down, wide, deep, soft, colour in (
        (26, 6, 1.5, 0.22, 30, "#6b655d"),
        (4, 2, 1.06, 0.13, 9, "#3a352f"),
    ):
        spot = ellipse(width / 2 + right, height / 2 + down, rx * wide, rx * deep)
        darken(patch, blur(Plate(width, height).shape(spot).mask(), soft), colour)
    image.paste(patch, (left, top))


def finish(image: Image.Image, rng: Random, scale: bool = True) -> Image.Image:
    """The photograph: with a scale of centimetres and patches of known colour, slightly grainy."""
    if scale:
        draw = ImageDraw.Draw(image)
        x, y, cell = 90, 1490, 34
        draw.rectangle((x - 8, y - 8, x + cell * 16 + 8, y + cell + 30), fill=rgb("#f4f3ef"))
        for index, colour in enumerate(_PATCHES):
            left = x + index * cell
            draw.rectangle((left, y, left + cell - 1, y + cell + 21), fill=rgb(colour))
        for index in range(8):
            left = x + (8 + index) * cell
            box = (left, y + 22 * (index % 2), left + cell - 1, y + 22 * (index % 2) + 33)
            draw.rectangle((left, y, left + cell - 1, y + 55), outline=rgb("#1f1f1f"))
            draw.rectangle(box, fill=rgb("#1f1f1f"))
    return grain(image, rng)
