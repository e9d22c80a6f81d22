"""What a changed rulebook would have decided otherwise, in the time a page may take."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import date
from typing import Final

from collectibles.errors import Conflict
from collectibles.ledger.histories import Stored
from collectibles.ledger.whatif import Answer, Question, what_if
from collectibles.services.context import Context
from compliance import rulebook
from compliance.calendar import DAY_MS, start_of_day
from compliance.changed import Change, Setting, say

#: Entries a page goes through at most, from the first on: some two seconds.
MOST_ENTRIES: Final = 40_000

#: Movements a page lists.
LISTED: Final = 100


def ask_what_if(
    ctx: Context,
    changes: tuple[Change, ...],
    since: date | None = None,
    until: date | None = None,
    newest: bool = False,
) -> Answer:
    """Decide the movements of this period again under the changed rulebook; days inclusive.

    Raises Conflict, with the command to run instead, if more entries than a page goes through
    come before the end of the period.
    """
    question = Question(
        changes,
        None if since is None else start_of_day(since),
        None if until is None else start_of_day(until) + DAY_MS,
        newest,
    )
    history = _Short(ctx, command(changes, since, until, newest))
    return what_if(history, rulebook.find, question, listed=LISTED)


def command(
    changes: tuple[Change, ...],
    since: date | None = None,
    until: date | None = None,
    newest: bool = False,
) -> str:
    """The same question for the command line."""
    words = ["collectibles", "rules", "what-if"]
    for change in changes:
        if isinstance(change, Setting):
            words += ["--set", say(change).en]
        else:
            words += ["--on" if change.on else "--off", say(change).en.partition(" ")[2]]
    for option, day in (("--from", since), ("--until", until)):
        words += [option, day.isoformat()] if day else []
    return shlex.join([*words, *(["--newest"] if newest else [])])


class _Short(Stored):
    """The ledger's past, as far as a page goes through it."""

    def __init__(self, ctx: Context, instead: str) -> None:
        super().__init__(ctx.ledger.read)
        self._instead = instead

    def batches(self) -> Iterator[list[bytes]]:
        count = 0
        for bodies in super().batches():
            count += len(bodies)
            if count > MOST_ENTRIES:
                raise Conflict(
                    "what_if_too_long",
                    f"到所选期间结束，账本已超过{MOST_ENTRIES:,}条记录，请用命令推演："
                    f"{self._instead}",
                    f"Up to the end of this period the ledger has more than {MOST_ENTRIES:,} "
                    f"entries; please ask on the command line: {self._instead}",
                )
            yield bodies
