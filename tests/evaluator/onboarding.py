"""Accounts and persons: lists, one account each, real name, age, documents."""

from __future__ import annotations

from compliance.facts import Facts, Person
from tests.evaluator.naive import DAY, Read, rule


def concerned(facts: Facts) -> list[Person | None]:
    """Who buys, or who gives and who receives."""
    if facts.kind in ("sale", "account"):
        return [facts.recipient]
    return [facts.holder, facts.recipient]


@rule("list_screening@1", "account sale gift resale", "2025-01-01")
def list_screening(facts: Facts, read: Read) -> str:
    persons = concerned(facts)
    known = [person for person in persons if person is not None]
    if len(known) < len(persons):
        return "h"
    if any(person.screening == "hit" for person in known):
        return "p" if facts.kind == "account" else "f"
    for person in known:
        if person.screening != "clear" or person.screened_at is None:
            return "h"
        if person.screened_at > facts.at:
            return "h"
        if facts.at - person.screened_at > read("person.screening_days") * DAY:
            return "h"
    return "p"


@rule("one_account@1", "account", "2025-01-01")
def one_account(facts: Facts, read: Read) -> str:
    if facts.recipient is None or facts.recipient.person is None:
        return "h"
    return "f" if facts.recipient.open_elsewhere else "p"


@rule("real_name@1", "sale gift resale", "2022-04-13")
def real_name(facts: Facts, read: Read) -> str:
    for person in reversed(concerned(facts)):
        if person is None:
            return "h"
        if person.verified_at is None or person.verified_at > facts.at:
            return "f"
        if person.person is None:
            return "h"
    return "p"


@rule("adult@1", "sale gift resale", "2025-01-01")
def adult(facts: Facts, read: Read) -> str:
    for person in reversed(concerned(facts)):
        if person is None or person.adult_from is None:
            return "h"
        if facts.at < person.adult_from:
            return "f"
    return "p"


@rule("mainland_document@1", "gift resale", "2025-01-01")
def mainland_document(facts: Facts, read: Read) -> str:
    if facts.recipient is None or not facts.recipient.document:
        return "h"
    return "p" if facts.recipient.document in read("person.documents") else "f"


@rule("same_person@1", "gift resale", "2025-01-01")
def same_person(facts: Facts, read: Read) -> str:
    giver, receiver = facts.holder, facts.recipient
    if giver is None or receiver is None:
        return "h"
    if giver.account == receiver.account:
        return "f"
    if giver.person is None or receiver.person is None:
        return "h"
    return "f" if giver.person == receiver.person else "p"


@rule("open_strike@1", "gift resale", "2025-01-01")
def open_strike(facts: Facts, read: Read) -> str:
    if facts.holder is None:
        return "h"
    lasts = read("gift.strike_days") * DAY
    return "f" if any(facts.at < strike + lasts for strike in facts.holder.strikes) else "p"


def _tied_to(facts: Facts, members: tuple[str, ...]) -> str | None:
    if facts.recipient is None or facts.series is None:
        return None
    return "yes" if set(facts.recipient.affiliations) & set(members) else "no"


@rule("insider_purchase@1", "sale", "2025-01-01")
def insider_purchase(facts: Facts, read: Read) -> str:
    series = facts.series
    members = () if series is None else (series.issuer, series.seller, "operator")
    return {None: "h", "yes": "f", "no": "p"}[_tied_to(facts, members)]


@rule("insider_receipt@1", "gift resale", "2025-01-01")
def insider_receipt(facts: Facts, read: Read) -> str:
    series = facts.series
    members = () if series is None else (series.issuer, series.seller, "operator")
    return {None: "h", "yes": "h", "no": "p"}[_tied_to(facts, members)]


@rule("buyback@1", "resale", "2025-01-01")
def buyback(facts: Facts, read: Read) -> str:
    series = facts.series
    members = () if series is None else (series.issuer, series.seller)
    return {None: "h", "yes": "f", "no": "p"}[_tied_to(facts, members)]
