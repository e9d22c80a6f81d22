"""A context that dies after its n-th step, a step being a commit, a movement or a call to the
provider whose effect stays and whose answer is lost: as if the process had been killed there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from collectibles.services.context import Context
from collectibles.store.database import Database


class Killed(BaseException):
    """Nothing of the program may catch this: a killed process runs no more code."""


class Steps:
    """Counts steps; dies at the n-th and at every one after it."""

    def __init__(self, most: int) -> None:
        self.left = most

    def done(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


class _Database:
    def __init__(self, inner: Database, steps: Steps) -> None:
        self._inner = inner
        self._steps = steps

    @property
    def engine(self) -> Any:
        return self._inner.engine

    @property
    def reading(self) -> Any:
        return self._inner.reading

    def read(self) -> Any:
        """Reading leaves nothing half done: it is no step."""
        return self._inner.read()

    @contextmanager
    def begin(self) -> Iterator[Session]:
        with self._inner.begin() as session:
            yield session
        self._steps.done()


class _Part:
    """A part whose calls of these names are steps."""

    def __init__(self, inner: Any, steps: Steps, names: tuple[str, ...]) -> None:
        self._inner = inner
        self._steps = steps
        self._names = names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            answer = found(*args, **kwargs)
            self._steps.done()
            return answer

        return call


def killed_after(ctx: Context, steps: int) -> Context:
    """`ctx`, but dead after so many steps."""
    counter = Steps(steps)
    verbs = ("create", "query", "close", "refund", "query_refund")
    return replace(
        ctx,
        database=_Database(ctx.database, counter),  # type: ignore[arg-type]
        ledger=_Part(ctx.ledger, counter, ("submit",)),  # type: ignore[arg-type]
        rails={name: _Part(rail, counter, verbs) for name, rail in ctx.rails.items()},  # type: ignore[dict-item]
    )
