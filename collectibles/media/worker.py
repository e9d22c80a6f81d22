"""The process in which a picture is decoded: little memory, little time, no way back in.

It reads one file from standard input and writes one line of JSON, then the derivatives, to
standard output. Everything an upload could exploit or exhaust happens here, behind the kernel's
limits; the parent only ever sees bytes that this process encoded anew.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Callable

from PIL import Image, ImageCms, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from collectibles.media.container import Header, Unfit, check_structure, read_header

MEMORY_BYTES = 256 * 1024 * 1024
CPU_SECONDS = 6
WIDTHS = (320, 800, 1600)
_TALLEST = 4  # heights per width: a hanging scroll stays readable, WebP ends at 16383 pixels
_STRIP = 256
_OUTPUT_BYTES = 64 * 1024 * 1024
_QUALITY = 82
_OPENERS: dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "png": PngImagePlugin.PngImageFile,
    "jpeg": JpegImagePlugin.JpegImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
}
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)


def main() -> None:
    """Limit this process, then answer for the file on standard input."""
    _limit()
    pictures: list[bytes] = []
    try:
        pictures = _derivatives(sys.stdin.buffer.read())
        answer: dict[str, object] = {"sizes": [len(picture) for picture in pictures]}
    except Unfit as unfit:
        answer = {"unfit": unfit.code, "figures": unfit.figures}
    except MemoryError:
        answer = {"unfit": "picture_costly", "figures": {}}
    except Exception as error:  # whatever a decoder trips over, the file is to blame
        costly = "memory" in str(error).lower()
        answer = {"unfit": "picture_costly" if costly else "picture_broken", "figures": {}}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + b"".join(pictures))


def _limit() -> None:
    limits = (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, _OUTPUT_BYTES),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_CORE, 0),
    )
    for limit, value in limits:
        resource.setrlimit(limit, (value, value))


def _derivatives(data: bytes) -> list[bytes]:
    """One WebP for each of `WIDTHS`, none larger than the picture itself."""
    header = read_header(data)
    check_structure(data, header.kind)
    largest = _upright(data, header)
    pictures = []
    for width in WIDTHS:
        size = fitting(largest.width, largest.height, width)
        scaled = largest if size == largest.size else _scale(largest, size)
        out = io.BytesIO()
        scaled.save(out, "WEBP", quality=_QUALITY, method=4)
        pictures.append(out.getvalue())
    return pictures


def fitting(width: int, height: int, limit: int) -> tuple[int, int]:
    """The size at which a picture fits `limit` across and four times that down; never larger."""
    if width <= limit and height <= limit * _TALLEST:
        return width, height
    if width * _TALLEST >= height:
        return limit, max(1, round(height * limit / width))
    return max(1, round(width * limit * _TALLEST / height)), limit * _TALLEST


def _upright(data: bytes, header: Header) -> Image.Image:
    """The picture at its largest derivative size: upright, sRGB, RGB or RGBA, without metadata."""
    source = _decode(data, header)
    profile = source.info.get("icc_profile")
    turn = _turn(source)
    picture = _to_srgb(_shrink(source, _stored_size(source, turn)), profile)
    if turn in _TURNS:
        picture = picture.transpose(_TURNS[turn])
    picture.info.clear()
    return picture


def _decode(data: bytes, header: Header) -> ImageFile.ImageFile:
    """The picture with its pixels; a JPEG at a half, quarter or eighth when that is enough.

    A progressive JPEG is held twice while it is decoded. When that is too much, half its size in
    each direction is tried, even if the largest derivative gets a little smaller by it.
    """
    for share in (1, 2):
        source = _OPENERS[header.kind](io.BytesIO(data))
        if source.size != (header.width, header.height):
            raise Unfit("picture_broken")
        width, height = _stored_size(source, _turn(source))
        if header.kind == "jpeg":
            source.draft(None, (width // share, height // share))
        try:
            source.load()
        except (OSError, MemoryError):
            if share == 2 or not source.info.get("progressive"):
                raise
        else:
            break
    return source


def _stored_size(source: Image.Image, turn: int) -> tuple[int, int]:
    """The size of the largest derivative, before the turn is applied."""
    if turn not in _SIDEWAYS:
        return fitting(*source.size, WIDTHS[-1])
    height, width = fitting(source.height, source.width, WIDTHS[-1])
    return width, height


def _turn(source: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 when there is none or it cannot be read."""
    try:
        turn = source.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF is no reason to refuse the pixels
        return 1
    return turn if turn in _TURNS else 1


def _shrink(source: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale in horizontal strips, so that no second copy in full size is ever made."""
    mode = _working_mode(source)
    across = Image.new(mode, (size[0], source.height))
    for top in range(0, source.height, _STRIP):
        bottom = min(top + _STRIP, source.height)
        strip = _convert(source.crop((0, top, source.width, bottom)), mode)
        strip.info.clear()
        across.paste(_resize(strip, (size[0], bottom - top)), (0, top))
    source.close()
    scaled = _resize(across, size)
    return scaled.convert("RGBA") if mode == "RGBa" else scaled


def _scale(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture.resize(size, Image.Resampling.LANCZOS)


def _resize(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else _scale(picture, size)


def _working_mode(source: Image.Image) -> str:
    if source.has_transparency_data:
        return "RGBa"  # premultiplied: scaling must not bleed the colour of transparent pixels
    if source.mode in ("1", "L", "I", "I;16", "I;16B"):
        return "L"
    return "CMYK" if source.mode == "CMYK" else "RGB"


def _convert(strip: Image.Image, mode: str) -> Image.Image:
    if strip.mode.startswith("I"):  # sixteen bits of grey: keep the upper eight
        strip = strip.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if mode == "RGBa":
        return strip.convert("RGBA").convert("RGBa")
    return strip if strip.mode == mode else strip.convert(mode)


def _to_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """RGB or RGBA in sRGB. A profile that cannot be used is taken as sRGB."""
    wanted = "RGBA" if picture.mode == "RGBA" else "RGB"
    if isinstance(profile, bytes) and profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(picture, source, target, outputMode=wanted)
        except (ImageCms.PyCMSError, OSError, ValueError):
            turned = None
        if turned is not None:
            return turned
    return picture if picture.mode == wanted else picture.convert(wanted)
