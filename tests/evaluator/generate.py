"""Movements by chance, around the plain one of each kind, for two evaluators to agree on.

All moments of a plain movement are shifted together to the edge of something dated, or anywhere;
then some of its facts are changed, taken away, or put to the edge of what a rule counts.
"""

from __future__ import annotations

import random
from datetime import date
from functools import cache
from typing import Any

from compliance.facts import Facts, Ties
from compliance.plain import plain_facts
from compliance.rule import KINDS
from tests.evaluator import naive
from tests.evaluator.draws import FIELDS, TOP
from tests.evaluator.naive import DAY, HOUR, midnight
from tests.evaluator.world import JITTERS, span, with_ties

#: Facts that are moments, wherever they stand. `bought` is a number in Facts and moments in Ties.
MOMENTS = frozenset(
    [
        "at",
        "verified_at",
        "adult_from",
        "screened_at",
        "starts_at",
        "ends_at",
        "opens_at",
        "closes_at",
        "reviewed_at",
        "acquired_at",
        "return_until",
        "refundable_until",
        "until",
        "started_at",
        "filed_at",
        "end_told_at",
        "checked_at",
        "received_at",
        "effective_at",
        "offered_at",
        "first_at",
        "since",
    ]
)
KEEP = ("kind", "at", "longer_waits")
OFTEN = ("gift",) * 4 + ("sale", "sale", "resale", "resale", "series", "series", "mint")


def movement(rng: random.Random) -> Facts:
    """One movement, of any kind, honest or not."""
    kind = rng.choice(KINDS + OFTEN)
    facts = plain_facts(kind)
    if rng.random() < 0.5:
        facts = _shift(facts, _target(rng) - facts.at)
    elif rng.random() < 0.3:
        facts = facts._replace(at=_target(rng))
    if rng.random() < 0.3:
        facts = _scene(facts, rng)
    if kind in ("sale", "gift", "resale") and rng.random() < 0.7:
        facts = with_ties(facts, rng)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 5, 8))):
        facts = _change(facts, rng)
    return _forgotten(facts)


def _scene(facts: Facts, rng: random.Random) -> Facts:
    """What takes several facts together, and would seldom come about by chance."""
    series, holding, measure = facts.series, facts.holding, facts.measure
    if facts.kind == "gift" and holding is not None:
        first, last = midnight(date(2022, 2, 22)), midnight(date(2025, 1, 1))
        if rng.random() < 0.5:
            facts = _shift(facts, rng.randrange(first, last) - facts.at)
        since = facts.at - rng.choice((0, 1, 24, 4320, 17_520, 17_520)) * HOUR + rng.choice(JITTERS)
        how = rng.choice(("gift", "sale"))
        until = None if how == "gift" else since
        held = holding._replace(acquired_at=since, acquired_by=how, return_until=until)
        note = rng.choice(((), (), ("price",), ("contact", "price")))
        return facts._replace(holding=held, note=note)
    if facts.kind == "burn":
        return facts._replace(holding=plain_facts("gift").holding)
    if facts.kind == "takedown" and measure is not None:
        arrived = facts.at - rng.choice((0, 14, 15, 16, 17)) * DAY - rng.randrange(DAY)
        ground = rng.choice(("counter_statement", "counter_statement", "mistake"))
        back = measure._replace(action="restore", ground=ground, received_at=arrived)
        return facts._replace(measure=back)
    if series is not None and rng.random() < 0.3:
        terms = rng.choice(("cc_by", "cc_by_sa", "cc_by_sa", "cc_by_nc"))
        offered = rng.choice((terms, terms, "cc_by"))
        told = series.disclosures + rng.choice((("attribution",), ("attribution",), ()))
        open_ = series._replace(source_terms=terms, offered_terms=offered, disclosures=told)
        return facts._replace(series=open_)
    return facts


def _forgotten(facts: Facts) -> Facts:
    """Of persons who are not known a ledger remembers nothing, and a past comes before now."""
    if facts.holding is not None:
        until = facts.holding.acquired_at
        facts = facts._replace(past=tuple(held for held in facts.past if held[1] <= until))
    if facts.holder is None or facts.holder.person is None:
        facts = facts._replace(holder_ties=None)
    if facts.recipient is None or facts.recipient.person is None:
        facts = facts._replace(recipient_ties=None, chains=())
    if facts.holder and facts.recipient and facts.holder.person == facts.recipient.person:
        nothing = facts.holder_ties and Ties()
        facts = facts._replace(holder_ties=nothing, recipient_ties=nothing, chains=())
    return facts


def choices(rng: random.Random) -> dict[str, list[tuple[str, str]]]:
    """What an installation may have chosen."""
    chosen = {}
    if rng.random() < 0.7:
        chosen["resale.mode"] = [("2025-01-01", "at_cost")]
    if rng.random() < 0.5:
        chosen["payment.payer_unknown"] = [("2025-01-01", rng.choice(("accept", "refuse")))]
        if rng.random() < 0.5:
            chosen["payment.payer_unknown"].append(("2026-05-01", "hold"))
    return chosen


@cache
def edges() -> list[int]:
    """The moments at which something of the rulebook begins or ends, and some odd days."""
    found = {moment for name in naive.names() for moment in naive.held(name)[0]}
    found |= {moment for each in naive.RULES.values() for moment in (each.since, each.until or 0)}
    odd = [(2024, 2, 29), (2028, 2, 29), (2025, 2, 28), (2026, 12, 31), (2026, 1, 31)]
    return sorted(found - {0} | {midnight(date(*day)) for day in odd})


def _target(rng: random.Random) -> int:
    if rng.random() < 0.7:
        return rng.choice(edges()) + rng.choice((0, -1, 1, -1000, 1000, -DAY, DAY, 30 * DAY))
    first, last = midnight(date(2018, 1, 1)), midnight(date(2030, 1, 1))
    return rng.randrange(first, last)


def _shift(value: Any, by: int, name: str = "", inside: str = "") -> Any:
    """The same with every moment moved."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        kind = type(value).__name__
        return type(value)(
            *(_shift(v, by, n, kind) for n, v in zip(value._fields, value, strict=True))
        )
    if name == "past":
        return tuple((person, at + by) for person, at in value)
    if isinstance(value, tuple) and name in ("bought", "returned", "strikes"):
        return tuple(at + by for at in value)
    if isinstance(value, tuple):
        return tuple(_shift(each, by) for each in value)
    return value + by if name in MOMENTS and isinstance(value, int) else value


def _change(facts: Facts, rng: random.Random) -> Facts:
    """One more fact otherwise, somewhere in the records of the movement."""
    places = [name for name in facts._fields if name not in KEEP]
    present = [name for name in places if getattr(facts, name) not in (None, ())]
    name = rng.choice(present if present and rng.random() < 0.9 else places)
    value = getattr(facts, name)
    if rng.random() < 0.06 and name in NULLABLE:
        gone: dict[str, Any] = {name: None}
        return facts._replace(**gone)
    if name in TOP:
        return facts._replace(**{name: TOP[name](rng, facts)})
    if not hasattr(value, "_fields"):
        return facts
    field = rng.choice(value._fields)
    changed = _field(type(value).__name__, field, value, facts, rng)
    return facts._replace(**{name: value._replace(**{field: changed})})


def _field(record: str, field: str, value: Any, facts: Facts, rng: random.Random) -> Any:
    given = FIELDS.get((record, field))
    old = getattr(value, field)
    if given is not None:
        return given(rng, facts)
    if field in MOMENTS:
        if (record, field) in NEVER_NONE or rng.random() < 0.85:
            return facts.at + rng.choice((-1, -1, -1, 1)) * span(rng)
        return None
    return old


NULLABLE = frozenset(
    [
        "series",
        "holder",
        "recipient",
        "holding",
        "payment",
        "consideration",
        "bought",
        "named",
        "gratuitous",
        "refund",
        "platform",
        "issuer",
        "editions",
        "minted",
        "holder_ties",
        "recipient_ties",
        "device",
        "note",
        "offered_at",
        "wait_hours",
        "acknowledged",
        "measure",
        "effective_at",
    ]
)
NEVER_NONE = {
    *(("Series", "opens_at"), ("Series", "closes_at"), ("Holding", "acquired_at")),
    *(("Licence", "starts_at"), ("Platform", "started_at"), ("Permit", "starts_at")),
}
