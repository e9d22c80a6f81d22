"""Pictures in, safe derivatives out, and the folder that keeps both.

An upload is never decoded in this process: `derivatives` hands it to a child with limits on memory
and time (`worker`), and takes back pictures encoded anew, without metadata. The original bytes are
kept untouched under their SHA-256 and are never shown.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from PIL import Image

from collectibles.errors import BadInput, NotFound, Unavailable
from collectibles.media.container import Unfit, read_header
from collectibles.media.worker import WIDTHS

_WALL_SECONDS = 30
_ANSWER_BYTES = 32 * 1024 * 1024
_ROOT = Path(__file__).resolve().parents[2]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);from collectibles.media.worker import main; main()"
)
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # no settings, no secrets for the child
_one_at_a_time = threading.Semaphore(1)

_DIGEST = re.compile(r"[0-9a-f]{64}")
_GRID = 16

_SENTENCES: dict[str, tuple[str, str]] = {
    "picture_empty": ("文件是空的。", "The file is empty."),
    "picture_file_too_large": (
        "图片文件超过 {max_mib} MiB，请缩小后再上传。",
        "The file is larger than {max_mib} MiB; please make it smaller.",
    ),
    "picture_no_picture": (
        "这不是图片：内容不是 PNG、JPEG 或 WebP（与文件名无关）。",
        "This is no picture: its content is not PNG, JPEG or WebP, whatever its name.",
    ),
    "picture_other_kind": (
        "这是 {kind} 文件；请导出为 PNG、JPEG 或 WebP 后再上传。",
        "This is a {kind} file; please export it as PNG, JPEG or WebP.",
    ),
    "picture_svg": (
        "SVG 是可含程序的图形文件，不能上传；请导出为 PNG。",
        "SVG drawings can carry programs and are not taken; please export as PNG.",
    ),
    "picture_too_many_pixels": (
        "图片为 {width}×{height} 像素，超过 {max_megapixels} 百万像素的上限；请缩小后再上传。",
        "The picture has {width}×{height} pixels, more than {max_megapixels} megapixels;"
        " please scale it down.",
    ),
    "picture_side_too_long": (
        "图片的一边超过 {max_side} 像素；请缩小或分段上传。",
        "One side of the picture is longer than {max_side} pixels; please scale it down or cut it.",
    ),
    "picture_cut_short": (
        "图片文件不完整（可能传输中断）；请重新导出或重新上传。",
        "The file is cut short (a broken transfer, perhaps); please export or upload it again.",
    ),
    "picture_animated": (
        "不接受动画图片；请导出其中一帧。",
        "Animated pictures are not taken; please export one frame.",
    ),
    "picture_carries_more": (
        "文件在图片之外还带有其他内容（如压缩包、网页代码或手机动态照片的视频）；"
        "请用图片软件另存为普通图片后再上传。",
        "The file carries something besides the picture (an archive, web code, or a phone's short"
        " film); please save it anew as a plain picture.",
    ),
    "picture_broken": (
        "图片内容已损坏，无法读取；请重新导出后再上传。",
        "The picture is damaged and cannot be read; please export it again.",
    ),
    "picture_costly": (
        "读取这张图片需要的内存或时间过多；请缩小，或另存为普通（非渐进式）JPEG。",
        "Reading this picture takes too much memory or time; please scale it down, or save it as a"
        " plain (not progressive) JPEG.",
    ),
}


def derivatives(data: bytes, field: str = "picture") -> dict[int, bytes]:
    """An uploaded file -> WebP bytes by width (`WIDTHS`; never larger than the picture itself).

    Upright, in sRGB, without any metadata. Raises `BadInput` naming `field` for whatever is not one
    whole still PNG, JPEG or WebP within the limits of `container`, and `Unavailable` when the child
    process cannot do its work now.
    """
    try:
        read_header(data)
        if not _one_at_a_time.acquire(timeout=_WALL_SECONDS):
            raise _unavailable()
        try:
            answer = _ask_child(data)
        finally:
            _one_at_a_time.release()
        return _read_answer(answer)
    except Unfit as unfit:
        zh, en = _SENTENCES[unfit.code]
        figures = unfit.figures
        raise BadInput(
            field, unfit.code, zh.format(**figures), en.format(**figures), **figures
        ) from None


def _ask_child(data: bytes) -> bytes:
    """Run the child on this file; its answer. Files, not pipes: nobody waits for the other."""
    environment = {k: os.environ[k] for k in _KEPT_ENVIRONMENT if k in os.environ}
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(data)
        asked.seek(0)
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-c", _START, str(_ROOT)],
                stdin=asked,
                stdout=answered,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                timeout=_WALL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _unavailable() from error
        if done.returncode < 0:  # the kernel ended it: out of time, or a decoder crashed
            raise Unfit("picture_costly")
        if done.returncode > 0:
            raise _unavailable()
        answered.seek(0)
        return answered.read(_ANSWER_BYTES + 1)


def _read_answer(answer: bytes) -> dict[int, bytes]:
    head, _, body = answer.partition(b"\n")
    try:
        fields = json.loads(head)
        if fields.get("unfit") in _SENTENCES:
            raise Unfit(str(fields["unfit"]), **fields["figures"])
        sizes = [int(size) for size in fields["sizes"]]
    except (ValueError, KeyError, TypeError) as error:
        raise _unavailable() from error
    if len(sizes) != len(WIDTHS) or sum(sizes) != len(body) or min(sizes) < 1:
        raise _unavailable()
    pictures = {}
    for width, size in zip(WIDTHS, sizes, strict=True):
        pictures[width], body = body[:size], body[size:]
        header = read_header(pictures[width])
        if header.kind != "webp" or header.width > width:
            raise _unavailable()
    return pictures


def _unavailable() -> Unavailable:
    return Unavailable(
        "pictures_unavailable",
        "暂时无法处理图片，请稍后再试。",
        "Pictures cannot be processed right now; please try again later.",
    )


class MediaStore:
    """A folder of originals and their derivatives, named by the SHA-256 of the original."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes, field: str = "picture") -> str:
        """Check, derive and keep an uploaded file; its SHA-256 in hexadecimal.

        Durable when it returns; the same file again costs only its hash. Raises as `derivatives`.
        """
        digest = hashlib.sha256(data).hexdigest()
        original = self.original_path(digest)
        if original.exists():
            return digest
        for width, picture in derivatives(data, field).items():
            _write(self.path_of(digest, width), picture, 0o644)
        _write(original, data, 0o600)  # last: where the original is, all of it is
        return digest

    def has(self, digest: str) -> bool:
        """Whether this picture is kept here."""
        return _DIGEST.fullmatch(digest) is not None and self.original_path(digest).exists()

    def path_of(self, digest: str, width: int) -> Path:
        """Where the derivative of this width is (or would be). Raises `NotFound` for odd asks."""
        if _DIGEST.fullmatch(digest) is None or width not in WIDTHS:
            raise _no_such_picture()
        return self._folder / f"webp-{width}" / digest[:2] / f"{digest}.webp"

    def original_path(self, digest: str) -> Path:
        """Where the untouched upload is (or would be): to be handed out as attachment only."""
        if _DIGEST.fullmatch(digest) is None:
            raise _no_such_picture()
        return self._folder / "originals" / digest[:2] / digest

    def read(self, digest: str, width: int) -> bytes:
        """The derivative's bytes. Raises `NotFound`."""
        try:
            return self.path_of(digest, width).read_bytes()
        except FileNotFoundError:
            raise _no_such_picture() from None

    def read_original(self, digest: str) -> bytes:
        """The untouched upload, checked against its name. Raises `NotFound`, `Unavailable`."""
        try:
            data = self.original_path(digest).read_bytes()
        except FileNotFoundError:
            raise _no_such_picture() from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise Unavailable(
                "picture_changed_on_disk",
                "保存的原图与其哈希不符，文件可能已损坏；请运营方从备份恢复。",
                "The stored original does not fit its hash and may be damaged; the operator should"
                " restore it from a backup.",
                digest=digest,
            )
        return data


def difference_hash(picture: bytes) -> int:
    """256 bits of where a derivative gets brighter from left to right, on a 17 by 16 grid.

    Small for pictures that differ by scale, compression, brightness or a small mark. Only for
    pictures of this module's own making: an upload is not to be decoded here.
    """
    return _hash_of(_grey(picture))


def turned_difference_hashes(picture: bytes) -> tuple[int, ...]:
    """`difference_hash` of the picture in all eight turns and mirrorings, as it is first."""
    grey = _grey(picture)
    turned = (grey.transpose(turn) for turn in Image.Transpose)
    return (_hash_of(grey), *(_hash_of(image) for image in turned))


def distance(one: int, other: int) -> int:
    """In how many of 256 bits two difference hashes differ; up to about 30 they look alike."""
    return (one ^ other).bit_count()


def _grey(picture: bytes) -> Image.Image:
    if read_header(picture).kind != "webp":
        raise ValueError("only derivatives are hashed")
    image = Image.open(io.BytesIO(picture), formats=("WEBP",)).convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image).convert("L")


def _hash_of(grey: Image.Image) -> int:
    cells = grey.resize((_GRID + 1, _GRID), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(_GRID):
        line = cells[row * (_GRID + 1) : (row + 1) * (_GRID + 1)]
        for left, right in itertools.pairwise(line):
            bits = bits << 1 | (left < right)
    return bits


def _no_such_picture() -> NotFound:
    return NotFound("no_such_picture", "没有这张图片。", "There is no such picture.")


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write whole and durably: a temporary file, synced, renamed, and the folder synced."""
    folders = [path.parent]
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        folders += path.parent.parents[:2]
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with open(number, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(number, mode)
            os.fsync(number)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
    for folder in folders:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
