"""Which process is which.

A pid alone does not name a process: the system gives old numbers to new ones. So whatever is
remembered across a restart is a pid *and* the moment its process started, and nothing is ever
signalled by number alone. A zombie has ended and counts as gone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_PROC = Path("/proc")
_LISTABLE = (_PROC / "self" / "stat").exists()


def identity(pid: int) -> str | None:
    """A text that only this process ever has, or None when `pid` names no living process."""
    return _proc_identity(pid) if _LISTABLE else _ps_identity(pid)


def _proc_identity(pid: int) -> str | None:
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    # The name in brackets may hold blanks and brackets; the fields count from the last one.
    fields = stat.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    return None if state in "ZXx" else f"{boot}:{started}"


def _ps_identity(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else " ".join(started.split())


def name(pid: int) -> str | None:
    """The program's own short name (`postgres`, `gunicorn`), or None when it cannot be told."""
    if _LISTABLE:
        try:
            return (_PROC / str(pid) / "comm").read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return None
    answer = subprocess.run(
        ["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return Path(answer.stdout.strip()).name or None


def working_in(folder: Path, program: str) -> list[int] | None:
    """Pids of living processes called `program` whose working folder is `folder`.

    None where the system does not let processes be listed in this way (it is not Linux).
    """

    def fits(pid: int) -> bool:
        return name(pid) == program and os.readlink(_PROC / str(pid) / "cwd") == str(folder)

    return _listed(fits) if _LISTABLE else None


def carrying(variable: str, value: str) -> list[int]:
    """Pids of living processes that were started with `variable=value`; [] if it is not Linux."""
    mark = f"{variable}={value}".encode()

    def fits(pid: int) -> bool:
        return mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")

    return _listed(fits) if _LISTABLE else []


def _listed(fits: Callable[[int], bool]) -> list[int]:
    found = []
    for entry in os.listdir(_PROC):
        if not entry.isdecimal() or int(entry) == os.getpid():
            continue
        try:
            if fits(int(entry)) and identity(int(entry)) is not None:
                found.append(int(entry))
        except OSError:  # it ended meanwhile, or it is another user's
            continue
    return sorted(found)


def tell(pid: int, which: str, sign: signal.Signals) -> None:
    """Sends `sign` to `pid` if it still is the process that `which` names."""
    if identity(pid) != which:
        return
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def gone_within(processes: Iterable[tuple[int, str]], seconds: float) -> list[tuple[int, str]]:
    """Waits until all of these (pid, identity) have ended, at most `seconds`; returns the rest."""
    deadline = time.monotonic() + seconds
    left = list(processes)
    while True:
        left = [(pid, which) for pid, which in left if identity(pid) == which]
        if not left or time.monotonic() >= deadline:
            return left
        time.sleep(0.02)


def end(found: Iterable[int], *signals: tuple[signal.Signals, float]) -> list[int]:
    """Ends the processes by each (signal, seconds to wait) in turn; returns pids still there."""
    left = [(pid, which) for pid in found if (which := identity(pid)) is not None]
    for sign, seconds in signals:
        for pid, which in left:
            tell(pid, which, sign)
        left = gone_within(left, seconds)
        if not left:
            break
    return [pid for pid, _ in left]
