"""A resale at cost, and a transfer that a court, an inheritance or a divorce brings about."""

from __future__ import annotations

from compliance.facts import Facts
from tests.evaluator.gift import bound_hours
from tests.evaluator.naive import HOUR, Read, midnight, nth_open_day, rule


@rule("resale_mode@1", "resale", "2022-04-13")
def resale_mode(facts: Facts, read: Read) -> str:
    return "p" if read("resale.mode") == "at_cost" else "f"


@rule("resale_named@1", "resale", "2022-04-13")
def resale_named(facts: Facts, read: Read) -> str:
    if facts.holder is None or facts.recipient is None or facts.named is None:
        return "h"
    return "p" if facts.named else "f"


@rule("resale_refundable@1", "resale", "2025-01-01")
def resale_refundable(facts: Facts, read: Read) -> str:
    holding = facts.holding
    if holding is None:
        return "h"
    if holding.acquired_by == "gift":
        return "-"
    if holding.refundable_until is None:
        return "h"
    return "f" if facts.at >= holding.refundable_until else "p"


@rule("no_profit_resale@1", "resale", "2022-04-13")
def no_profit_resale(facts: Facts, read: Read) -> str:
    if facts.consideration is None or facts.holding is None:
        return "h"
    cost = facts.holding.paid - facts.holding.refunded
    return "f" if facts.consideration > cost else "p"


def _apart(facts: Facts, read: Read, shown: bool) -> str:
    """Not sooner than a gift, and not within the trading days."""
    holding = facts.holding
    if holding is None:
        return "h"
    given = holding.acquired_by == "gift"
    hours = read("gift.regift_hours" if given else "gift.first_hold_hours")
    if shown:
        hours = bound_hours(facts, holding, hours)
    days, closed = read("resale.trading_days"), read("calendar.trading_closed")
    free = nth_open_day(holding.acquired_at, days, closed)
    if free is None:
        return "h"
    soon = facts.at - holding.acquired_at < hours * HOUR or facts.at < midnight(free)
    return "f" if soon else "p"


@rule("resale_interval@1", "resale", "2022-04-13", "2025-01-01")
def resale_interval(facts: Facts, read: Read) -> str:
    return _apart(facts, read, shown=False)


@rule("resale_interval@2", "resale", "2025-01-01")
def resale_interval_now(facts: Facts, read: Read) -> str:
    return _apart(facts, read, shown=True)


@rule("forced_document@1", "forced", "2021-01-01")
def forced_document(facts: Facts, read: Read) -> str:
    measure = facts.measure
    if measure is None or measure.action != "forced":
        return "h"
    if not (measure.document and measure.authority and measure.basis):
        return "f"
    if facts.consideration:
        return "f"
    who = facts.recipient
    if who is None or who.person is None or who.verified_at is None:
        return "h"
    return "p" if len(set(measure.officers) - {""}) >= read("takedown.officers") else "f"
