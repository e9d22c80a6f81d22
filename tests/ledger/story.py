"""Short histories with every kind of entry, and the frozen form of such histories.

`first` is told under the first release's rulebook; `second` under the newest, with what acts can
say since. `python -m tests.ledger.story NAME` writes tests/ledger/vectors/NAME.json. The entries of
a file that a release has shipped are never written again: what is added later goes into a file of
its own.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from collectibles.domain.movements import Movement
from collectibles.ledger import keys
from collectibles.ledger.entry import decode, movement_of
from compliance.calendar import DAY_MS
from tests.ledger import newest
from tests.ledger.build import (
    ISSUE_AT,
    MINT_AT,
    ORIGIN,
    PASS_ON_AT,
    PRICE,
    RETURN_AT,
    SALE_AT,
    SIGNER,
    Memory,
    account,
    announced,
    burn,
    correction,
    creation,
    forced,
    freeze,
    gift,
    lapse,
    mint,
    payment,
    post,
    refund,
    release,
    reserve,
    returned,
    ruling,
    sale,
    series,
    takedown,
    void,
    withdrawal,
)

VECTORS = Path(__file__).parent / "vectors"
#: Less than what edition 3 cost after its refund.
REST = PRICE - 5_000


def tell(ledger: Memory) -> Memory:
    """The history, on a ledger that has just begun; the same ledger."""
    digest = creation().act["rulebook"]
    ledger.done(series(edition_size=20), announced(ISSUE_AT + DAY_MS, digest), at=ISSUE_AT)
    ledger.done(mint(count=12), at=MINT_AT)
    ledger.done(*(account(f"a{number}") for number in range(1, 10)), at=MINT_AT)
    ledger.done(*(sale(number, f"a{number}") for number in range(1, 7)), at=SALE_AT)
    refused = sale(8, "a1", order="again")
    unsure = payment(payer="rail_cannot_tell")
    held = [sale(7, "a7", payment=unsure), sale(8, "a8", payment=unsure)]
    ledger.apply(refused, *held, at=SALE_AT + 1)
    first = ledger.size - 2
    ledger.done(ruling(first, "permit"), ruling(first + 1, "refuse"), at=SALE_AT + 2)
    ledger.done(correction(first - 1), at=SALE_AT + 3)
    ledger.done(refund("pending", 3, PRICE - REST), refund("pending", 4, 100), at=RETURN_AT)
    ledger.done(refund("done", 3, PRICE - REST), refund("failed", 4, 100), at=RETURN_AT)
    ledger.done(returned(2, "a2"), at=RETURN_AT + 1)
    ledger.done(freeze("collectible", "s1/1"), freeze("account", "a6"), at=RETURN_AT + 2)
    ledger.apply(gift(6, "a6", "a9"), at=PASS_ON_AT)  # refused: frozen
    asked = gift(7, "a7", "a9", to=None, gratuitous=False)
    ledger.apply(replace(asked, asks=True), at=PASS_ON_AT)  # a question, refused all the same
    ledger.done(release("collectible", "s1/1"), at=PASS_ON_AT)
    ledger.done(gift(1, "a1", "a2"), at=PASS_ON_AT)
    ledger.apply(
        _resale(reserve, 3, "a9", PRICE, op_id="reserve-dear"), at=PASS_ON_AT
    )  # above cost
    ledger.done(_resale(reserve, 3, "a9", REST), at=PASS_ON_AT)
    ledger.done(_resale(post, 3, "a9", REST), reserve(4, "a4", "a2"), at=PASS_ON_AT + 1)
    ledger.done(void(4, "a2"), forced(5, "a5", "a8"), burn(12), at=PASS_ON_AT + 2)
    ledger.done(takedown(), at=PASS_ON_AT + 3)
    ledger.done(takedown("restore"), at=PASS_ON_AT + 4)
    return ledger


def _resale(step: Any, edition: int, recipient: str, amount: int, **changes: Any) -> Movement:
    paid = payment(amount=amount)
    made: Movement = step(
        edition, f"a{edition}", recipient, consideration=amount, payment=paid, **changes
    )
    return made


def tell_second(ledger: Memory) -> Memory:
    """What acts can say since the second release, on a ledger of newest.py; the same ledger."""
    digest, opens = newest.newest().digest, ISSUE_AT + 9 * DAY_MS
    coming = announced(ISSUE_AT + 8 * DAY_MS, digest)
    harsher = replace(coming, act=coming.act | {"longer_waits": "all"})
    ledger.done(harsher, newest.series("s1", opens, edition_size=20), at=ISSUE_AT)
    dear = newest.series("s2", opens, price=200_000)
    ledger.apply(dear, at=ISSUE_AT + 1)  # held
    second = ["officer-a", "officer-b"]
    ledger.done(ruling(ledger.size - 1, "permit", officers=second), at=ISSUE_AT + 2)
    ledger.done(mint(count=12), at=MINT_AT)
    ledger.done(*(newest.account(f"a{number}", opens) for number in range(1, 10)), at=opens)
    unknown = newest.payment("a5", opens, means=None)
    last = newest.sale(5, "a5", opens, device=None, payment=unknown)
    ledger.done(*(newest.sale(n, f"a{n}", opens) for n in range(1, 5)), last, at=opens)
    _ruled(ledger, opens + 1)
    at = opens + 190 * DAY_MS
    ledger.done(*(newest.account(f"a{number}", at) for number in range(1, 10)), at=at)
    talked = newest.gift(1, "a1", "a9", at, note=["price"])
    ledger.apply(replace(talked, asks=True), talked, at=at)  # would be held, and is
    ledger.done(ruling(ledger.size - 1, "permit"), at=at + 1)
    unsaid = newest.gift(2, "a2", "a9", at, to=None, named=False, gratuitous=False)
    ledger.apply(replace(unsaid, asks=True), at=at + 2)  # a question, refused all the same
    _passed_on(ledger, at + DAY_MS)
    _measures(ledger, at + 2 * DAY_MS)
    return ledger


def _ruled(ledger: Memory, at: int) -> None:
    """Four purchases that are held: permitted, withdrawn, lapsed, and refused with an appeal."""
    first = ledger.size
    for number in range(6, 10):
        unsure = newest.payment(f"a{number}", at, payer="rail_cannot_tell")
        ledger.apply(newest.sale(number, f"a{number}", at, payment=unsure), at=at)
    breach = ruling(first + 2, "refuse", strike=True)
    ledger.done(ruling(first, "permit"), withdrawal(first + 1, "a7"), breach, at=at + DAY_MS)
    ledger.done(newest.appeal(first + 2, "a8", at + 2 * DAY_MS), at=at + 2 * DAY_MS)
    upheld: dict[str, Any] = {"appeal": ledger.size - 1, "officers": ["officer-c"]}
    ledger.done(ruling(first + 2, "permit", "upheld", **upheld), at=at + 3 * DAY_MS)
    ledger.done(lapse(first + 3), at=at + 30 * DAY_MS)


def _passed_on(ledger: Memory, at: int) -> None:
    """A refund and its end, a resale that is posted and one that is void."""
    ledger.done(refund("pending", 4, 100), at=at)
    ledger.done(refund("failed", 4, 100), refund("pending", 4, 200, "again", "r-2"), at=at)
    ledger.done(refund("done", 4, 200, name="r-2"), at=at)
    reserved = newest.reserve(3, "a3", "a7", at)
    ledger.done(reserved, at=at + 1)
    named = {"resale": reserved.act["resale"]}
    ledger.done(newest.post(3, "a3", "a7", at, **named), at=at + 2)
    ledger.done(newest.reserve(5, "a5", "a8", at, resale="resale-5-a8"), at=at + 2)
    ledger.done(void(5, "a8"), at=at + 3)


def _measures(ledger: Memory, at: int) -> None:
    """What authorities and the museum do, with the grounds that are said since."""
    ledger.done(freeze("collectible", "s1/2", until=at + DAY_MS), at=at)
    ledger.done(release("collectible", "s1/2"), forced(2, "a2", "a8"), burn(12), at=at + 1)
    notice: dict[str, Any] = {"ground": "notice", "received_at": at}
    ledger.done(newest.takedown("takedown", "s1", at, **notice), at=at + 2)
    answer: dict[str, Any] = {"ground": "counter_statement", "received_at": at + DAY_MS}
    later = at + 20 * DAY_MS
    ledger.done(newest.takedown("restore", "s1", later, **answer), correction(1), at=later)
    ending = newest.platform("ending", ends_at=later + 60 * DAY_MS, end_told_at=later)
    listed = newest.account("a9", later, screening="hit", document="foreign")
    ledger.done(ending, listed, at=later)


def frozen(ledger: Memory) -> dict[str, Any]:
    """What must never change again about this ledger."""
    entries = []
    for body in ledger.all:
        movement = movement_of(decode(body))
        entries.append(
            {
                "entry": body.decode(),
                "sha256": sha256(body).hexdigest(),
                "movement": keys.act_digest(movement),
                "signed": sha256(keys.signing_bytes(ORIGIN, movement)).hexdigest(),
            }
        )
    return {
        "vkey": SIGNER.verifier.vkey,
        "entries": entries,
        "checkpoint": ledger.note(),
        "state": dict(sorted(ledger.state.items())),
    }


if __name__ == "__main__":
    told = tell_second(newest.begun()) if sys.argv[1] == "second" else tell(Memory())
    text = json.dumps(frozen(told), ensure_ascii=False, indent=1)
    (VECTORS / f"{sys.argv[1]}.json").write_text(text + "\n", encoding="utf-8")
