"""Honest movements for the rulebook of this software, in the manner of build.py.

Each is permitted at the moment it is made for. A test changes the field it is about. What build.py
has without rules of its own (refunds, returns, freezes, burns) is good here as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from collectibles.domain.movements import Movement
from compliance import rulebook
from compliance.calendar import DAY_MS, moment
from compliance.rulebook import Rulebook
from tests.ledger import build
from tests.ledger.build import CHOICES, ISSUE_AT, PRICE, Act, Memory

USCC = "91330108MA2KHYALX1"
MUSEUM = "91440300MA5G83AB64"
FIRST_WAIT, AGAIN_WAIT = 4_320, 17_520
HOUR_MS = 3_600_000


def newest(choices: Mapping[str, Any] = CHOICES) -> Rulebook:
    """The newest rulebook with these choices."""
    return rulebook.load(choices)


def begun() -> Memory:
    """A ledger under the newest rulebook, with its members, and its operator declared."""
    ledger = Memory(digest=newest().digest)
    return settle(ledger, ISSUE_AT - DAY_MS)


def settle(ledger: Memory, at: int, op_id: str = "settled") -> Memory:
    """The same ledger with the museum verified and the operator declared, as the rules ask."""
    ledger.done(member("museum-1", "museum", at, f"{op_id}-museum"), platform(op_id), at=at)
    if ledger.state["member/regulator-1"] is None:
        ledger.done(build.member("regulator-1", "regulator", f"{op_id}-regulator"), at=at)
    return ledger


def member(name: str, role: str, checked_at: int, op_id: str = "") -> Movement:
    act = build.member(name, role).act | {"uscc": MUSEUM, "checked_at": checked_at}
    return build.movement("member", op_id or f"member-{name}-{checked_at}", act)


def platform(op_id: str = "platform", **changes: Any) -> Movement:
    permits = [
        {
            "kind": kind,
            "number": f"许可-{kind}",
            "holder": USCC,
            "starts_at": moment("2022-01-01"),
            "ends_at": moment("2032-01-01"),
        }
        for kind in ("value_added_telecom", "network_culture")
    ]
    act = {
        "name": {"zh": "典藏运营方", "en": "The operator"},
        "uscc": USCC,
        "scope": "数字文创内容的开发与服务",
        "models": ["third_party_issue"],
        "started_at": moment("2022-03-01"),
        "filing": {"number": "备案-1", "filed_at": moment("2022-03-04")},
        "permits": permits,
        "ends_at": None,
        "end_told_at": None,
    }
    return build.movement("platform", op_id, act | changes)


def account(name: str, at: int, /, op_id: str = "", **changes: Any) -> Movement:
    """A verified adult's account, screened at this moment; once more to screen again."""
    more = {"screened_at": at, "document": "resident", "screening": "clear", "affiliations": []}
    return build.account(name, op_id or f"account-{name}-{at}", **(more | changes))


def series(name: str, opens_at: int, /, op_id: str = "", **changes: Any) -> Movement:
    """A series with a picture of its own, on sale for twenty days, reviewed a day before."""
    more: Act = {
        "picture": sha256(name.encode()).hexdigest(),
        "opens_at": opens_at,
        "closes_at": opens_at + 20 * DAY_MS,
        "reviewed_at": opens_at - 10 * DAY_MS,
        "underlying": "creative_work",
        "arrangements": [],
        "ai": "none",
        "checks": [
            *("content", "ownership", "source_file", "image_search", "no_banknote", "similarity"),
        ],
        "price_statement": "按设计、授权与制作成本定价",
    }
    return build.series(name, op_id, **(more | changes))


def payment(buyer: str, at: int, **changes: Any) -> Act:
    """A payment to the seller of record, from the buyer's own means, refundable for a year."""
    more = {"payee": "merchant-1", "means": f"m-{buyer}", "refundable_until": at + 365 * DAY_MS}
    return build.payment(**(more | changes))


def sale(edition: int, buyer: str, at: int, /, op_id: str = "", **changes: Any) -> Movement:
    more = {
        "payment": payment(buyer, at),
        "return_until": at + 7 * DAY_MS,
        "device": f"d-{buyer}",
        "wait_hours": FIRST_WAIT,
        "acknowledged": ["risk"],
    }
    name = str(changes.get("series", "s1"))
    return build.sale(edition, buyer, op_id or f"sale-{name}-{edition}", **(more | changes))


def gift(
    edition: int, giver: str, recipient: str, at: int, /, op_id: str = "", **changes: Any
) -> Movement:
    more = {
        "offered_at": at - DAY_MS,
        "note": [],
        "device": f"d-{giver}",
        "wait_hours": AGAIN_WAIT,
    }
    named = op_id or f"gift-{changes.get('series', 's1')}-{edition}-{at}"
    return build.gift(edition, giver, recipient, named, **(more | changes))


def reserve(
    edition: int, giver: str, recipient: str, at: int, /, op_id: str = "", **changes: Any
) -> Movement:
    named = op_id or f"reserve-{changes.get('series', 's1')}-{edition}-{at}"
    more = {"resale": f"r-{named}", "until": at + DAY_MS, **_taken_over(recipient, at)}
    return build.reserve(edition, giver, recipient, named, **(more | changes))


def post(
    edition: int, giver: str, recipient: str, at: int, /, op_id: str = "", **changes: Any
) -> Movement:
    named = op_id or f"post-{changes.get('series', 's1')}-{edition}-{at}"
    more = {"return_until": at, **_taken_over(recipient, at)}
    return build.post(edition, giver, recipient, named, **(more | changes))


def _taken_over(recipient: str, at: int) -> Act:
    return {
        "payment": payment(recipient, at),
        "device": f"d-{recipient}",
        "wait_hours": FIRST_WAIT,
        "consideration": PRICE,
    }


def appeal(hold: int, name: str, at: int, op_id: str = "") -> Movement:
    return build.appeal(hold, name, at, op_id or f"appeal-{hold}")


def takedown(action: str, name: str, at: int, op_id: str = "", **changes: Any) -> Movement:
    """On an order; a takedown on a notice has `ground` and `received_at` changed."""
    made = build.takedown(action, name, op_id or f"{action}-{name}-{at}")
    act = made.act | {"ground": "order", "received_at": at} | changes
    return build.movement("takedown", made.op_id, act)
