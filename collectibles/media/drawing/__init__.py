"""The demonstration's own pictures: drawn by the program, from nothing but a name and a seed.

Each composition is one module with two functions: `photo`, the object as a museum's photographer
takes it, and `rework`, a new work made from it. The same seed gives the same object in both.
"""

from __future__ import annotations

import io
from random import Random
from types import ModuleType

from collectibles.media.drawing import (
    bronze,
    celadon,
    jade,
    lotus,
    moon_pine,
    mountains,
    sancai,
    vase,
)

_COMPOSITIONS: dict[str, ModuleType] = {
    "vase": vase,
    "bronze": bronze,
    "mountains": mountains,
    "sancai": sancai,
    "moon_pine": moon_pine,
    "jade": jade,
    "lotus": lotus,
    "celadon": celadon,
}
NAMES = tuple(_COMPOSITIONS)
VARIANTS = ("photo", "rework")


def draw(name: str, seed: int = 1, variant: str = "rework") -> bytes:
    """A picture of 1600 by 1600 pixels as PNG: one of `NAMES`, one of `VARIANTS`.

    The same arguments give the same bytes with the same Pillow. ValueError for unknown ones.
    """
    if name not in NAMES or variant not in VARIANTS:
        raise ValueError(f"no drawing {name!r} ({variant!r})")
    rng = Random(f"{name} {seed}")  # noqa: S311 - chance that must come back the same
    image = getattr(_COMPOSITIONS[name], variant)(rng)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=2)
    return out.getvalue()
