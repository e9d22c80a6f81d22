"""What several tests of the rulebook start from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from compliance.rulebook import FOLDER

#: The installation's choice under which every plain movement is permitted.
AT_COST = {"resale.mode": [("2025-01-01", "at_cost")]}

__all__ = ["AT_COST", "copy_package", "lines_run", "run_python"]


def copy_package(folder: Path) -> Path:
    """A copy of the compliance package below `folder`, to be changed at will; its path."""
    return Path(
        shutil.copytree(FOLDER, folder / "compliance", ignore=shutil.ignore_patterns("__pycache__"))
    )


def run_python(
    code: str, where: Path, seed: str = "0", *options: str
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, importing from `where`, with this hash seed."""
    environment = {**os.environ, "PYTHONPATH": str(where), "PYTHONHASHSEED": seed}
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python `work` runs: what it costs, the same on every machine."""
    count = 0

    def trace(_frame: Any, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
