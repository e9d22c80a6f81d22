"""The browser of the tests: a Chromium that runs, found or installed, never done without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

BROWSERS = Path(__file__).resolve().parents[1] / "var" / "browsers"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium that runs: one that is there, or Debian's (as root), or Playwright's own."""
    asked = os.environ.get("CHROMIUM_PATH")
    if asked:
        return asked if _runs(asked) else _no_chromium(f"CHROMIUM_PATH={asked} does not run.")
    found = _installed_chromium()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        said = _install_from_debian()
        found = _installed_chromium()
    elif found is None:
        said = _install_by_playwright()
        found = _playwrights_chromium()
    return found or _no_chromium(said)


def _no_chromium(why: str) -> NoReturn:
    pytest.fail(
        "The browser tests need Chromium: install it (Debian: apt-get install chromium "
        "fonts-wqy-microhei) or set CHROMIUM_PATH to one.\n" + why[-2000:],
        pytrace=False,
    )


def _runs(path: str) -> bool:
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _installed_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    paths = [path for name in names if (path := shutil.which(name)) and _runs(path)]
    return paths[0] if paths else _playwrights_chromium()


def _install_from_debian() -> str:
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"]
    install = [*apt, "install", "-y", "--no-install-recommends", "chromium", "fonts-wqy-microhei"]
    return _said([*apt, "update"]) + _said(install)


def _install_by_playwright() -> str:
    return _said([sys.executable, "-m", "playwright", "install", "chromium"])


def _playwrights_chromium() -> str | None:
    ask = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as p: print(p.chromium.executable_path)"
    )
    path = _said([sys.executable, "-c", ask]).strip()
    return path if Path(path).is_file() and _runs(path) else None


def _said(arguments: list[str]) -> str:
    quiet = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS),
    }
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=quiet,
            timeout=1200,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stdout
