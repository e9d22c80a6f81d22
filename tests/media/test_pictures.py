"""Pictures through the whole way: child process, derivatives, store, look-alikes."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw, ImageEnhance

from collectibles.errors import BadInput, NotFound, Unavailable
from collectibles.media import worker
from collectibles.media.container import MAX_FILE_BYTES, read_header
from collectibles.media.pictures import (
    WIDTHS,
    MediaStore,
    derivatives,
    difference_hash,
    distance,
    turned_difference_hashes,
)
from tests.media import samples
from tests.media.samples import painted, saved

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "museum" / "images"


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture), formats=("WEBP",))


def refused(data: bytes) -> str:
    """The code with which an upload is refused; the sentences are checked on the way."""
    with pytest.raises(BadInput) as caught:
        derivatives(data, "image")
    error = caught.value
    assert error.field == "image"
    assert "{" not in error.zh + error.en
    assert error.zh.endswith("。")
    assert error.en.endswith(".")
    return error.code


def chunks_of(webp: bytes) -> set[bytes]:
    names, at = set(), 12
    while at < len(webp):
        names.add(webp[at : at + 4])
        at += 8 + (int.from_bytes(webp[at + 4 : at + 8], "little") + 1) // 2 * 2
    return names


def close(one: tuple[int, ...], other: tuple[int, ...], within: int = 12) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_three_widths_that_look_like_the_original(kind: str) -> None:
    image = painted(2000, 1500)
    made = derivatives(saved(image, kind, compress_level=1, method=0))
    assert tuple(made) == WIDTHS == (320, 800, 1600)
    for width, picture in made.items():
        small = opened(picture)
        assert small.size == (width, width * 3 // 4)
        spots = itertools.product((0.2, 0.5, 0.8), repeat=2)
        for x, y in spots:
            ours = small.convert("RGB").getpixel((int(x * width), int(y * width * 0.75)))
            theirs = image.getpixel((int(x * 2000), int(y * 1500)))
            assert close(ours, theirs)


@pytest.mark.parametrize("size", [(1, 1), (319, 5), (700, 500), (1, 9000), (9000, 1), (90, 700)])
def test_never_larger_than_the_picture(size: tuple[int, int]) -> None:
    for width, picture in derivatives(saved(Image.new("RGB", size, "teal"), "PNG")).items():
        header = read_header(picture)
        assert header.width <= min(width, size[0])
        assert header.height <= min(width * 4, size[1])


@pytest.mark.parametrize(
    ("kind", "turn"), [*(("JPEG", turn) for turn in range(1, 9)), ("PNG", 6), ("WEBP", 7)]
)
def test_the_picture_stands_upright(kind: str, turn: int) -> None:
    upright = Image.new("RGB", (120, 80), "white")
    upright.paste("red", (0, 0, 60, 40))
    upright.paste("blue", (60, 40, 120, 80))
    undo = {n: n for n in range(2, 9)} | {6: 8, 8: 6}
    stored = upright if turn == 1 else upright.transpose(worker._TURNS[undo[turn]])
    exif = Image.Exif()
    exif[0x0112] = turn
    picture = derivatives(saved(stored, kind, exif=exif, quality=95))[320]
    seen = opened(picture).convert("RGB")
    assert seen.size == (120, 80)
    assert close(seen.getpixel((20, 15)), (255, 0, 0), 30)
    assert close(seen.getpixel((100, 65)), (0, 0, 255), 30)
    assert close(seen.getpixel((100, 15)), (255, 255, 255), 30)


def test_metadata_stays_behind() -> None:
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    everything = {"exif": exif, "icc_profile": srgb, "xmp": b"<x:secret/>", "comment": b"secret"}
    for kind in ("PNG", "JPEG", "WEBP"):
        for mode in ("RGB", "RGBA") if kind != "JPEG" else ("RGB",):
            data = saved(painted(120, 90).convert(mode), kind, **everything)
            for picture in derivatives(data).values():
                assert chunks_of(picture) <= {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
                assert b"secret" not in picture


def swapped_profile() -> bytes:
    """An ICC profile whose red and blue colorants changed places."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = (data.index(name) for name in (b"rXYZ", b"bXYZ"))
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_colours_are_turned_into_srgb(kind: str) -> None:
    red = Image.new("RGB", (64, 64), (250, 10, 10))
    plain = opened(derivatives(saved(red, kind))[320]).convert("RGB").getpixel((32, 32))
    data = saved(red, kind, icc_profile=swapped_profile())
    turned = opened(derivatives(data)[320]).convert("RGB").getpixel((32, 32))
    assert close(plain, (250, 10, 10))
    assert close(turned, (10, 10, 250))
    nonsense = saved(red, kind, icc_profile=b"nonsense" * 40)
    assert close(opened(derivatives(nonsense)[320]).convert("RGB").getpixel((32, 32)), plain, 2)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png(mode: str) -> None:
    if mode == "I;16":
        image = Image.new("I;16", (400, 300), 200 * 256 + 17)
        expected = (200, 200, 200)
    else:
        value = {"1": 1, "L": 200, "LA": (200, 255), "P": 0, "RGB": (200,) * 3}
        image = Image.new(mode, (400, 300), value.get(mode, (200, 200, 200, 255)))
        if mode == "P":
            image.putpalette([200, 200, 200])
        expected = (255,) * 3 if mode == "1" else (200, 200, 200)
    seen = opened(derivatives(saved(image, "PNG"))[320]).convert("RGB")
    assert close(seen.getpixel((100, 100)), expected, 3)


def test_cmyk_and_transparency() -> None:
    cyan = saved(Image.new("CMYK", (200, 200), (255, 0, 0, 0)), "JPEG", quality=95)
    red, green, blue = opened(derivatives(cyan)[320]).convert("RGB").getpixel((99, 99))
    assert red < 90
    assert min(green, blue) > 150
    half = Image.new("RGBA", (2000, 1000), (255, 0, 0, 0))
    half.paste((0, 0, 255, 255), (1000, 0, 2000, 1000))
    seen = opened(derivatives(saved(half, "PNG"))[320])
    assert seen.mode == "RGBA"
    assert seen.getpixel((40, 80))[3] == 0
    edge = [seen.getpixel((x, 80)) for x in range(155, 166)]
    assert all(red < 60 for red, _, _, alpha in edge if alpha > 20)  # no red bled across


@pytest.mark.parametrize("name", samples.not_pictures())
def test_what_is_no_picture_is_refused(name: str) -> None:
    data, code = samples.not_pictures()[name]
    assert refused(data) == code


def test_what_carries_something_else_is_refused() -> None:
    """All of them are in test_container; here some go the whole way."""
    for name in ("PNG with an archive behind", "JPEG with a page in its comment"):
        assert refused(samples.carrying()[name]) == "picture_carries_more"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_truncated_and_damaged_files_are_refused(kind: str) -> None:
    data = saved(painted(), kind)
    assert refused(data[: len(data) * 99 // 100]) == "picture_cut_short"
    at = {"PNG": data.find(b"IDAT") + 4, "JPEG": data.find(b"\xff\xc4") + 5, "WEBP": 30}[kind]
    assert refused(data[:at] + b"\xff" * 40 + data[at + 40 :]) == "picture_broken"


def bombs() -> dict[str, tuple[bytes, str | None]]:
    """Files that look small and are not, with the code of refusal (None: they may pass)."""
    text = [samples.chunk(b"zTXt", b"k\0\0" + samples.zeros(900 << 10)) for _ in range(75)]
    profile = samples.chunk(b"iCCP", b"x\0\0" + samples.zeros(30 << 20))
    small = samples.zeros(100 * 301)
    scans = saved(Image.new("RGB", (5000, 5000)), "JPEG", progressive=True)
    scan = scans[scans.rindex(b"\xff\xda") : -2]
    grid = painted(16, 16)
    frames = {"save_all": True, "append_images": [grid.rotate(n) for n in range(100)]}
    cmyk = Image.linear_gradient("L").convert("CMYK").resize((5000, 5000), Image.Resampling.NEAREST)
    return {
        "400 megapixels": (
            samples.png(20000, 20000, samples.zeros(20000 * 2501), 1, 0),
            "picture_too_many_pixels",
        ),
        "pixels for 64 MiB": (samples.png(100, 100, samples.zeros(1 << 26)), None),
        "text that unpacks": (samples.png(100, 100, small, extra=b"".join(text)), "picture_costly"),
        "profile that unpacks": (samples.png(100, 100, small, extra=profile), "picture_broken"),
        "animation": (saved(grid, "PNG", **frames), "picture_animated"),
        "25 megapixels of sixteen bits": (
            samples.png(5000, 5000, samples.zeros(5000 * 40001), 16, 6),
            None,
        ),
        "40 scans": (scans[:-2] + scan * 40 + scans[-2:], None),
        "progressive in four colours": (saved(cmyk, "JPEG", progressive=True), None),
        "12 megapixels of WebP": (
            saved(Image.new("RGB", (4000, 3000), "teal"), "WEBP", method=0),
            None,
        ),
    }


_MEASURED = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from collectibles.media.worker import main; main();"
    "sys.stderr.write(open('/proc/self/status').read())"
)
_ROOT = str(Path(worker.__file__).resolve().parents[2])


def answer_and_peak(data: bytes) -> tuple[str | None, int]:
    """The child's refusal of this file, if any, and the most memory (KiB) it ever held."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _MEASURED, _ROOT], input=data, capture_output=True, check=True
    )
    (line,) = [line for line in done.stderr.splitlines() if line.startswith(b"VmHWM:")]
    answer = json.loads(done.stdout.partition(b"\n")[0])
    return answer.get("unfit"), int(line.split()[1])


def test_bombs_cost_neither_a_crash_nor_256_mib(figure: Callable[[str, float, str], None]) -> None:
    highest = 0
    for name, (data, code) in bombs().items():
        assert len(data) <= MAX_FILE_BYTES, name
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer, peak = answer_and_peak(data)
        assert answer == code, name
        if code:
            assert refused(data) == code, name
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 64 << 10, name
        highest = max(highest, peak)
    assert highest < 256 << 10
    figure("highest memory of the decoding process", highest >> 10, "MiB")


def test_the_child_cannot_take_more_memory_or_time() -> None:
    """The limits hold in the process itself, whatever a decoder does."""
    start = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from collectibles.media import worker; worker._limit();"
    )
    greedy = subprocess.run(
        [sys.executable, "-I", "-c", start + "bytearray(300 << 20)", _ROOT],
        capture_output=True,
        check=False,
    )
    assert b"MemoryError" in greedy.stderr
    assert greedy.returncode == 1
    busy = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            start + "import resource;"
            "resource.setrlimit(resource.RLIMIT_CPU, (1, 6))\nwhile True: pass",
            _ROOT,
        ],
        capture_output=True,
        check=False,
    )
    assert busy.returncode < 0


def test_the_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """It starts with an environment of its own; a broken one must not reach it."""
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")  # would stop any Python that saw it
    assert set(derivatives(saved(painted(160, 120), "PNG"))) == set(WIDTHS)


def test_no_room_for_a_child_is_said_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable) as caught:
        derivatives(saved(painted(160, 120), "PNG"))
    assert caught.value.status == 503


def test_several_threads_get_their_own_pictures() -> None:
    colours = ["red", "green", "blue", "white"]
    seen: dict[str, tuple[int, ...]] = {}

    def make(colour: str) -> None:
        data = saved(Image.new("RGB", (50, 50), colour), "PNG")
        seen[colour] = opened(derivatives(data)[320]).convert("RGB").getpixel((9, 9))

    threads = [threading.Thread(target=make, args=(colour,)) for colour in colours]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for colour in colours:
        assert close(seen[colour], Image.new("RGB", (1, 1), colour).getpixel((0, 0)), 4)


class TestStore:
    def test_original_untouched_and_derivatives_beside_it(self, tmp_path: Path) -> None:
        store = MediaStore(tmp_path / "media")
        data = saved(painted(160, 120), "JPEG", comment=b"kept")
        digest = store.put(data)
        assert digest == hashlib.sha256(data).hexdigest()
        assert store.has(digest)
        assert store.read_original(digest) == store.original_path(digest).read_bytes() == data
        for width, picture in derivatives(data).items():
            assert store.read(digest, width) == store.path_of(digest, width).read_bytes() == picture
        names = [path.name for path in (tmp_path / "media").rglob("*") if path.is_file()]
        assert sorted(names) == sorted([digest, *[f"{digest}.webp"] * 3])
        assert stat.S_IMODE(store.original_path(digest).stat().st_mode) == 0o600

    def test_the_same_file_again_changes_nothing(self, tmp_path: Path) -> None:
        store = MediaStore(tmp_path)
        data = saved(painted(160, 120), "PNG")
        digest = store.put(data)
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        assert store.put(data) == digest
        assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    def test_what_was_interrupted_is_made_whole(self, tmp_path: Path) -> None:
        store = MediaStore(tmp_path)
        data = saved(painted(160, 120), "PNG")
        digest = store.put(data)
        store.original_path(digest).unlink()  # it is written last
        store.path_of(digest, 800).unlink()
        assert not store.has(digest)
        assert store.put(data) == digest
        assert store.read(digest, 800)

    def test_a_refused_file_leaves_no_trace(self, tmp_path: Path) -> None:
        store = MediaStore(tmp_path / "media")
        for data in (b"text", samples.carrying()["JPEG with a page behind"]):
            with pytest.raises(BadInput) as caught:
                store.put(data, "cover")
            assert caught.value.field == "cover"
        assert not (tmp_path / "media").exists()

    def test_odd_asks(self, tmp_path: Path) -> None:
        store = MediaStore(tmp_path)
        digest = store.put(saved(painted(160, 120), "PNG"))
        for wrong, width in (
            *((digest, 321), (digest, 0), ("../../etc/passwd", 320), (digest.upper(), 320)),
            *((digest + "/", 320), (digest[:-1], 320), ("", 320), (digest + "\n", 320)),
        ):
            with pytest.raises(NotFound):
                store.path_of(wrong, width)
        with pytest.raises(NotFound):
            store.read("0" * 64, 320)
        with pytest.raises(NotFound):
            store.read_original("0" * 64)
        assert not store.has("../../etc/passwd")

    def test_a_changed_original_is_not_handed_out(self, tmp_path: Path) -> None:
        store = MediaStore(tmp_path)
        digest = store.put(saved(painted(160, 120), "PNG"))
        path = store.original_path(digest)
        os.truncate(path, path.stat().st_size - 1)
        with pytest.raises(Unavailable) as caught:
            store.read_original(digest)
        assert caught.value.code == "picture_changed_on_disk"


class TestLikeness:
    def hash_of(self, image: Image.Image) -> int:
        return difference_hash(saved(image, "WEBP", quality=82))

    def test_small_changes_stay_near_and_others_far(self) -> None:
        image = painted(900, 700)
        near = difference_hash(derivatives(saved(image, "PNG"))[320])
        assert distance(near, self.hash_of(image)) <= 8
        marked = image.copy()
        ImageDraw.Draw(marked).ellipse((780, 600, 860, 680), fill="white")
        rough = Image.open(io.BytesIO(saved(image, "JPEG", quality=30)))
        for changed in (
            *(image.resize((300, 233)), ImageEnhance.Brightness(image).enhance(1.15)),
            *(image.convert("L").convert("RGB"), marked, rough),
        ):
            assert distance(near, self.hash_of(changed)) <= 30
        for seed in range(2, 8):
            assert distance(near, self.hash_of(painted(900, 700, seed))) > 60

    def test_turned_and_mirrored_pictures_are_recognised(self) -> None:
        image = painted(600, 600)
        known = turned_difference_hashes(saved(image, "WEBP", quality=82))
        assert len(set(known)) == 8
        assert known[0] == self.hash_of(image)
        for turn in Image.Transpose:
            turned = self.hash_of(image.transpose(turn))
            assert distance(known[0], turned) > 60
            assert min(distance(turned, each) for each in known) <= 12

    def test_it_is_a_number_of_256_bits(self) -> None:
        steps = Image.linear_gradient("L").rotate(90).resize((400, 400))
        assert self.hash_of(steps) == 2**256 - 1
        assert self.hash_of(Image.new("RGB", (400, 400), "white")) == 0
        assert distance(0, 2**256 - 1) == 256

    def test_an_upload_is_not_decoded_here(self) -> None:
        with pytest.raises(ValueError, match="derivatives"):
            difference_hash(saved(painted(160, 120), "PNG"))


@pytest.mark.skipif(not REAL.is_dir(), reason="the shared museum pictures are not on this machine")
def test_real_pictures(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    paths = sorted(REAL.glob("*.jpg"))
    assert len(paths) == 8
    hashes = []
    for path in paths:
        digest = store.put(path.read_bytes())
        size = read_header(path.read_bytes())[1:]
        assert read_header(store.read(digest, 1600))[1:] == size
        assert read_header(store.read(digest, 320))[1:] == size
        hashes.append(difference_hash(store.read(digest, 320)))
    assert all(distance(a, b) > 60 for a, b in itertools.combinations(hashes, 2))
