"""Disguised profit is found in made histories, and honest families are left alone.

The seed is fixed, so a figure changes only if a rule, a threshold or a history does. A trial makes
more of everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import pytest

from collectibles.ledger import ties
from compliance.decision import HOLD
from compliance.engine import decide
from compliance.plain import plain_facts
from compliance.rulebook import load, rules
from tests.compliance.build import AT_COST
from tests.compliance.patterns import dishonest, honest
from tests.compliance.patterns.dishonest import SCHEMES
from tests.compliance.patterns.histories import World
from tests.compliance.patterns.measuring import Measured, measure

SEED = 20260101
#: How persons, devices and cards are named here.
TAG = re.compile(r"p\d|a-p\d|d-|m-")
#: The least share of its schemes that a rule finds. A note that only hints cannot be found; two
#: who exchange gifts on trust, months apart, look like friends; a sold account may keep its card.
FLOOR = {"gift_note": 0.7, "gift_barter": 0.75, "hand_over": 0.8, "unlock_pattern": 0.85}
USUAL_FLOOR = 0.95
#: Schemes of each pattern to a hundred honest histories: what precision is said of.
EACH_OF_100 = 12
#: The least share of what a rule stops that belongs to a scheme, at that mixture.
PRECISION = {"gift_barter": 0.55}
USUAL_PRECISION = 0.75
#: The most honest family gifts that are not simply permitted.
FAMILY_MOST = 0.01

Counts = Callable[[int, int], int]
Figure = Callable[[str, float, str], None]


@pytest.fixture(scope="module")
def measured(counts: Counts) -> Measured:
    honest = counts(250, 4_000)
    return measure(SEED, honest, honest * EACH_OF_100 // 100)


def test_honest_family_gifts_are_hardly_ever_held(measured: Measured, figure: Figure) -> None:
    figure("honest family gifts", measured.family_gifts, "gifts")
    figure("of them held", round(100 * measured.family_share, 2), "%")
    assert measured.family_gifts > 4_000
    assert measured.family_share <= FAMILY_MOST
    assert measured.family_held > 0, "a generator whose families never look odd shows nothing"


def test_honest_people_are_hardly_ever_stopped(measured: Measured) -> None:
    assert measured.honest_held <= 0.01 * measured.honest


@pytest.mark.parametrize("pattern", SCHEMES)
def test_a_pattern_is_found(pattern: str, measured: Measured, figure: Figure) -> None:
    figure("recall", round(measured.recall(pattern), 3), "of schemes")
    figure("precision", round(measured.precision(pattern), 3), "of movements stopped")
    figure("honest movements stopped", measured.wrong[pattern], f"of {measured.honest}")
    assert measured.recall(pattern) >= FLOOR.get(pattern, USUAL_FLOOR)
    assert measured.any_recall(pattern) >= measured.recall(pattern)
    assert measured.precision(pattern) >= PRECISION.get(pattern, USUAL_PRECISION)


def test_every_pattern_is_a_rule() -> None:
    assert {f"{pattern}@1" for pattern in SCHEMES} <= set(rules())


def test_the_same_seed_makes_the_same_histories() -> None:
    for plan in (honest.family, *SCHEMES.values()):
        one, other = ([*World().run(plan(Random(7)))] for _ in range(2))
        assert one == other
        assert one
        assert one != [*World().run(plan(Random(8)))]


def test_what_is_made_is_bounded_as_in_the_ledger() -> None:
    """A broker who deals for years is remembered in lists of bounded length."""
    world, longest = World(), 0
    for _ in range(12):
        for step in world.run(dishonest.broker_hub(Random(1))):
            for side in (step.facts.holder_ties, step.facts.recipient_ties):
                if side is not None:
                    longest = max(longest, *map(len, side[:5]))
            assert len(step.facts.chains) <= ties.MOST_CHAINS
    assert longest == ties.MOST


@pytest.mark.parametrize("pattern", SCHEMES)
def test_a_pattern_holds_and_never_refuses(pattern: str) -> None:
    """What looks like a pattern is no proof: a person decides. Evidence is figures, never tags."""
    book, held = load(AT_COST), 0
    for seed in range(10):
        for step in World().run(SCHEMES[pattern](Random(seed))):
            for finding in decide(step.facts, book).findings:
                if finding.code in SCHEMES:
                    held += 1
                    assert finding.answer == HOLD
                    assert all(type(figure) in (int, str) for figure in finding.figures)
                    assert not any(TAG.match(str(figure)) for figure in finding.figures)
    assert held


def test_the_plain_gift_is_no_pattern() -> None:
    book = load(AT_COST)
    for kind in ("sale", "gift", "resale"):
        facts = plain_facts(kind)
        for step in book.plan(kind, facts.at).steps:
            if step.code in SCHEMES:
                assert step.check(facts, *step.values) is None
