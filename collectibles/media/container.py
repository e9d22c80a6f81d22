"""What a picture file says of itself, read without decoding it: kind, size, and nothing hidden.

PNG, JPEG and WebP are told by their content, never by a name. `read_header` is cheap and finds the
pixel count before any decoder runs; `check_structure` walks the whole file: cut short, animated,
or carrying something after or beside the picture. Pure: no decoder, no files.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import NamedTuple

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_PIXELS = {"png": 25_000_000, "jpeg": 25_000_000, "webp": 12_000_000}
"""By kind. The WebP decoder holds the picture four times over, so its share is smaller."""
MAX_SIDE = 30_000

_MAX_PARTS = 50_000
_MAX_SCANS = 50  # every scan of a progressive JPEG costs a pass over all pixels
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_FILL = re.compile(rb"\xff+")
_IN_SCAN = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_MARKUP = re.compile(rb"<(?:script|html|!doctype|svg|iframe|body|\?php\s|%\s*eval)", re.IGNORECASE)
_OTHER_KINDS = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"%PDF-", "PDF"),
    (b"8BPS", "PSD"),
    (b"PK\x03\x04", "ZIP"),
)


class Unfit(Exception):
    """The file is not a picture this service takes; `code` says why."""

    def __init__(self, code: str, **figures: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.figures = figures


class Header(NamedTuple):
    """Kind (`png`, `jpeg`, `webp`) and the size in pixels as stored, before any rotation."""

    kind: str
    width: int
    height: int


def read_header(data: bytes) -> Header:
    """Kind and size of a picture within the limits. Raises `Unfit`."""
    if not data:
        raise Unfit("picture_empty")
    if len(data) > MAX_FILE_BYTES:
        raise Unfit("picture_file_too_large", max_mib=MAX_FILE_BYTES >> 20)
    try:
        if data.startswith(_PNG):
            header = Header("png", *_png_size(data))
        elif data.startswith(_JPEG):
            header = Header("jpeg", *_jpeg_size(data))
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            header = Header("webp", *_webp_size(data))
        else:
            raise _other_kind(data)
    except (struct.error, IndexError):
        raise Unfit("picture_cut_short") from None
    pixels, limit = header.width * header.height, MAX_PIXELS[header.kind]
    if pixels == 0:
        raise Unfit("picture_broken")
    if pixels > limit:
        raise Unfit(
            "picture_too_many_pixels",
            width=header.width,
            height=header.height,
            max_megapixels=limit // 1_000_000,
        )
    if max(header.width, header.height) > MAX_SIDE:
        raise Unfit("picture_side_too_long", max_side=MAX_SIDE)
    return header


def check_structure(data: bytes, kind: str) -> None:
    """Walk the whole file. Raises `Unfit` when it is not one still picture and nothing more."""
    walk = {"png": _walk_png, "jpeg": _walk_jpeg, "webp": _walk_webp}[kind]
    try:
        walk(data)
    except (struct.error, IndexError):
        raise Unfit("picture_cut_short") from None
    if b"%PDF-" in data[:1024] or _MARKUP.search(data) or _has_archive(data):
        raise Unfit("picture_carries_more")


def _other_kind(data: bytes) -> Unfit:
    text = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<!doctype svg")) or (
        text.startswith(b"<?xml") and b"<svg" in data[:65536].lower()
    ):
        return Unfit("picture_svg")
    if data[4:8] == b"ftyp":
        return Unfit("picture_other_kind", kind="HEIC/AVIF/MP4")
    for magic, name in _OTHER_KINDS:
        if data.startswith(magic):
            return Unfit("picture_other_kind", kind=name)
    return Unfit("picture_no_picture")


def _has_archive(data: bytes) -> bool:
    """Whether a ZIP reader, which begins at the end of a file, would find its table there."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if at < 0 or at + 22 > len(data):
        return False
    (table_size,) = struct.unpack_from("<I", data, at + 12)
    return at >= table_size and data.startswith(b"PK\x01\x02", at - table_size)


def _png_size(data: bytes) -> tuple[int, int]:
    length, name, width, height = struct.unpack_from(">I4sII", data, 8)
    if name != b"IHDR" or length != 13:
        raise Unfit("picture_broken")
    return width, height


def _walk_png(data: bytes) -> None:
    at, view = len(_PNG), memoryview(data)
    for _ in range(_MAX_PARTS):
        length, name = struct.unpack_from(">I4s", data, at)
        start, at = at, at + 12 + length
        if at > len(data):
            raise Unfit("picture_cut_short")
        (check,) = struct.unpack_from(">I", data, at - 4)
        if name[0:1].isupper() and zlib.crc32(view[start + 4 : at - 4]) != check:
            raise Unfit("picture_broken")  # the decoder would not look
        if name in (b"acTL", b"fcTL", b"fdAT"):
            raise Unfit("picture_animated")
        if name == b"IEND":
            if data[at:].strip(b"\0"):
                raise Unfit("picture_carries_more")
            return
    raise Unfit("picture_broken")


def _webp_size(data: bytes) -> tuple[int, int]:
    name = data[12:16]
    if name == b"VP8X":
        low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", data, 24)
        return (high_width << 16 | low_width) + 1, (high_height << 16 | low_height) + 1
    if name == b"VP8L":
        mark, bits = struct.unpack_from("<BI", data, 20)
        if mark != 0x2F:
            raise Unfit("picture_broken")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    start, width, height = struct.unpack_from("<3sHH", data, 23)
    if name != b"VP8 " or start != b"\x9d\x01\x2a":
        raise Unfit("picture_broken")
    return width & 0x3FFF, height & 0x3FFF


def _walk_webp(data: bytes) -> None:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise Unfit("picture_cut_short")
    if data[end:].strip(b"\0"):
        raise Unfit("picture_carries_more")
    at = 12
    for _ in range(_MAX_PARTS):
        if at >= end:
            return
        name, length = struct.unpack_from("<4sI", data, at)
        if name in (b"ANIM", b"ANMF"):
            raise Unfit("picture_animated")
        at += 8 + length + (length & 1)
        if at > end + 1:
            raise Unfit("picture_cut_short")
    raise Unfit("picture_broken")


class _Part(NamedTuple):
    """One marker of a JPEG: where its content begins and ends."""

    marker: int
    start: int
    end: int


def _jpeg_part(data: bytes, at: int) -> _Part:
    fill = _FILL.match(data, at)
    if fill is None:
        raise Unfit("picture_broken" if at < len(data) else "picture_cut_short")
    at = fill.end()
    marker = data[at]
    if marker in _JPEG_ALONE or marker == 0xD9:
        return _Part(marker, at + 1, at + 1)
    (length,) = struct.unpack_from(">H", data, at + 1)
    if length < 2:
        raise Unfit("picture_broken")
    if at + 1 + length > len(data):
        raise Unfit("picture_cut_short")
    return _Part(marker, at + 3, at + 1 + length)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(_MAX_PARTS):
        part = _jpeg_part(data, at)
        if part.marker in _JPEG_SIZES:
            _, height, width = struct.unpack_from(">BHH", data, part.start)
            return width, height
        if part.marker in (0xD9, 0xDA):
            break
        at = part.end
    raise Unfit("picture_broken")


def _walk_jpeg(data: bytes) -> None:
    end, linked = _end_of_jpeg(data, 0)
    rest = data[end:].lstrip(b"\0")
    while rest:
        # Cameras put smaller versions of the picture behind it and announce them (CIPA DC-007).
        if not (linked and rest.startswith(_JPEG)):
            raise Unfit("picture_carries_more")
        end, _ = _end_of_jpeg(rest, 0)
        rest = rest[end:].lstrip(b"\0")


def _end_of_jpeg(data: bytes, at: int) -> tuple[int, bool]:
    """(where the picture beginning at `at` ends, whether it announces further ones)."""
    at += 2
    linked, sizes, scans = False, 0, 0
    for _ in range(_MAX_PARTS):
        part = _jpeg_part(data, at)
        at = part.end
        if part.marker == 0xD9:
            return at, linked
        sizes += part.marker in _JPEG_SIZES
        scans += part.marker == 0xDA
        if sizes > 1 or scans > _MAX_SCANS:
            raise Unfit("picture_broken")
        if part.marker == 0xE2 and data.startswith(b"MPF\0", part.start):
            linked = True
        if part.marker == 0xDA:
            found = _IN_SCAN.search(data, at)
            if found is None:
                raise Unfit("picture_cut_short")
            at = found.start()
    raise Unfit("picture_broken")
