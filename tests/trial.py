"""`make trial`: the tests that count, with their full counts, resumable, with figures kept.

`make test` runs each of these tests with a sample; there is no test that only a trial runs. What a
trial has passed and measured is in `var/trial.json` and holds for one state of the sources.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "trial.json"
TRIAL = os.environ.get("TRIAL") == "1"
SOURCES = ("app.py", "collectibles", "compliance", "migrations", "static", "tests")
Counts = Callable[[int, int], int]
Figure = Callable[[str, float, str], None]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A trial runs the tests with counts, and goes on where an interrupted one left off."""
    if not TRIAL:
        return
    done = set(_kept()["passed"])
    counting = [item for item in items if "counts" in getattr(item, "fixturenames", ())]
    left = [item for item in counting if item.nodeid not in done]
    config.hook.pytest_deselected(items=[item for item in items if item not in left])
    items[:] = left


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if TRIAL and report.when == "call" and report.passed:
        _keep("passed", report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not TRIAL:
        return
    kept = _kept()
    terminalreporter.write_line(f"trial: {len(kept['passed'])} passed so far")
    for row in kept["figures"]:
        terminalreporter.write_line("{test}: {name} = {value} {unit}".format(**row))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Nothing left to do after a whole trial is a success."""
    if TRIAL and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and _kept()["passed"]:
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture(scope="session")
def counts() -> Counts:
    """`counts(sample, full)`: how often to repeat, in a test run and in a trial."""
    return lambda sample, full: full if TRIAL else sample


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """`figure(name, value, unit)` prints a measured figure, and keeps it in a trial."""

    def keep(name: str, value: float, unit: str) -> None:
        print(f"{request.node.nodeid}: {name} = {value} {unit}")
        if TRIAL:
            test = request.node.nodeid
            _keep("figures", {"test": test, "name": name, "value": value, "unit": unit})

    return keep


@functools.cache
def _sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for top in SOURCES for path in [ROOT / top, *(ROOT / top).rglob("*")]):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(ROOT)} ".encode() + path.read_bytes())
    return digest.hexdigest()


def _kept() -> dict[str, Any]:
    """What this state of the sources has passed and measured so far."""
    try:
        kept: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        kept = {}
    if kept.get("sources") != _sources():
        kept = {"sources": _sources(), "passed": [], "figures": []}
    return kept


def _keep(what: str, entry: object) -> None:
    kept = _kept()
    kept[what].append(entry)
    KEPT.parent.mkdir(exist_ok=True)
    aside = KEPT.with_suffix(".new")
    aside.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")
    aside.replace(KEPT)
