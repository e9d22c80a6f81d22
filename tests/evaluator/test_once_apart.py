"""Movements on which the two evaluators once answered differently; what is right, and why."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.engine import decide
from compliance.facts import Facts, Passed, Ties
from compliance.plain import plain_facts
from compliance.rulebook import load
from tests.evaluator.naive import evaluate
from tests.evaluator.stages import RULES

DAY = 86_400_000
GIFT = plain_facts("gift")


def _passed(other: str, kind: str, collectible: str, days: int) -> Passed:
    return Passed(other, kind, collectible, GIFT.at - days * DAY, 20_000_000_000, False)


def _gift(got: Passed, gave: Passed) -> Facts:
    """What came to the holder, and what the recipient gave away."""
    return GIFT._replace(holder_ties=Ties(got=(got,)), recipient_ties=Ties(gave=(gave,)))


def _series(*texts: str) -> Facts:
    plain = plain_facts("series")
    assert plain.series is not None
    return plain._replace(series=plain.series._replace(texts=texts))


def _member(*names: str) -> Facts:
    plain = plain_facts("member")
    assert plain.issuer is not None
    return plain._replace(issuer=plain.issuer._replace(names=names))


CASES = {
    "a resale in it makes no circle of gifts": (
        "gift_ring@1",
        _gift(_passed("p-c", "resale", "s-other/3", 9), _passed("p-c", "gift", "s-other/4", 8)),
        "p",
    ),
    "nor does one that the recipient made": (
        "gift_ring@1",
        _gift(_passed("p-c", "gift", "s-plain/3", 9), _passed("p-c", "resale", "s-plain/4", 8)),
        "p",
    ),
    "what was taken over at cost was not given": (
        "converging_gifts@1",
        GIFT._replace(
            recipient_ties=Ties(
                got=(
                    _passed("p-a", "resale", "s-plain/8", 9),
                    _passed("p-b", "gift", "s-plain/9", 8),
                )
            )
        ),
        "p",
    ),
    "a promise in Latin letters at the end of a title": (
        "no_promise@1",
        _series("Streams and Hills, guaranteed profit", "溪山"),
        "h",
    ),
    "a claim in Latin letters at the end of a title": (
        "relic_not_sold@1",
        _series("Own the relic", "Streams and Hills, drawn anew"),
        "f",
    ),
    "a barred word in Latin letters at the end of the first name": (
        "barred_names@1",
        _member("Example RWA", "Example Museum"),
        "h",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_both_answer(name: str) -> None:
    rule, facts, expected = CASES[name]
    assert rule in RULES
    book, chosen = load(), dict[str, Any]()
    place = [each.release for each in book.rules].index(rule)
    assert decide(facts, book).answers[place] == evaluate(facts, chosen)[rule] == expected
