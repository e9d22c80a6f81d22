"""What several tests of the rulebook start from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from compliance.rulebook import FOLDER

#: The installation's choice under which every plain movement is permitted.
AT_COST = {"resale.mode": [("2025-01-01", "at_cost")]}

__all__ = ["AT_COST", "copy_package", "run_python"]


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
