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

#: What a museum declares when it publishes a series: asked then, and not again.
DECLARED = {
    "series.underlying",
    "series.arrangements",
    "series.ai",
    "series.checks",
    "series.price_statement",
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


def _there(kind: str, part: str) -> set[str]:
    """Every fact of this part of the plain movement that may be unknown, and the part itself."""
    paths = _optional(plain_facts(kind))
    return {path for path in paths if path == part or path.startswith(f"{part}.")}


#: Facts that may be unknown, and whether a movement of that kind asks for them. All other
#: combinations of kind and fact must not be permitted when the fact is not known.
IRRELEVANT = {
    # a licence without an end is a licence; the other facts are not there for a series or a mint
    "series": {"series.licence.ends_at"},
    # whether the operator has filed is asked when a series is published and when it is sold
    "mint": {"series.licence.ends_at", "platform", "platform.filed_at"} | DECLARED,
    # until when a payment can be refunded matters when it is passed on, not when it is made; the
    # issuer was looked at when the series was published. Not every page knows a device, nor every
    # rail what was paid from: where there is no tag, there is nothing to compare
    "sale": {
        "series.licence.ends_at",
        "payment.refundable_until",
        "payment.means",
        "device",
        "recipient.document",
        "issuer",
        "issuer.checked_at",
    }
    | DECLARED,
    # what was sold stays sold: neither licence nor review nor what was declared of the series is
    # in the way of a gift; only whose series it is matters, for insiders and for patterns. That the
    # recipient was named is asked of a resale only, the payment's term matters to a resale only.
    # What document the holder showed matters when they receive. A wait that was never shown means
    # today's (first_holding); a device that is not known says nothing (hand_over, shared_means)
    "gift": {
        "series.licence",
        "series.licence.ends_at",
        "series.reviewed_at",
        "series.underlying",
        "series.arrangements",
        "series.ai",
        "series.checks",
        "series.price_statement",
        "holder.document",
        "holding.refundable_until",
        "holding.wait_hours",
        "named",
        "device",
    },
    # as for a gift; not every rail tells by what means was paid, and the seller of record is named
    # by the series, whatever the issuer's papers say by then
    "resale": {
        "series.licence",
        "series.licence.ends_at",
        "series.reviewed_at",
        "series.underlying",
        "series.arrangements",
        "series.ai",
        "series.checks",
        "series.price_statement",
        "holder.document",
        "holding.wait_hours",
        "payment.refundable_until",
        "payment.means",
        "issuer",
        "issuer.checked_at",
        "device",
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
        "holder.document",
        "holder.screening",
        "holder.screened_at",
        "holding.wait_hours",
    }
    | DECLARED,
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
        "holder.document",
        "holder.screening",
        "holder.screened_at",
        "holding.wait_hours",
    }
    | DECLARED,
    # when a platform filed matters to what it offers and sells, not to what it declares
    "platform": {"platform.filed_at"},
    "member": set(),
    "rulebook": set(),
    # what is not yet known of a person is asked for at each use of the account
    "account": {"recipient.verified_at", "recipient.adult_from", "recipient.document"},
    # a court's order stands above our own rules on holding, licence and age; whoever receives must
    # be verified
    "forced": _there("forced", "series")
    | _there("forced", "holder")
    | _there("forced", "holding")
    | {
        "recipient.adult_from",
        "recipient.document",
        "recipient.screening",
        "recipient.screened_at",
    },
    "restraint": set(),
    # what is taken down or burned is so whatever its series says
    "takedown": _there("takedown", "series"),
    "burn": _there("burn", "series"),
}

#: Words of which an empty one says nothing, by kind.
WORDS = {
    "platform": ("platform.name", "platform.scope"),
    "member": ("issuer.uscc",),
    "account": ("recipient.screening",),
    "forced": ("measure.document", "measure.authority", "measure.basis"),
    "restraint": ("measure.document", "measure.authority", "measure.basis"),
    "takedown": ("measure.document", "measure.authority", "measure.ground"),
    "burn": ("measure.document", "measure.authority", "measure.basis"),
    "series": (
        "series.currency",
        "series.derivation",
        "series.adaptor",
        "series.creative_statement",
        "series.right_holder",
        "series.source_terms",
        "series.prepared_by",
        "series.reviewed_by",
        "platform.uscc",
        "platform.filing",
        "issuer.uscc",
        "series.underlying",
        "series.ai",
        "series.price_statement",
    ),
    "sale": (
        "payment.channel",
        "payment.licence",
        "payment.instrument",
        "payment.currency",
        "payment.payee",
        "series.seller",
    ),
    "resale": ("payment.channel", "payment.licence", "payment.instrument", "payment.currency"),
}


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
    assert counts["sale"] - len(IRRELEVANT["sale"]) == 18
    assert counts["resale"] - len(IRRELEVANT["resale"]) == 25


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
