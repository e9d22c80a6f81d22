"""The environment: made once from a lock with hashes, found again at once, made anew if torn."""

from __future__ import annotations

import base64
import hashlib
import random
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from collectibles.supervisor import environment

SCRIPT = Path(environment.__file__)
# As `make` calls it: with the machine's Python, not with that of an environment.
PYTHON = str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}")


class Project:
    """A folder with the script at its place and a lock that lists one tiny wheel made here."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.script = root / "collectibles" / "supervisor" / SCRIPT.name
        self.script.parent.mkdir(parents=True)
        shutil.copy(SCRIPT, self.script)
        self.python = root / ".venv" / "bin" / "python"

    def lock(self, version: str, *, digest: str | None = None) -> None:
        wheel = self.root / f"tiny-{version}-py3-none-any.whl"
        self._write_wheel(wheel, version)
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        line = f"tiny @ {wheel.as_uri()} --hash=sha256:{digest or found}\n"
        (self.root / "tiny.lock").write_text(line)

    def _write_wheel(self, path: Path, version: str) -> None:
        files = {
            "tiny.py": f"version = {version!r}\n",
            f"tiny-{version}.dist-info/METADATA": (
                f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n"
            ),
            f"tiny-{version}.dist-info/WHEEL": (
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            ),
        }
        record = f"tiny-{version}.dist-info/RECORD"
        lines = [f"{record},,"]
        for name, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            lines.append(f"{name},sha256={digest.decode()},{len(text)}")
        with zipfile.ZipFile(path, "w") as wheel:
            for name, text in {**files, record: "\n".join(lines) + "\n"}.items():
                wheel.writestr(zipfile.ZipInfo(name), text)

    def start(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PYTHON, str(self.script), "tiny.lock", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def make(self, *options: str) -> tuple[int, str]:
        process = self.start(*options)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said

    def installed(self) -> str:
        ask = [str(self.python), "-c", "import tiny; print(tiny.version)"]
        return subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_it_is_made_once_and_again_when_the_lock_changes(project: Project) -> None:
    project.lock("1")
    assert project.make()[0] == 0
    assert project.installed() == "1"
    (project.root / ".venv" / "kept").touch()
    before = time.monotonic()
    assert project.make() == (0, "")
    assert time.monotonic() - before < 5.0
    project.lock("2")
    assert project.make()[0] == 0
    assert project.installed() == "2"
    assert (project.root / ".venv" / "kept").exists()


def test_a_file_with_another_hash_is_not_installed(project: Project) -> None:
    project.lock("1", digest="0" * 64)
    code, said = project.make()
    assert code == 1
    assert "tiny.lock" in said
    assert (project.root / ".venv" / "unfinished").exists()
    project.lock("1")
    assert project.make()[0] == 0
    assert project.installed() == "1"
    assert not (project.root / ".venv" / "unfinished").exists()


def test_one_whose_interpreter_is_gone_is_made_anew(project: Project) -> None:
    project.lock("1")
    assert project.make()[0] == 0
    for link in (project.root / ".venv" / "bin").glob("python*"):
        link.unlink()
        link.symlink_to("/nonexistent/python")
    assert project.make()[0] == 0
    assert project.installed() == "1"


def test_a_making_killed_at_any_moment_is_made_good(
    project: Project, rng: random.Random, counts: Callable[[int, int], int]
) -> None:
    project.lock("1")
    for _ in range(counts(2, 20)):
        process = project.start()
        time.sleep(rng.uniform(0.1, 4.0))
        process.kill()  # what it had started goes on, and is waited for
        process.communicate(timeout=120)
        code, said = project.make()
        assert code == 0, said
        assert project.installed() == "1"
        shutil.rmtree(project.root / ".venv")


def test_two_at_once_make_one(project: Project) -> None:
    project.lock("1")
    both = [project.start(), project.start()]
    for process in both:
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
    assert project.installed() == "1"


def test_the_python_chosen_on_purpose_is_taken(project: Project) -> None:
    project.lock("1")
    assert project.make()[0] == 0
    kept = project.root / ".venv" / "kept"
    kept.touch()
    assert project.make("--this-python") == (0, "")
    project.python.unlink()
    project.python.write_text("#!/bin/sh\necho 3.11.0 of somebody else\n")
    project.python.chmod(0o755)
    assert project.make() == (0, "")
    assert kept.exists()
    assert project.make("--this-python")[0] == 0
    assert not kept.exists()
    assert project.installed() == "1"
