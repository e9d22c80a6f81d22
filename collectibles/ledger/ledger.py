"""The ledger as services see it: one door in, and everything that may be read."""

from __future__ import annotations

from typing import Any

from collectibles.clock import Clock
from collectibles.domain.movements import Movement
from collectibles.errors import Unavailable
from collectibles.ledger import state
from collectibles.ledger.machine import FindRulebook, Machine, find_named, needs
from collectibles.ledger.orderers.orderer import Orderer, Receipt
from collectibles.ledger.storage.reader import LedgerReader
from compliance.decision import Decision
from compliance.rulebook import Rulebook


class Ledger:
    """Submits movements and reads what was committed."""

    def __init__(
        self, orderer: Orderer, reader: LedgerReader, find_rulebook: FindRulebook, clock: Clock
    ) -> None:
        self._orderer = orderer
        self._find = find_rulebook
        self._machine = Machine(find_rulebook)
        self._clock = clock
        self._books: dict[str, Rulebook] = {}
        self.read = reader

    def submit(self, movement: Movement) -> Receipt:
        """Have the movement decided and, unless refused, done: the only door to the ledger.

        The receipt is durable when this returns. Raises Conflict, Forbidden or BadInput for what
        cannot be done, Unavailable where the same should be submitted again later.
        """
        receipt = self._orderer.submit((movement,))[0]
        if receipt.error is not None:
            raise receipt.error
        return receipt

    def submit_all(self, movements: list[Movement]) -> list[Receipt]:
        """Several movements in one batch; errors stay in their receipts."""
        return self._orderer.submit(movements)

    def preflight(self, movement: Movement) -> Decision | None:
        """What the rulebook would say now, nothing being committed. None: it has no say.

        Raises what `submit` would. The answer may change until the movement is submitted.
        """
        loaded: dict[str, Any] = {}
        while missing := needs((movement,), loaded):
            loaded |= self.read.values(missing)
        return self._machine.judge(loaded, movement, self._clock.now_ms())

    def rulebook(self) -> Rulebook:
        """The rulebook in force now. Raises Unavailable."""
        loaded = self.read.values((state.RULEBOOK,))
        if loaded[state.RULEBOOK] is None:
            raise Unavailable("no_ledger", "账本尚未创建。", "The ledger has not been created.")
        return self._machine.rulebook(loaded, self._clock.now_ms())

    def rulebook_of(self, digest: str) -> Rulebook:
        """The rulebook an entry names, from this ledger's announcements. Raises Unavailable."""
        if digest not in self._books:
            for _, entry in self.read.of_kinds("genesis", "rulebook"):
                if entry["act"]["rulebook"] == digest:
                    book = find_named(self._find, digest, entry["act"]["choices"])
                    if book is not None:
                        self._books[digest] = book
        if digest not in self._books:
            raise Unavailable(
                "rulebook_missing",
                "本软件没有该记录所依据的规则库。",
                "This software lacks the rulebook that entry was decided under.",
                rulebook=digest,
            )
        return self._books[digest]

    def close(self) -> None:
        """Finish what was submitted."""
        self._orderer.close()
