"""What an orderer is: it decides the order and the time of batches, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collectibles.domain.movements import Movement
from collectibles.errors import CollectiblesError
from collectibles.ledger.entry import Entry
from compliance.decision import Decision


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the ledger did with a movement.

    `outcome` is permitted, held or refused. `index` and `entry` are of the entry that records it;
    None where a refusal is not recorded (an account that is not verified). `decision` is None
    where the rulebook has no say, and for a repeat, whose entry holds it. `error` is set instead
    when the movement could not be done at all.
    """

    outcome: str
    index: int | None
    entry: Entry | None
    decision: Decision | None = None
    repeated: bool = False
    error: CollectiblesError | None = None


class Orderer(Protocol):
    """Takes movements, answers with receipts once they are durable."""

    def submit(self, movements: Sequence[Movement]) -> list[Receipt]:
        """One receipt per movement, in order. Raises Unavailable if the outcome is not known
        or nothing could be committed: submit the same again."""
        ...

    def close(self) -> None:
        """Finish what was submitted and give back what is held."""
        ...
