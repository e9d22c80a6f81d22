"""The honest movements of newest.py are permitted by the newest rulebook."""

from __future__ import annotations

from compliance.calendar import DAY_MS
from tests.ledger import newest
from tests.ledger.build import ISSUE_AT, MINT_AT, OPENS_AT, PASS_ON_AT, SALE_AT, mint


def test_each_is_permitted() -> None:
    ledger = newest.begun()
    ledger.done(newest.series("s1", OPENS_AT), at=ISSUE_AT)
    ledger.done(mint(count=10), at=MINT_AT)
    ledger.done(*(newest.account(f"a{n}", MINT_AT) for n in range(1, 6)), at=MINT_AT)
    ledger.done(*(newest.sale(n, f"a{n}", SALE_AT) for n in range(1, 4)), at=SALE_AT)
    at = PASS_ON_AT
    ledger.done(*(newest.account(f"a{n}", at) for n in range(1, 6)), at=at)
    ledger.done(newest.gift(1, "a1", "a4", at), at=at)
    reserved = newest.reserve(2, "a2", "a5", at)
    ledger.done(reserved, at=at)
    ledger.done(newest.post(2, "a2", "a5", at, resale=reserved.act["resale"]), at=at + 1)
    down = newest.takedown("takedown", "s1", at, ground="notice", received_at=at - DAY_MS)
    ledger.done(down, newest.takedown("restore", "s1", at + 1, ground="mistake"), at=at + DAY_MS)
