"""A context that lets somebody else do their whole part before its n-th step, a step being a
transaction, a reading, a movement or a call to the provider: every way two can meet once, in
turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from collectibles.services.context import Context
from collectibles.store.database import Database


class Turn:
    """Calls `other` once, before the n-th step; `came` says whether there was one."""

    def __init__(self, step: int, other: Callable[[], object]) -> None:
        self._left = step
        self._other = other
        self.came = False

    def next(self) -> None:
        if self._left == 0:
            self.came = True
            self._other()
        self._left -= 1


class _Database:
    def __init__(self, inner: Database, turn: Turn) -> None:
        self._inner = inner
        self._turn = turn

    @property
    def engine(self) -> Any:
        return self._inner.engine

    @property
    def reading(self) -> Any:
        return self._inner.reading

    @contextmanager
    def begin(self) -> Iterator[Session]:
        self._turn.next()
        with self._inner.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        self._turn.next()
        with self._inner.read() as session:
            yield session


class _Part:
    """A part before and after whose calls of these names it may be the other's turn."""

    def __init__(self, inner: Any, turn: Turn, names: tuple[str, ...]) -> None:
        self._inner = inner
        self._turn = turn
        self._names = names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._turn.next()
            answer = found(*args, **kwargs)
            self._turn.next()
            return answer

        return call


def interleaved(ctx: Context, step: int, other: Callable[[], object]) -> tuple[Context, Turn]:
    """`ctx`, with `other` called before its `step`-th step, and whether that came."""
    turn = Turn(step, other)
    verbs = ("create", "query", "close", "refund", "query_refund")
    changed = replace(
        ctx,
        database=_Database(ctx.database, turn),  # type: ignore[arg-type]
        ledger=_Part(ctx.ledger, turn, ("submit", "preflight")),  # type: ignore[arg-type]
        rails={name: _Part(rail, turn, verbs) for name, rail in ctx.rails.items()},  # type: ignore[dict-item]
    )
    return changed, turn
