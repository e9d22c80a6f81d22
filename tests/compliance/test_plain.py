"""The plain movement of each kind is permitted; what is not known never is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from compliance.decision import PERMITTED
from compliance.engine import decide
from compliance.facts import Facts
from compliance.plain import plain_facts
from compliance.rule import KINDS
from compliance.rulebook import load
from tests.compliance.build import AT_COST

#: Facts that may be unknown, and whether a movement of that kind asks for them. All other
#: combinations of kind and fact must not be permitted when the fact is not known.
IRRELEVANT = {
    # a licence without an end is a licence; the other facts are not there for a series or a mint
    "series": {"series.licence.ends_at"},
    "mint": {"series.licence.ends_at"},
    # until when a payment can be refunded matters when it is passed on, not when it is made
    "sale": {"series.licence.ends_at", "payment.refundable_until"},
    # what was sold stays sold: neither licence nor review stands in the way of a gift, nor does
    # anything else of the series. That the recipient was named is asked of a resale only; the
    # payment's term matters to a resale only
    "gift": {
        "series",
        "series.licence",
        "series.licence.ends_at",
        "series.reviewed_at",
        "named",
        "holding.refundable_until",
    },
    "resale": {
        "series.licence",
        "series.licence.ends_at",
        "series.reviewed_at",
        "payment.refundable_until",
    },
    # money goes back to where it came from, whoever holds it and whatever the series
    "refund": {
        "series",
        "series.licence",
        "series.licence.ends_at",
        "series.reviewed_at",
        "holder",
        "holder.person",
        "holder.verified_at",
        "holder.adult_from",
        "holding.return_until",
        "holding.refundable_until",
    },
    "return": {
        "series",
        "series.licence",
        "series.licence.ends_at",
        "series.reviewed_at",
        "holder",
        "holder.person",
        "holder.verified_at",
        "holder.adult_from",
        "holding.refundable_until",
    },
}

#: Words of which an empty one says nothing, by kind.
WORDS = {
    "series": (
        "series.currency",
        "series.derivation",
        "series.adaptor",
        "series.creative_statement",
        "series.right_holder",
        "series.source_terms",
        "series.prepared_by",
        "series.reviewed_by",
    ),
    "sale": ("payment.channel", "payment.licence", "payment.instrument", "payment.currency"),
    "resale": ("payment.channel", "payment.licence", "payment.instrument", "payment.currency"),
}


def _optional(value: Any, prefix: str = "") -> Iterator[str]:
    """The paths of all facts that are known here and may be unknown."""
    for name, hint in type(value).__annotations__.items():
        here = getattr(value, name)
        if here is None:
            continue
        if "None" in str(hint):
            yield prefix + name
        if hasattr(here, "_fields"):
            yield from _optional(here, f"{prefix}{name}.")


def _with(facts: Any, path: str, value: Any) -> Any:
    head, _, rest = path.partition(".")
    inner = _with(getattr(facts, head), rest, value) if rest else value
    return facts._replace(**{head: inner})


DROPPED = [(kind, path) for kind in KINDS for path in _optional(plain_facts(kind))]


@pytest.mark.parametrize("kind", KINDS)
def test_the_plain_movement_is_permitted(kind: str) -> None:
    decision = decide(plain_facts(kind), load(AT_COST))
    assert decision.findings == ()
    assert decision.outcome == PERMITTED


@pytest.mark.parametrize(("kind", "path"), DROPPED)
def test_what_is_not_known_is_not_permitted(kind: str, path: str) -> None:
    facts: Facts = _with(plain_facts(kind), path, None)
    decision = decide(facts, load(AT_COST))
    if path in IRRELEVANT[kind]:
        assert decision.outcome == PERMITTED
    else:
        assert decision.outcome != PERMITTED
        assert all(finding.reason != "broken" for finding in decision.findings)


def test_every_exception_is_of_a_fact_there_is() -> None:
    assert set(IRRELEVANT) == set(KINDS)
    there = set(DROPPED)
    for kind, paths in IRRELEVANT.items():
        assert {(kind, path) for path in paths} <= there


def test_most_facts_are_asked_for() -> None:
    counts = {kind: sum(k == kind for k, _ in DROPPED) for kind in KINDS}
    assert counts["sale"] - len(IRRELEVANT["sale"]) == 10
    assert counts["resale"] - len(IRRELEVANT["resale"]) == 16


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, path) for kind, paths in WORDS.items() for path in paths]
)
def test_an_empty_word_is_not_permitted(kind: str, path: str) -> None:
    facts: Facts = _with(plain_facts(kind), path, "")
    assert decide(facts, load(AT_COST)).outcome != PERMITTED


@pytest.mark.parametrize("kind", KINDS)
def test_with_nothing_but_the_kind_known_nothing_is_permitted(kind: str) -> None:
    facts = Facts(kind, plain_facts(kind).at)
    decision = decide(facts, load(AT_COST))
    assert decision.outcome != PERMITTED
    assert all(finding.reason != "broken" for finding in decision.findings)
