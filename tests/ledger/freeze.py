"""Freezing a small ledger of each release, to be replayed by every later one.

`python -m tests.ledger.freeze` writes tests/ledger/releases/N/ for the newest release of the
rulebook, N, as a bundle such as auditors get. The first is the story alone; a later one is the
story of what can be said since, and goes on with movements of every kind as older software would
make them, recorded as N decides them. What is there is never written again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from collectibles.ledger.bundle import export
from compliance import rulebook
from compliance.calendar import DAY_MS
from tests.ledger.build import (
    CHOICES,
    PASS_ON_AT,
    PRICE,
    Memory,
    account,
    announced,
    burn,
    forced,
    freeze,
    gift,
    member,
    mint,
    payment,
    refund,
    release,
    reserve,
    returned,
    sale,
    series,
    takedown,
)
from tests.ledger.newest import begun
from tests.ledger.story import tell, tell_second

RELEASES = Path(__file__).parent / "releases"


def digest_of(number: int) -> str:
    """The digest of a release's rulebook with the choices that the tests' ledgers make."""
    manifest = rulebook.with_choices(rulebook.released()[number - 1], CHOICES)
    return rulebook.bind(manifest).digest


def told(first: str, later: str | None = None) -> Memory:
    """The story under the rulebook `first`; then, if there is one, under the rulebook `later`."""
    ledger = tell(Memory(digest=first))
    return ledger if later is None else go_on(ledger, later)


def go_on(ledger: Memory, digest: str) -> Memory:
    """Over to another rulebook, and a movement of every kind under it, whatever comes of it."""
    at = PASS_ON_AT + 10 * DAY_MS
    ledger.done(announced(at, digest, op_id="takes-over"), at=PASS_ON_AT + DAY_MS)
    opens = {"opens_at": at + DAY_MS, "closes_at": at + 20 * DAY_MS, "reviewed_at": at - DAY_MS}
    ledger.apply(series("s2", **opens), member("museum-1", "museum", "again"), at=at)
    ledger.apply(mint(13, 4, op_id="more"), mint(1, 10, "s2"), at=at + 1)
    late = [account(f"n{number}") for number in range(1, 4)]
    ledger.apply(*late, account("a9", "again-a9"), at=at + 2)
    back = {"return_until": at + 9 * DAY_MS}
    ledger.apply(
        *(sale(number, f"n{number - 12}", **back) for number in range(13, 16)),
        sale(9, "a9", **back),
        sale(10, "a8", payment=payment(payer="rail_cannot_tell"), **back),
        at=at + 2 * DAY_MS,
    )
    ledger.apply(
        gift(1, "a2", "a9"),
        gift(6, "a6", "a9", "second-6"),
        gift(8, "a8", "n1"),
        gift(7, "a7", "n2", gratuitous=False),
        reserve(4, "a4", "n3"),
        reserve(4, "a4", "n1", consideration=PRICE + 1, payment=payment(amount=PRICE + 1)),
        at=at + 3 * DAY_MS,
    )
    ledger.apply(
        refund("pending", 7, 500, name="late-7"),
        returned(9, "a9"),
        freeze("series", "s1"),
        gift(3, "a9", "n2"),
        release("series", "s1"),
        takedown(op_id="down-again"),
        takedown("restore", op_id="up-again"),
        forced(8, "a8", "n3", "forced-8"),
        burn(11, "burn-11"),
        at=at + 4 * DAY_MS,
    )
    return ledger


def write(number: int, folder: Path) -> None:
    """Write the ledger of release `number`. Raises FileExistsError if there is one."""
    folder.mkdir(parents=True)
    digest = digest_of(number)
    export(told(digest) if number == 1 else go_on(tell_second(begun()), digest), folder)


if __name__ == "__main__":
    newest = len(rulebook.released())
    try:
        write(newest, RELEASES / str(newest))
    except FileExistsError:
        sys.exit(f"release {newest} is frozen already, and never written again")
