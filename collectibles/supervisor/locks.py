"""Lock files that the system releases when the process that holds them dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from collectibles.errors import Unavailable


def open_lock(path: Path) -> int:
    """The lock file at `path`, opened, not yet locked; closing the descriptor releases it.

    Makes its folder. Raises Unavailable when file or folder are another user's.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise Unavailable(
            "folder_not_ours",
            f"{path.parent} 属于另一个用户，请以该用户运行，或另选 VAR_DIR。",
            f"{path.parent} belongs to another user: run as that user or choose another VAR_DIR.",
        ) from error


def take(descriptor: int) -> bool:
    """Takes the lock for this descriptor alone, if nobody else has it or shares it."""
    return _flock(descriptor, fcntl.LOCK_EX)


def share(descriptor: int) -> bool:
    """Takes a share in the lock, or turns a lock held alone into one, if nobody holds it alone."""
    return _flock(descriptor, fcntl.LOCK_SH)


def _flock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
