"""The browser of the tests: a Chromium that runs, found or installed, never done without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BROWSERS = Path(__file__).resolve().parents[1] / "var" / "browsers"
# A browser, letters for Chinese, and a library that Playwright's driver wants.
DEBIAN = ("chromium", "fonts-wqy-microhei", "libatomic1")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium that runs, and Playwright able to drive it.

    It is one that is there (CHROMIUM_PATH names it), or else Debian's package installed as root, or
    Playwright's own. Fails, saying what to install, when none can be had.
    """
    asked = os.environ.get("CHROMIUM_PATH")
    if asked and not _runs(asked):
        pytest.fail(f"CHROMIUM_PATH={asked} does not run.", pytrace=False)
    found = asked or _installed_chromium()
    said = ""
    if not (found and _driver_runs()) and os.geteuid() == 0 and shutil.which("apt-get"):
        said = _install_from_debian()
        found = found or _installed_chromium()
    if not found and _driver_runs():
        said += _said([sys.executable, "-m", "playwright", "install", "chromium"])
        found = _playwrights_chromium()
    if not found or not _driver_runs():
        pytest.fail(
            "The browser tests need Chromium and what Playwright needs to drive it. Debian: "
            f"apt-get install {' '.join(DEBIAN)}. Or set CHROMIUM_PATH.\n{said[-2000:]}",
            pytrace=False,
        )
    return found


def _driver_runs() -> bool:
    return "Version" in _said([sys.executable, "-m", "playwright", "--version"])


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
    install = [*apt, "install", "-y", "--no-install-recommends", *DEBIAN]
    return _said([*apt, "update"]) + _said(install)


def _playwrights_chromium() -> str | None:
    ask = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as p: print(p.chromium.executable_path)"
    )
    path = _said([sys.executable, "-c", ask]).strip()
    return path if os.path.isfile(path) and _runs(path) else None


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
