"""How long work says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""`progress(what, done, total)`: called now and then, and at the end with `done == total`."""


def silent(what: str, done: int, total: int) -> None:
    """A Progress that tells nobody."""
