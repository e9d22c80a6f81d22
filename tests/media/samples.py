"""Picture files for the tests: good ones, and what hostile hands make of them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from random import Random

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"


def painted(width: int = 640, height: int = 480, seed: int = 1) -> Image.Image:
    """A smooth picture with something in it: chance on a small grid, scaled up."""
    grid = Image.frombytes("RGB", (12, 9), Random(seed).randbytes(12 * 9 * 3))
    return grid.resize((width, height), Image.Resampling.BICUBIC)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int, height: int, packed: bytes, depth: int = 8, colour: int = 2, extra: bytes = b""
) -> bytes:
    """A PNG put together by hand; `packed` are its compressed rows, `extra` chunks before them."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + extra + chunk(b"IDAT", packed) + chunk(b"IEND")


def zeros(count: int) -> bytes:
    """`count` zero bytes, compressed."""
    packer = zlib.compressobj(9)
    out = [packer.compress(bytes(1 << 20)) for _ in range(count >> 20)]
    return b"".join([*out, packer.compress(bytes(count & 0xFFFFF)), packer.flush()])


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """The JPEG with one more segment right at its beginning."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("run.js", "alert(1)")
    return out.getvalue()


def archive_behind(picture: bytes) -> bytes:
    """The picture with a ZIP archive appended, whose table fits its new place."""
    out = io.BytesIO(picture)
    with zipfile.ZipFile(out, "a") as file:
        file.writestr("run.js", "alert(1)")
    return out.getvalue()


def carrying() -> dict[str, bytes]:
    """Files that are a picture and something else."""
    image = painted(64, 48)
    png_file, jpeg, webp = (saved(image, kind) for kind in ("PNG", "JPEG", "WEBP"))
    text = chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")
    hidden = chunk(b"zzZz", archive())
    page = b"<!DOCTYPE html><html><body onload=alert(1)>"
    return {
        "PNG with an archive behind": archive_behind(png_file),
        "JPEG with an archive behind": archive_behind(jpeg),
        "WebP with an archive behind": archive_behind(webp),
        "PNG with an archive in a chunk": png_file[:33] + hidden + png_file[33:],
        "JPEG with an archive in its comment": with_segment(jpeg, 0xFE, archive()),
        "PNG with a script in its comment": png_file[:33] + text + png_file[33:],
        "JPEG with a page in its comment": with_segment(jpeg, 0xFE, page),
        "JPEG with a page in upper case": with_segment(jpeg, 0xE1, page.upper()),
        "JPEG with a page behind": jpeg + page,
        "JPEG with PHP in its comment": with_segment(jpeg, 0xFE, b"<?php system('id');"),
        "JPEG that is a PDF as well": with_segment(jpeg, 0xFE, b"\n%PDF-1.7\n"),
        "PNG with anything behind": png_file + b"x",
        "JPEG with a film behind": jpeg + b"\0\0\0\x18ftypmp42" + bytes(100),
        "JPEG with an unannounced JPEG behind": jpeg + jpeg,
        "WebP with anything behind": webp + b"x",
    }


def not_pictures() -> dict[str, tuple[bytes, str]]:
    """Files that are no picture we take, with the code that says so."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    entity = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    gif = saved(painted(20, 20), "GIF")
    return {
        "nothing": (b"", "picture_empty"),
        "text": ("一只青瓷碗\n".encode() * 20, "picture_no_picture"),
        "one byte": (b"\x89", "picture_no_picture"),
        "SVG": (svg, "picture_svg"),
        "SVG with an entity": (entity + svg, "picture_svg"),
        "SVG with a mark before": (b"\xef\xbb\xbf\n " + svg, "picture_svg"),
        "SVG with a remote picture": (
            b'<SVG xmlns:x="http://www.w3.org/1999/xlink"><image x:href="http://a.example/"/></SVG>',
            "picture_svg",
        ),
        "GIF": (gif, "picture_other_kind"),
        "GIF that is a script": (gif[:6] + b"=1;alert(1)//" + gif[6:], "picture_other_kind"),
        "BMP": (saved(painted(20, 20), "BMP"), "picture_other_kind"),
        "TIFF": (saved(painted(20, 20), "TIFF"), "picture_other_kind"),
        "PDF": (b"%PDF-1.7\n", "picture_other_kind"),
        "AVIF": (b"\0\0\0\x20ftypavif" + bytes(60), "picture_other_kind"),
        "archive": (archive(), "picture_other_kind"),
        "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "picture_no_picture"),
        "FITS": (b"SIMPLE  =                    T".ljust(2880), "picture_no_picture"),
        "zeros": (bytes(4096), "picture_no_picture"),
        "RIFF of another kind": (b"RIFF\x24\0\0\0WAVEfmt ", "picture_no_picture"),
    }
