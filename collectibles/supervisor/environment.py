"""Makes `.venv` from a lock file. The Makefile runs this with whatever Python the machine has.

    python3 collectibles/supervisor/environment.py requirements.lock [OTHER.lock] [--this-python]

installs what the first file lists, each file checked by its hash, and notes that the environment
serves all the named files. A finished environment bears their digests, so the second run finds it
at once; one whose making was broken off bears `unfinished` and is made anew. Whoever else makes it
at the moment, even a `pip` that outlived a kill, is waited for. `--this-python` says that the
interpreter was chosen on purpose, so an environment of another version is made anew as well.

It needs nothing but the standard library, and nothing newer than Python 3.7 to say what is wrong.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def main(arguments: list[str]) -> int:
    """Makes the environment if need be; 0 when it is there, else 1 and a sentence says why."""
    if sys.version_info < OLDEST:
        return _with_a_newer_python(arguments)
    this_python = "--this-python" in arguments
    names = [name for name in arguments if not name.startswith("-")]
    environment = Environment(ROOT, names, this_python=this_python)
    try:
        environment.make()
    except Impossible as error:
        print(error, file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"无权写入 / not allowed to write: {error.filename}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        print(f"未能完成 / failed: {command}", file=sys.stderr)
        return 1
    return 0


class Impossible(Exception):
    """The environment cannot be made; the text says what to install."""


class Environment:
    """The folder `.venv` under `root`, for the lock files `names` (the first one is installed)."""

    def __init__(self, root: Path, names: list[str], *, this_python: bool = False) -> None:
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.lock = root / names[0]
        self._root = root
        self._unfinished = self.folder / "unfinished"
        self._this_python = this_python
        self._marks = [
            f"{name}-{hashlib.sha256((root / name).read_bytes()).hexdigest()[:16]}"
            for name in names
        ]

    def make(self) -> None:
        """Makes it unless it is there and whole."""
        if self._serves():
            return
        guard = self._root / "var" / "environment.lock"
        guard.parent.mkdir(exist_ok=True)
        with guard.open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _say("等待另一个进程建好运行环境……", "Waiting for another process to finish …")
                fcntl.flock(held, fcntl.LOCK_EX)
            if not self._serves():
                self._make(held.fileno())

    def _serves(self) -> bool:
        return (self.folder / self._marks[0]).exists() and self._works()

    def _works(self) -> bool:
        if self._unfinished.exists() or not self.python.exists():
            return False
        ask = [str(self.python), "-c", "import sys; print(sys.version)"]
        answer = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=False)
        same = answer.stdout.strip() == sys.version
        return answer.returncode == 0 and (same or not self._this_python)

    def _make(self, guard: int) -> None:
        version = ".".join(map(str, sys.version_info[:3]))
        _say(
            f"正在准备运行环境（Python {version}，{self.lock.name}）……",
            f"Making the environment (Python {version}, {self.lock.name}) …",
        )
        if not self._works():
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)
        self._unfinished.touch()
        for old in self.folder.glob("*.lock-*"):
            old.unlink()
        if not self.python.exists():
            self._make_empty(guard)
        install = [*self._pip(), "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        install += ["--require-hashes", "--only-binary", ":all:", "-r", str(self.lock)]
        _run(install, guard)
        for mark in self._marks:
            (self.folder / mark).touch()
        self._unfinished.unlink()

    def _make_empty(self, guard: int) -> None:
        if not _has("ensurepip") and not _has("pip"):
            _install_venv_from_debian()
        if not _has("venv") or not (_has("ensurepip") or _has("pip")):
            raise Impossible(
                "这个 Python 没有 venv 和 pip。请安装后重试"
                "（Debian：apt-get install python3-venv）。\n"
                "This Python lacks venv and pip. Install them and try again (Debian: apt-get "
                "install python3-venv)."
            )
        without = [] if _has("ensurepip") else ["--without-pip"]
        _run([sys.executable, "-m", "venv", *without, str(self.folder)], guard)

    def _pip(self) -> list[str]:
        """Its own pip, or that of the interpreter it is made from."""
        ask = [str(self.python), "-m", "pip", "--version"]
        if subprocess.run(ask, capture_output=True, check=False).returncode == 0:
            return [str(self.python), "-m", "pip"]
        return [sys.executable, "-m", "pip", "--python", str(self.python)]


def _has(module: str) -> bool:
    ask = [sys.executable, "-c", f"import {module}"]
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


def _install_venv_from_debian() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    _say("正在安装 Debian 的 python3-venv……", "Installing Debian's python3-venv …")
    for step in (["update"], ["install", "-y", "--no-install-recommends", "python3-venv"]):
        subprocess.run(
            ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *step],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )


def _run(command: list[str], guard: int) -> None:
    """Runs it to its end; it holds the guard too, so that outliving us it is still waited for."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, pass_fds=[guard])


def _with_a_newer_python(arguments: list[str]) -> int:
    for name in NEWER:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, __file__, *arguments])  # noqa: S606
    here = sys.version.split()[0]
    print(
        f"需要 Python 3.11 或更新版本（现为 {here}）；可用 PYTHON=/路径/python3 指定。\n"
        f"Python 3.11 or newer is needed (this is {here}); name one by PYTHON=/path/to/python3.",
        file=sys.stderr,
    )
    return 1


def _say(zh: str, en: str) -> None:
    print(f"{zh} / {en}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
