"""A gift: free, offered in time, kept long enough before."""

from __future__ import annotations

from compliance.facts import Facts, Holding
from tests.evaluator.naive import HOUR, Read, rule


@rule("gift_gratuitous@1", "gift", "2021-01-01")
def gift_gratuitous(facts: Facts, read: Read) -> str:
    if facts.consideration is None:
        return "h"
    if facts.payment is not None or facts.consideration != 0:
        return "f"
    if facts.gratuitous is None:
        return "h"
    return "p" if facts.gratuitous else "f"


@rule("gift_note@1", "gift resale", "2025-01-01")
def gift_note(facts: Facts, read: Read) -> str:
    if facts.note is None:
        return "h" if facts.kind == "gift" else "p"
    return "h" if facts.note else "p"


@rule("offer_lapsed@1", "gift", "2025-01-01")
def offer_lapsed(facts: Facts, read: Read) -> str:
    if facts.offered_at is None or facts.offered_at > facts.at:
        return "h"
    return "f" if facts.at > facts.offered_at + read("gift.offer_hours") * HOUR else "p"


@rule("open_return@1", "gift resale", "2025-01-01")
def open_return(facts: Facts, read: Read) -> str:
    holding = facts.holding
    if holding is None:
        return "h"
    if holding.return_until is None:
        return "p" if holding.acquired_by in ("gift", "forced") else "h"
    return "f" if facts.at < holding.return_until else "p"


def _kept(facts: Facts, hours: int, given: bool) -> str:
    if facts.holding is None:
        return "h"
    if (facts.holding.acquired_by == "gift") is not given:
        return "-"
    return "p" if facts.at - facts.holding.acquired_at >= hours * HOUR else "f"


def bound_hours(facts: Facts, holding: Holding, hours: int) -> int:
    """What was shown goes with the collectible, unless a longer wait is for all."""
    if holding.wait_hours is None or facts.longer_waits == "all":
        return hours
    return min(hours, holding.wait_hours)


@rule("first_holding@1", "gift", "2022-02-22", "2025-01-01")
def first_holding(facts: Facts, read: Read) -> str:
    return _kept(facts, read("gift.first_hold_hours"), given=False)


@rule("regift_holding@1", "gift", "2022-02-22", "2025-01-01")
def regift_holding(facts: Facts, read: Read) -> str:
    return _kept(facts, read("gift.regift_hours"), given=True)


@rule("first_holding@2", "gift", "2025-01-01")
def first_holding_now(facts: Facts, read: Read) -> str:
    hours = read("gift.first_hold_hours")
    return _kept(facts, bound_hours(facts, facts.holding, hours) if facts.holding else 0, False)


@rule("regift_holding@2", "gift", "2025-01-01")
def regift_holding_now(facts: Facts, read: Read) -> str:
    hours = read("gift.regift_hours")
    return _kept(facts, bound_hours(facts, facts.holding, hours) if facts.holding else 0, True)
