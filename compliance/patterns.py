"""What the rules against disguised profit share: who is known to whom, and since when.

The service cannot see what two people pay each other elsewhere. It sees structure, timing and
shared means in the bounded memory of the ledger, so every look here is at short lists. A pattern
proves nothing: it makes a person look. That is why these rules hold and do not refuse, and why
they name no moment from which they would stop looking.
"""

from __future__ import annotations

from typing import Final

from compliance.calendar import DAY_MS, HOUR_MS
from compliance.facts import ANYBODY, Facts, Holding, Passed, Ties
from compliance.rule import Reason, Text

#: What the operator's own people are affiliated with, whatever series it is.
OPERATOR: Final = "operator"

#: The reason of a pattern that cannot be looked for.
UNKNOWN_TIES: Final = Reason(
    Text(
        "不知道双方此前的往来，无法核对。",
        "What passed between people before is not known, so it cannot be checked.",
    ),
    Text(
        "请双方完成实名核验，或联系运营方核对。",
        "Please have both complete the real-name check, or ask the operator to check.",
    ),
)

#: What somebody held because of a pattern can do.
REVIEW: Final = Text(
    "须由合规人员复核；双方可以说明情况，也可以提出异议。",
    "A compliance officer has to look at it; both sides may explain, and may object.",
)


def series_of(collectible: str) -> str:
    """The series of a collectible `series/edition`."""
    return collectible.rpartition("/")[0]


def met(ties: Ties, person: str | None) -> bool:
    """Whether something passed between the two before, either way, as far as is remembered."""
    return any(edge.other == person for edge in ties.gave) or any(
        edge.other == person for edge in ties.got
    )


def household(mine: Ties, theirs: Ties, at: int, days: int) -> bool:
    """Whether both have used one device or one means of payment for at least so many days.

    People who live together do; strangers who deal with each other do not. It excuses them from
    rules that ask whether two are strangers, never from those against many accounts in one hand.
    """
    if not mine.used or not theirs.used:
        return False
    before = at - days * DAY_MS
    settled = {(used.what, used.tag) for used in mine.used if used.since <= before}
    return any((used.what, used.tag) in settled for used in theirs.used if used.since <= before)


def strangers(facts: Facts, mine: Ties, theirs: Ties, days: int) -> bool:
    """Whether holder and recipient have nothing to do with each other that the ledger knows.

    A recipient who is not known yet is no stranger: that is asked again when somebody accepts.
    """
    person = facts.recipient.person if facts.recipient else None
    if person == ANYBODY:
        return False
    if met(mine, person) or acquainted(mine, theirs):
        return False
    return not household(mine, theirs, facts.at, days)


def circle(ties: Ties) -> set[str]:
    """Everybody with whom something passed, either way, as far as is remembered."""
    known = {edge.other for edge in ties.gave}
    known.update(edge.other for edge in ties.got)
    return known


def acquainted(mine: Ties, theirs: Ties) -> bool:
    """Whether there is a third person with whom both have dealt, as among friends and relatives."""
    return not circle(mine).isdisjoint(circle(theirs))


def shared_kind(facts: Facts, mine: Ties, theirs: Ties) -> str | None:
    """`device` or `means` if holder and recipient used the same one, ever; with those now used.

    A gift comes from the holder's device; a resale from the recipient's, and the recipient pays.
    """
    ours = {(used.what, used.tag) for used in mine.used}
    others = {(used.what, used.tag) for used in theirs.used}
    if facts.device is not None:
        (ours if facts.kind == "gift" else others).add(("device", facts.device))
    if facts.payment is not None and facts.payment.means is not None:
        others.add(("means", facts.payment.means))
    both = {what for what, _ in ours & others}
    return None if not both else "device" if "device" in both else "means"


def required_hours(holding: Holding, hours: int, longer_waits: str) -> int:
    """How long it is to be kept: never longer than the holder was told, unless for all."""
    told = holding.wait_hours
    return hours if told is None or longer_waits == "all" else min(told, hours)


def late(facts: Facts, holding: Holding, first: int, regift: int) -> int:
    """How long after a gift became possible it is made, ms."""
    hours = regift if holding.acquired_by == "gift" else first
    free = holding.acquired_at + required_hours(holding, hours, facts.longer_waits) * HOUR_MS
    return facts.at - max(free, holding.return_until or 0)


def at_unlock(edge: Passed, first: int, hours: int) -> bool:
    """Whether an earlier gift came within so many hours after the first wait, from a stranger."""
    return (
        edge.kind == "gift"
        and not edge.met
        and 0 <= edge.waited - first * HOUR_MS < (hours * HOUR_MS)
    )


def insider(facts: Facts) -> str | None:
    """With what of issuer, seller and operator the recipient is affiliated, if with any."""
    recipient, series = facts.recipient, facts.series
    if recipient is None or series is None:
        return None
    for member in recipient.affiliations:
        if member in (series.issuer, series.seller, OPERATOR):
            return member
    return None
