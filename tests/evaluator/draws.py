"""What a fact may be instead: for each field values that some rule tells apart, and odd ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from compliance.facts import Facts, Payment, Permit, Restraint
from compliance.plain import plain_facts
from tests.evaluator.naive import DAY
from tests.evaluator.texts import text
from tests.evaluator.world import JITTERS, span

Give = Callable[[random.Random, Facts], Any]


def _one(*values: Any) -> Give:
    return lambda rng, facts: rng.choice(values)


def _some(*values: str) -> Give:
    """Several of these, in any order."""
    return lambda rng, facts: tuple(rng.sample(values, rng.randrange(len(values) + 1)))


def _most(*values: str) -> Give:
    """All of these but perhaps one, and perhaps one more."""

    def give(rng: random.Random, facts: Facts) -> tuple[str, ...]:
        kept = [each for each in values if rng.random() < 0.95]
        return tuple(rng.sample(kept, len(kept))) + rng.choice(((), ("attribution",)))

    return give


def _amount(rng: random.Random, facts: Facts) -> int:
    return rng.choice((19_900, 19_900, 19_899, 19_901, 0, 1, -1, 5_000, 100_000, 100_001, 10**12))


def _payment(rng: random.Random, facts: Facts) -> Payment:
    return plain_facts("sale").payment._replace(amount=_amount(rng, facts))  # type: ignore[union-attr]


def _restraints(rng: random.Random, facts: Facts) -> tuple[Restraint, ...]:
    return tuple(
        Restraint("series", "s", "d", "a", rng.choice((None, facts.at + rng.choice(JITTERS))))
        for _ in range(rng.randrange(3))
    )


def _permits(rng: random.Random, facts: Facts) -> tuple[Permit, ...]:
    kinds = ("value_added_telecom", "network_culture", "network_publishing", "auction")
    return tuple(
        Permit(
            rng.choice(kinds),
            rng.choice(("1", "1", "1", "")),
            rng.choice(("91330108MA2KHYALX1",) * 4 + ("91440300MA5G83AB64",)),
            facts.at - rng.choice((span(rng), span(rng), -span(rng))),
            rng.choice((None, facts.at + span(rng), facts.at - span(rng))),
        )
        for _ in range(rng.randrange(7))
    )


def _texts(rng: random.Random, facts: Facts) -> tuple[str, ...]:
    return tuple(text(rng) for _ in range(rng.choice((0, 1, 1, 2, 3))))


def _moments(rng: random.Random, facts: Facts) -> tuple[int, ...]:
    return tuple(facts.at - span(rng) for _ in range(rng.randrange(3)))


_GRANTS = (
    *("display", "personal_study", "buyback", "dividend", "redemption_cash", "pledge", "odd", ""),
)
_CHECKS = ("content", "ownership", "source_file", "image_search", "no_banknote", "similarity")
_DISCLOSED = (
    *("issuer", "right_holder", "licence_scope", "edition_size", "price", "rights", "non_rights"),
    *("gift_rule", "refund_rule", "risk_notice", "ledger_name", "filing_number"),
    *("complaint_route", "ai_flag"),
)
_ARRANGED = (
    *("venue_visit", "lecture", "equal_lot", "fraction", "pooled", "buyback", "rebate"),
    *("blind_box", "merge", "rank_prize", "odd", ""),
)
_TERMS = ("public_domain", "cc0", "cc_by", "cc_by_sa", "cc_by_nc", "all_rights_reserved", "odd", "")
_CODES = ("91440300MA5G83AB64", "91350100M000100Y4Z", "91350100M000100Y43", "", "9144")
_NAMES = ("示例", "虚拟　货币馆", "Forward Museum", "ＲＷＡ 馆", "稳定·币", "rwa馆")

TOP: dict[str, Give] = {
    "consideration": _amount,
    "refund": _amount,
    "bought": _one(0, 0, 1, 2, 9),
    "named": _one(True, False),
    "gratuitous": _one(True, False),
    "editions": _one(0, 1, 1000, 99_000, 100_000),
    "minted": _one(0, 1, 1000, 99_000, 100_000, 100_001),
    "device": _one("d-holder", "d-recipient", "d-old", "d-new", "d-home"),
    "note": _one((), ("price",), ("price", "contact")),
    "offered_at": lambda rng, facts: facts.at + rng.choice((-1, -1, 1)) * span(rng),
    "wait_hours": _one(0, 24, 4319, 4320, 4321, 17_519, 17_520, 17_521),
    "acknowledged": _some("risk", "no_return"),
    "effective_at": lambda rng, facts: facts.at + rng.choice((1, 1, 1, -1)) * span(rng),
    "restraints": _restraints,
    "payment": _payment,
}
FIELDS: dict[tuple[str, str], Give] = {
    ("Series", "price"): _amount,
    ("Series", "currency"): _one("CNY", "USD", "cny", ""),
    ("Series", "edition_size"): _one(1, 20_000, 20_001, 10**9),
    ("Series", "derivation"): _one("new_work", "raw_scan", "raw_photo", "replica_3d", "odd", ""),
    ("Series", "adaptor"): _one("", "x"),
    ("Series", "creative_statement"): _one("", "x"),
    ("Series", "right_holder"): _one("", "x"),
    ("Series", "source_terms"): _one(*_TERMS, "cc_by", "cc_by_sa"),
    ("Series", "offered_terms"): _one(*_TERMS),
    ("Series", "licence"): lambda rng, facts: _licence(rng, facts),
    ("Series", "grants"): _some(*_GRANTS),
    ("Series", "disclosures"): _most(*_DISCLOSED),
    ("Series", "prepared_by"): _one("staff-a", "staff-b", ""),
    ("Series", "reviewed_by"): _one("staff-a", "staff-b", ""),
    ("Series", "issuer"): _one("museum-1", "museum-2"),
    ("Series", "seller"): _one("museum-1", "seller-1", ""),
    ("Series", "texts"): _texts,
    ("Series", "underlying"): _one(None, "creative_work", "security", "odd", ""),
    ("Series", "arrangements"): lambda rng, f: rng.choice((None, _some(*_ARRANGED)(rng, f)[:2])),
    ("Series", "ai"): _one(None, "none", "assisted", "generated", "partly"),
    ("Series", "checks"): lambda rng, f: rng.choice((None, _some(*_CHECKS, "ai_label")(rng, f))),
    ("Series", "price_statement"): _one(None, "", "x"),
    ("Series", "same_picture"): _one("", "s-older"),
    ("Series", "down"): _one(True, False),
    ("Person", "account"): _one("a-holder", "a-recipient"),
    ("Person", "person"): _one("p-holder", "p-recipient", None),
    ("Person", "document"): _one("resident", "hk_mo_tw", "foreign", None, ""),
    ("Person", "screening"): _one("clear", "hit", "pending", None),
    ("Person", "affiliations"): _some("museum-1", "museum-2", "seller-1", "operator"),
    ("Person", "strikes"): _moments,
    ("Person", "open_elsewhere"): _one(True, False),
    ("Holding", "acquired_by"): _one("sale", "gift", "resale", "forced"),
    ("Holding", "paid"): _amount,
    ("Holding", "refunded"): _one(0, 1, 5_000, 19_900),
    ("Holding", "refund_pending"): _one(True, False),
    ("Holding", "wait_hours"): _one(None, 0, 24, 4320, 17_520),
    ("Payment", "channel"): _one("licensed_psp", "bank", "ecny", "cash", ""),
    ("Payment", "licence"): _one("", "Z"),
    ("Payment", "instrument"): _one("balance", "instalment", "platform_balance", "coupon", "fund"),
    ("Payment", "currency"): _one("CNY", "USD"),
    ("Payment", "amount"): _amount,
    ("Payment", "payer"): _one("confirmed", "mismatch", "rail_cannot_tell", "probably"),
    ("Payment", "settled"): _one(True, False),
    ("Payment", "payee"): _one("museum-1", "seller-1", "operator", None),
    ("Payment", "means"): _one("m-recipient", "m-old", "m-new", "m-home", None),
    ("Platform", "name"): _one(*_NAMES, ""),
    ("Platform", "scope"): _one(*_NAMES, ""),
    ("Platform", "uscc"): _one("91330108MA2KHYALX1", "91440300MA5G83AB64", ""),
    ("Platform", "models"): _some("self_issue", "third_party_issue", "publication", "exchange"),
    ("Platform", "filing"): _one("", "x"),
    ("Platform", "permits"): _permits,
    ("Institution", "roles"): _some("museum", "regulator", "attestor"),
    ("Institution", "names"): _some(*_NAMES),
    ("Institution", "uscc"): _one(*_CODES),
    ("Measure", "action"): _one("freeze", "release", "takedown", "restore", "restore", "burn"),
    ("Measure", "document"): _one("x", "x", ""),
    ("Measure", "authority"): _one("x", "x", ""),
    ("Measure", "basis"): _one("x", "x", ""),
    ("Measure", "ground"): _one(
        "notice", "own_review", "order", "mistake", "counter_statement", ""
    ),
    ("Measure", "officers"): _some("officer-a", "officer-b", ""),
}


def _licence(rng: random.Random, facts: Facts) -> Any:
    before = plain_facts("series").series
    assert before is not None
    assert before.licence is not None
    if rng.random() < 0.1:
        return None
    rights = rng.choice((("reproduction", "network_transmission"), ("adaptation",), ()))
    closes = facts.series.closes_at if facts.series else facts.at
    ends = rng.choice((None, facts.at + rng.choice(JITTERS), closes + rng.choice(JITTERS)))
    starts = facts.at + rng.choice((-DAY, *JITTERS))
    return before.licence._replace(
        rights=rights or ("reproduction",), starts_at=starts, ends_at=ends
    )
