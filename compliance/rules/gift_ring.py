"""Gifts that go round in a circle of three or four are no gifts.

Protects people from barter along a chain: each gives to the next, and everybody gets something in
return (a sham act is void, Civil Code Art. 146). A circle is looked for among people who had
nothing to do with each other before, whatever they gave, and among all but a household where every
edge is of one series. The look is at short lists and meets in the middle, so it stays cheap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from compliance.calendar import DAY_MS
from compliance.facts import Facts, Passed
from compliance.patterns import REVIEW, UNKNOWN_TIES, circle, household, met, series_of
from compliance.rule import Answer, Cite, Reason, Rule, Text, hold


def check(facts: Facts, days: int, series_days: int, settled: int) -> Answer | None:
    mine, theirs, series = facts.holder_ties, facts.recipient_ties, facts.series
    holder, recipient = facts.holder, facts.recipient
    if mine is None or theirs is None or series is None or holder is None or recipient is None:
        return hold("unknown")
    if not mine.got or not theirs.gave or household(mine, theirs, facts.at, settled):
        return None
    skipped = (holder.person, recipient.person)
    if not met(mine, recipient.person):
        since = facts.at - days * DAY_MS
        before, after = _first(mine.got, since), _first(theirs.gave, since)
        before -= {edge.other for edge in mine.gave}
        after -= {edge.other for edge in theirs.got}
        if circle(mine) & circle(theirs) <= before & after:  # nobody else in common
            length = _circle(facts, before, after, skipped, since)
            if length:
                return hold("circle", length, days)
    since, name = facts.at - series_days * DAY_MS, series.series
    length = _circle(
        facts, _same(mine.got, since, name), _same(theirs.gave, since, name), skipped, since, name
    )
    return hold("same_series", length, series_days) if length else None


def _circle(
    facts: Facts,
    before: set[str],
    after: set[str],
    skipped: Collection[str | None],
    since: int,
    series: str | None = None,
) -> int:
    """3 or 4 if this closes a circle of so many; 0 if not. Who gave to the holder stands in
    `before`, whom the recipient gave to in `after`."""
    before.difference_update(skipped)
    after.difference_update(skipped)
    if not before or not after:
        return 0
    if not before.isdisjoint(after):
        return 3
    for person, edges in facts.chains:
        if person not in after:
            continue
        for edge in edges:
            if edge.kind != "gift" or edge.other not in before or edge.at <= since:
                continue
            if (not edge.met) if series is None else series_of(edge.collectible) == series:
                return 4
    return 0


def _first(edges: Iterable[Passed], since: int) -> set[str]:
    return {e.other for e in edges if e.kind == "gift" and e.at > since and not e.met}


def _same(edges: Iterable[Passed], since: int, series: str) -> set[str]:
    return {
        e.other
        for e in edges
        if e.kind == "gift" and e.at > since and series_of(e.collectible) == series
    }


_FIGURES = (("length", "count"), ("days", "days"))

RULE = Rule(
    code="gift_ring",
    version=1,
    title=Text("环形转赠", "Gifts in a circle"),
    kinds=("gift",),
    since=date(2025, 1, 1),
    source="policy",
    cites=(Cite("civil_code", "146, 657"), Cite("evaluation_criteria_2022")),
    reads=("pattern.ring_days", "pattern.ring_series_days", "pattern.settled_days"),
    reasons={
        "circle": Reason(
            Text(
                "这次转赠使此前无往来的{length}人在{days}内形成环形转赠。",
                "This gift would close a circle of {length} people, strangers before, within "
                "{days}.",
            ),
            REVIEW,
            _FIGURES,
        ),
        "same_series": Reason(
            Text(
                "这次转赠使{length}人在{days}内就同一系列形成环形转赠。",
                "This gift would close a circle of {length} people within one series within "
                "{days}.",
            ),
            REVIEW,
            _FIGURES,
        ),
        "unknown": UNKNOWN_TIES,
    },
    check=check,
    rulings=2,
)
