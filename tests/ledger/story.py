"""A short history with every kind of entry, and the frozen form of such histories.

`python -m tests.ledger.story NAME` writes tests/ledger/vectors/NAME.json. A file that a release
has shipped is never written again: what is added later goes into a file of its own.
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
    text = json.dumps(frozen(tell(Memory())), ensure_ascii=False, indent=1)
    (VECTORS / f"{sys.argv[1]}.json").write_text(text + "\n", encoding="utf-8")
