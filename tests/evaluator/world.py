"""Small worlds by chance: who passed what to whom, and what a ledger would remember of it.

Made as a ledger makes it, in the order of time, so that what is said of one person agrees with what
is said of the other.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from compliance.facts import Facts, Passed, Shared, Ties, Used
from tests.evaluator.naive import DAY, HOUR

OTHERS = ("p-a", "p-b", "p-c", "p-d", "p-e", "p-f")
SERIES = ("s-plain", "s-plain", "s-other", "s-plain-2")
SECOND, MINUTE = 1000, 60_000
FIRST_WAIT = 180 * DAY

#: Spans that some rule counts, in ms.
SPANS = (
    *(0, MINUTE, HOUR, 24 * HOUR, 72 * HOUR, 7 * DAY, 10 * DAY, 14 * DAY, 15 * DAY, 30 * DAY),
    *(60 * DAY, 90 * DAY, 180 * DAY, 183 * DAY, 365 * DAY, 730 * DAY),
)
JITTERS = (0, 0, 1, -1, SECOND, -SECOND, MINUTE, -HOUR, HOUR, DAY, -DAY)


class Pass(NamedTuple):
    """One collectible passing between two persons, `ago` ms before."""

    giver: str
    taker: str
    kind: str
    collectible: str
    ago: int
    waited: int


def span(rng: random.Random) -> int:
    """A span of time of interest, seldom exact, never negative."""
    if rng.random() < 0.3:
        return rng.randrange(400 * DAY)
    return max(0, rng.choice(SPANS) + rng.choice(JITTERS))


def with_ties(facts: Facts, rng: random.Random) -> Facts:
    """The facts, with a past by chance of the two persons and of those around them."""
    one = (facts.holder and facts.holder.person) or "p-holder"
    other = (facts.recipient and facts.recipient.person) or "p-recipient"
    passes = _story(rng, one, other)
    ties = _remembered(passes, facts.at)
    mine = _used(ties.get(one, Ties()), rng, facts.at, facts.device)
    theirs = _used(ties.get(other, Ties()), rng, facts.at, facts.device)
    theirs = theirs._replace(
        bought=_moments(rng, facts.at), returned=_moments(rng, facts.at) if _often(rng) else ()
    )
    if _often(rng):
        what, tag = rng.choice((("device", "d-home"), ("means", "m-home")))
        mine = mine._replace(used=(*mine.used, Used(what, tag, facts.at - span(rng))))
        theirs = theirs._replace(used=(*theirs.used, Used(what, tag, facts.at - span(rng))))
    reached = dict.fromkeys(edge.other for edge in reversed(theirs.gave))
    chains = tuple((person, ties.get(person, Ties()).gave) for person in reached)
    given = facts.kind in ("gift", "resale")
    return facts._replace(
        holder_ties=mine if given else facts.holder_ties,
        recipient_ties=theirs,
        chains=chains if given else (),
        past=_past(rng, facts, other) if given else (),
        shared=_shared(rng, facts.at) if facts.kind == "sale" else (),
    )


def _often(rng: random.Random) -> bool:
    return rng.random() < 0.4


def _story(rng: random.Random, one: str, other: str) -> list[Pass]:
    """A few patterns, and some chance: pairs of giver and taker with the rest by chance."""
    a, b, c, d, e, f = rng.sample(OTHERS, 6)
    many = [a, b, c, d, e, f][: rng.randrange(1, 7)]
    patterns: list[list[tuple[str, str]]] = [
        [],
        [(other, a), (a, one)],
        [(other, a), (a, b), (b, one)],
        [(other, one)],
        [(one, other)] * rng.randrange(1, 4),
        [(each, other) for each in many],
        [(one, each) for each in many],
        [(each, one) for each in many[:3]] + [(one, each) for each in many[3:]],
        [(other, each) for each in many[:2]] + [(each, other) for each in many[2:]],
        [(one, f), (other, f)],
        [(rng.choice((one, other, a)), rng.choice((b, c, one, other))) for _ in many],
    ]
    pairs = [pair for _ in range(rng.choice((1, 1, 2))) for pair in rng.choice(patterns)]
    near, alike = span(rng), rng.random() < 0.5
    series, passes = rng.choice(SERIES), []
    for number, (giver, taker) in enumerate(pairs):
        if giver == taker:
            continue
        ago = rng.randrange(near + 1) if alike else span(rng)
        named = series if alike else rng.choice(SERIES)
        kind = "resale" if rng.random() < 0.15 else "gift"
        waited = rng.choice((FIRST_WAIT + min(span(rng), 80 * HOUR), 20_000_000_000, span(rng)))
        passes.append(Pass(giver, taker, kind, f"{named}/{number + 2}", ago, waited))
    return sorted(passes, key=lambda each: -each.ago)


def _remembered(passes: list[Pass], at: int) -> dict[str, Ties]:
    ties: dict[str, Ties] = {}
    for each in passes:
        giver, taker = ties.get(each.giver, Ties()), ties.get(each.taker, Ties())
        met = any(edge.other == each.taker for edge in giver.gave + giver.got)
        edge = Passed(each.taker, each.kind, each.collectible, at - each.ago, each.waited, met)
        ties[each.giver] = giver._replace(gave=(*giver.gave, edge))
        ties[each.taker] = taker._replace(got=(*taker.got, edge._replace(other=each.giver)))
    return ties


def _used(ties: Ties, rng: random.Random, at: int, device: str | None) -> Ties:
    known = [("device", "d-old"), ("means", "m-old"), ("device", "d-new"), ("means", "m-new")]
    if device is not None:
        known.append(("device", device))
    picked = rng.sample(known, rng.randrange(len(known)))
    used = [Used(what, tag, at - span(rng)) for what, tag in picked]
    return ties._replace(used=tuple(sorted(used, key=lambda each: each.since)))


def _moments(rng: random.Random, at: int) -> tuple[int, ...]:
    near = rng.choice((MINUTE, 2 * MINUTE, DAY, 30 * DAY, 40 * DAY))
    return tuple(sorted(at - rng.randrange(near + 1) for _ in range(rng.randrange(7))))


def _past(rng: random.Random, facts: Facts, other: str) -> tuple[tuple[str, int], ...]:
    until = facts.holding.acquired_at if facts.holding else facts.at
    people = [rng.choice((other, *OTHERS)) for _ in range(rng.choice((0, 0, 1, 2, 3)))]
    days = sorted(rng.randrange(1, 400 * DAY) for _ in people)
    return tuple((who, until - ago) for who, ago in zip(people, reversed(days), strict=True))


def _shared(rng: random.Random, at: int) -> tuple[Shared, ...]:
    whats = rng.choice(((), ("device",), ("means",), ("device", "means")))
    return tuple(Shared(what, rng.randrange(1, 7), at - span(rng)) for what in whats)
