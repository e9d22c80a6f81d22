"""The walk through picture files, against Pillow's own reading and against damage of every kind."""

from __future__ import annotations

import io
import struct
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from collectibles.media.container import (
    MAX_FILE_BYTES,
    MAX_SIDE,
    Unfit,
    check_structure,
    read_header,
)
from tests.media import samples
from tests.media.samples import painted, saved


def see_through() -> Image.Image:
    image = painted()
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


GOOD = {
    "PNG": saved(painted(), "PNG"),
    "PNG grey": saved(painted().convert("L"), "PNG"),
    "JPEG": saved(painted(), "JPEG"),
    "JPEG progressive": saved(painted(), "JPEG", progressive=True),
    "JPEG with restarts": saved(painted(), "JPEG", restart_marker_rows=1),
    "JPEG CMYK": saved(painted().convert("CMYK"), "JPEG"),
    "JPEG with a comment": saved(painted(), "JPEG", comment="青瓷碗 <b>"),
    "WebP": saved(painted(), "WEBP"),
    "WebP lossless": saved(painted(), "WEBP", lossless=True),
    "WebP with alpha": saved(see_through(), "WEBP"),
    "WebP with metadata": saved(painted(), "WEBP", exif=Image.Exif(), icc_profile=b"x" * 129),
    "WebP of odd length": saved(painted(641, 479), "WEBP", xmp=b"<x:xmpmeta/>"),
}


def code_of(data: bytes) -> str | None:
    """The code with which the file is refused, None when it passes."""
    try:
        header = read_header(data)
        check_structure(data, header.kind)
    except Unfit as unfit:
        return unfit.code
    return None


@pytest.mark.parametrize("name", GOOD)
def test_good_files_pass_and_their_size_is_read(name: str) -> None:
    header = read_header(GOOD[name])
    image = Image.open(io.BytesIO(GOOD[name]))
    assert (header.kind, header[1:]) == (image.format.lower(), image.size)
    assert code_of(GOOD[name]) is None
    assert code_of(GOOD[name] + bytes(7)) is None  # some programs fill up with zeros


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (3, 1), (255, 257), (16383, 1), (1, 16383)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_sizes_of_every_kind(kind: str, size: tuple[int, int]) -> None:
    for options in ({}, {"lossless": True}) if kind == "WEBP" else ({},):
        assert read_header(saved(Image.new("RGB", size), kind, **options))[1:] == size


@pytest.mark.parametrize("name", GOOD)
def test_cut_at_every_percent(name: str) -> None:
    data = GOOD[name]
    for percent in range(100):
        code = code_of(data[: len(data) * percent // 100])
        assert code in ("picture_cut_short", "picture_empty", "picture_no_picture"), percent


@pytest.mark.parametrize("name", GOOD)
def test_damage_passes_or_is_unfit_never_anything_else(name: str, rng: Random) -> None:
    for _ in range(150):
        data = bytearray(GOOD[name])
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(min(len(data), rng.choice((64, 700, 10**9))))] = rng.randrange(256)
        code_of(bytes(data))


@given(st.sampled_from([b"\xff\xd8\xff", samples.PNG, b"RIFF\x40\0\0\0WEBPVP8X"]), st.binary())
def test_any_bytes_after_a_magic_are_unfit(magic: bytes, rest: bytes) -> None:
    assert code_of(magic + rest) is not None


@pytest.mark.parametrize("name", samples.not_pictures())
def test_what_is_no_picture(name: str) -> None:
    data, code = samples.not_pictures()[name]
    assert code_of(data) == code


@pytest.mark.parametrize("name", samples.carrying())
def test_what_carries_something_else(name: str) -> None:
    assert code_of(samples.carrying()[name]) == "picture_carries_more"


def test_a_word_in_a_comment_carries_nothing() -> None:
    for text in (b"script and html", b"<rdf:RDF>", b"PK\x05\x06 is how a ZIP ends".ljust(100)):
        assert code_of(samples.with_segment(GOOD["JPEG"], 0xFE, text)) is None


def test_smaller_versions_announced_behind_a_photo() -> None:
    """Cameras and phones write such files; Pillow does when asked for MPO."""
    image = painted(320, 240)
    several = saved(image, "MPO", save_all=True, append_images=[image.resize((80, 60))])
    assert len(several) > len(saved(image, "JPEG"))
    assert read_header(several) == ("jpeg", 320, 240)
    assert code_of(several) is None
    assert code_of(several[:-2]) == "picture_cut_short"
    assert code_of(several + b"<html>") == "picture_carries_more"


def test_animations() -> None:
    frames = [painted(32, 32, seed) for seed in range(20)]
    rest = {"save_all": True, "append_images": frames[1:]}
    assert code_of(saved(frames[0], "PNG", **rest)) == "picture_animated"
    assert code_of(saved(frames[0], "WEBP", **rest)) == "picture_animated"


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [
        (5000, 5000, None),
        (5001, 5000, "picture_too_many_pixels"),
        (20000, 20000, "picture_too_many_pixels"),
        (2**32 - 1, 2**32 - 1, "picture_too_many_pixels"),
        (MAX_SIDE, 833, None),
        (MAX_SIDE + 1, 1, "picture_side_too_long"),
        (1, 65535, "picture_side_too_long"),
        (0, 5, "picture_broken"),
    ],
)
def test_the_pixel_count_is_read_before_anything_else(
    width: int, height: int, code: str | None
) -> None:
    assert code_of(samples.png(width, height, b"no pixels at all")) == code


def test_jpeg_and_webp_have_their_limits_too() -> None:
    large = bytearray(GOOD["JPEG"])
    at = large.index(b"\xff\xc0")
    large[at + 5 : at + 9] = struct.pack(">HH", 65500, 65500)
    assert code_of(bytes(large)) == "picture_too_many_pixels"
    large = bytearray(GOOD["WebP with alpha"])
    large[24:30] = b"\xff\x0f\x00\xff\x0f\x00"  # 4096 by 4096
    assert code_of(bytes(large)) == "picture_too_many_pixels"


def test_a_flipped_bit_in_the_pixels_of_a_png(rng: Random) -> None:
    data = bytearray(GOOD["PNG"])
    data[rng.randrange(200, len(data) - 200)] ^= 1 << rng.randrange(8)
    assert code_of(bytes(data)) in ("picture_broken", "picture_cut_short")


def test_two_sizes_or_endless_scans_in_a_jpeg() -> None:
    data = GOOD["JPEG"]
    at = data.index(b"\xff\xc0")
    (length,) = struct.unpack_from(">H", data, at + 2)
    assert code_of(data[:at] + data[at : at + 2 + length] + data[at:]) == "picture_broken"
    data = GOOD["JPEG progressive"]
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert code_of(data[:-2] + scan * 60 + data[-2:]) == "picture_broken"


def test_large_files() -> None:
    assert code_of(GOOD["PNG"].ljust(MAX_FILE_BYTES, b"\0")) is None
    assert code_of(GOOD["PNG"].ljust(MAX_FILE_BYTES + 1, b"\0")) == "picture_file_too_large"
    fill = b"\xff\xd8".ljust(MAX_FILE_BYTES, b"\xff")
    assert code_of(fill) == "picture_cut_short"
    chunks = GOOD["PNG"][:33] + samples.chunk(b"teXt") * 1_000_000
    assert code_of(chunks) == "picture_broken"
