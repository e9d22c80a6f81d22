"""Disguised profit: precision and recall per pattern on made histories, and what a look costs."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.house import CHOICES
from bench.rows import Row, row
from compliance import rulebook
from compliance.calendar import DAY_MS
from compliance.facts import Facts, Passed, Ties, Used
from compliance.plain import plain_facts
from tests.compliance.patterns.dishonest import SCHEMES
from tests.compliance.patterns.measuring import measure
from tests.compliance.patterns.test_patterns import (
    EACH_OF_100,
    FAMILY_MOST,
    FLOOR,
    PRECISION,
    SEED,
    USUAL_FLOOR,
    USUAL_PRECISION,
)

#: Honest histories, and schemes of each pattern.
HONEST = 1_000
EACH = HONEST * EACH_OF_100 // 100
#: The most a full look at the longest lists may cost, in µs: a gift is rare beside a sale.
WORST_US = 200.0


def rows() -> Iterator[Row]:
    """Recall and precision of each pattern, the share of family gifts held, cost of a gift."""
    measured = measure(SEED, HONEST, EACH)
    for pattern in SCHEMES:
        floor = FLOOR.get(pattern, USUAL_FLOOR)
        found, right = measured.recall(pattern), measured.precision(pattern)
        name = f"{pattern}: schemes found, of {EACH}"
        yield row(name, found, "share", f">= {floor}", found >= floor)
        name = f"{pattern}: rightly stopped, {EACH_OF_100} schemes to 100 honest"
        least = PRECISION.get(pattern, USUAL_PRECISION)
        yield row(name, right, "share", f">= {least}", right >= least)
    share = 100 * measured.family_share
    name = f"honest family gifts held, of {measured.family_gifts:,}"
    yield row(name, share, "%", f"<= {100 * FAMILY_MOST:g} %", share <= 100 * FAMILY_MOST)
    for name, facts in (("nothing", plain_facts("gift")), ("the longest lists", crowded_gift())):
        cost = _microseconds(facts)
        goal, met = (f"<= {WORST_US:g} us", cost <= WORST_US)
        yield row(f"the pattern rules on one gift, {name} remembered", cost, "us", goal, met)


def crowded_gift() -> Facts:
    """A gift between two of whom the ledger remembers as much as it ever does, to no avail."""
    facts = plain_facts("gift")
    at = facts.at

    def edges(name: str) -> tuple[Passed, ...]:
        days = range(1, 33)
        return tuple(
            Passed(f"{name}-{day}", "gift", f"s-{day}/1", at - (75 - day) * DAY_MS, 1, False)
            for day in days
        )

    def ties(name: str) -> Ties:
        used = tuple(Used("device", f"{name}-{place}", at) for place in range(32))
        return Ties(edges(f"{name}-gave"), edges(f"{name}-got"), (), (), used, True)

    reached = [f"taker-gave-{day}" for day in range(1, 17)]
    return facts._replace(
        holder_ties=ties("giver"),
        recipient_ties=ties("taker"),
        chains=tuple((person, edges(person)) for person in reached),
        past=tuple((f"past-{place}", at - 300 * DAY_MS) for place in range(8)),
    )


def _microseconds(facts: Facts, count: int = 2_000) -> float:
    """What the rules on patterns cost for this gift, all of them together."""
    plan = rulebook.load(CHOICES).plan("gift", facts.at)
    steps = [step for step in plan.steps if step.code in SCHEMES]
    begin = time.perf_counter()
    for _ in range(count):
        for step in steps:
            step.check(facts, *step.values)
    return (time.perf_counter() - begin) / count * 1e6
