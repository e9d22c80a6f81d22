"""What each kind of act consists of: the fields of everything the ledger can be asked.

Listed here once, for those who submit, for the ledger machine and for auditors. Amounts are fen,
moments milliseconds UTC. No act has a field for personal data: accounts, persons, staff and devices
appear under random tags. A field that was `added` after the first release is missing in older
entries; nothing is ever taken away.
"""

from __future__ import annotations

from typing import Final

from collectibles.domain import fields as f
from collectibles.domain.fields import Field

_MEMBER_ROLES = ("operator", "museum", "regulator", "attestor", "witness")
_CHOICES = f.many(
    f.record({"parameter": f.words(64), "since": f.words(10), "value": f.words(32)}), 0, 16
)
_KEY: Final[dict[str, Field]] = {
    "algorithm": f.one_of("ed25519"),
    "key": f.base64,
    "custody": f.one_of("own", "hosted"),
}
_OFFICERS = f.many(f.identifier, 2, 4)
_BASIS: Final[dict[str, Field]] = {
    "document": f.words(80),
    "authority": f.words(80),
    "basis": f.words(200),
}
_COLLECTIBLE: Final[dict[str, Field]] = {"series": f.identifier, "edition": f.edition}

PAYMENT: Final = f.record(
    {
        "rail": f.identifier,
        "channel": f.identifier,
        "licence": f.words(80),
        "instrument": f.identifier,
        "currency": f.words(3),
        "amount": f.fen,
        "payer": f.one_of("confirmed", "mismatch", "rail_cannot_tell"),
        "settled": f.truth,
        "refundable_until": f.optional(f.moment),
        "notice": f.digest,
    },
    added={"payee": f.identifier, "means": f.optional(f.identifier)},
)

_LICENCE = f.record(
    {
        "rights": f.many(f.identifier, 0, 12),
        "starts_at": f.moment,
        "ends_at": f.optional(f.moment),
        "reference": f.words(80),
    }
)

_SERIES: Final[dict[str, Field]] = {
    "series": f.identifier,
    "title": f.text_pair(120),
    "object": f.record(
        {"museum": f.words(120), "number": f.words(80), "title": f.words(200), "terms": f.words(40)}
    ),
    "picture": f.digest,
    "derivation": f.identifier,
    "adaptor": f.text(80),
    "creative_statement": f.text(600),
    "right_holder": f.text(120),
    "licence": f.optional(_LICENCE),
    "offered_terms": f.identifier,
    "issuer": f.identifier,
    "seller": f.identifier,
    "edition_size": f.edition,
    "price": f.fen,
    "currency": f.words(3),
    "opens_at": f.moment,
    "closes_at": f.moment,
    "grants": f.many(f.identifier, 0, 12),
    "disclosures": f.many(f.identifier, 0, 24),
    "terms": f.digest,
    "prepared_by": f.identifier,
    "reviewed_by": f.text(64),
    "reviewed_at": f.optional(f.moment),
}

#: What a series declares since the second release of the rulebook. `underlying` is what stands
#: behind it, `arrangements` what comes with it besides, `ai` how far a machine made the picture,
#: `checks` what the reviewer has checked.
_DECLARED: Final[dict[str, Field]] = {
    "underlying": f.identifier,
    "arrangements": f.many(f.identifier, 0, 12),
    "ai": f.one_of("none", "assisted", "generated"),
    "checks": f.many(f.identifier, 0, 16),
    "price_statement": f.text(600),
}

#: Of whoever acts: the tag of the device it came from, random and without meaning elsewhere.
_DEVICE: Final[dict[str, Field]] = {"device": f.optional(f.identifier)}

#: Hours, as shown to whoever acquires, before which it may not be given.
_WAIT: Final[dict[str, Field]] = {"wait_hours": f.whole(0, 87_600, "hours")}

_RESALE: Final = {
    "reserve": f.record(
        {
            "step": f.one_of("reserve"),
            "resale": f.identifier,
            **_COLLECTIBLE,
            "from": f.identifier,
            "to": f.optional(f.identifier),
            "named": f.truth,
            "consideration": f.fen,
            "payment": PAYMENT,
            "until": f.moment,
        },
        added={**_DEVICE, **_WAIT},
    ),
    "post": f.record(
        {
            "step": f.one_of("post"),
            "resale": f.identifier,
            **_COLLECTIBLE,
            "from": f.identifier,
            "to": f.identifier,
            "consideration": f.fen,
            "payment": PAYMENT,
            "refund": f.record({"amount": f.fen, "notice": f.digest}),
            "return_until": f.optional(f.moment),
        },
        added={**_DEVICE, **_WAIT},
    ),
    "void": f.record(
        {
            "step": f.one_of("void"),
            "resale": f.identifier,
            **_COLLECTIBLE,
            "reason": f.identifier,
        }
    ),
}

_REFUND: Final = {
    step: f.record(
        {
            "step": f.one_of(step),
            "refund": f.identifier,
            **_COLLECTIBLE,
            "amount": f.fen,
            **({"reason": f.identifier} if step == "pending" else {"notice": f.digest}),
        }
    )
    for step in ("pending", "done", "failed")
}

#: What each kind of act consists of.
ACTS: Final[dict[str, Field]] = {
    "genesis": f.record(
        {
            "origin": f.words(100),
            "operator": f.identifier,
            **_KEY,
            "demonstration": f.truth,
            "rulebook": f.digest,
            "choices": _CHOICES,
        }
    ),
    "member": f.record(
        {
            "member": f.identifier,
            "name": f.text_pair(120),
            "roles": f.many(f.one_of(*_MEMBER_ROLES), 0, 5),
            **_KEY,
        },
        added={"uscc": f.text(18), "checked_at": f.optional(f.moment)},
    ),
    "platform": f.record(
        {
            "name": f.text_pair(120),
            "uscc": f.text(18),
            "scope": f.text(600),
            "models": f.many(f.identifier, 0, 6),
            "started_at": f.moment,
            "filing": f.optional(f.record({"number": f.words(80), "filed_at": f.moment})),
            "permits": f.many(
                f.record(
                    {
                        "kind": f.identifier,
                        "number": f.words(80),
                        "holder": f.text(18),
                        "starts_at": f.moment,
                        "ends_at": f.optional(f.moment),
                    }
                ),
                0,
                16,
            ),
            "ends_at": f.optional(f.moment),
            "end_told_at": f.optional(f.moment),
        }
    ),
    "rulebook": f.record(
        {
            "rulebook": f.digest,
            "choices": _CHOICES,
            "effective_at": f.moment,
            "change": f.text_pair(1000),
        },
        added={"longer_waits": f.one_of("new", "all")},
    ),
    "account": f.record(
        {
            "account": f.identifier,
            "person": f.optional(f.identifier),
            "verifier": f.optional(f.identifier),
            "verified_at": f.optional(f.moment),
            "adult_from": f.optional(f.moment),
            "screened_at": f.optional(f.moment),
            "open": f.truth,
        },
        added={
            "screening": f.optional(f.one_of("clear", "hit")),
            "document": f.optional(f.one_of("resident", "hk_mo_tw", "foreign")),
            "affiliations": f.many(f.identifier, 0, 8),
        },
    ),
    "series": f.record(_SERIES, added=_DECLARED),
    "mint": f.record({"series": f.identifier, "first": f.edition, "count": f.edition}),
    "sale": f.record(
        {
            **_COLLECTIBLE,
            "account": f.identifier,
            "order": f.identifier,
            "consideration": f.fen,
            "payment": PAYMENT,
            "return_until": f.optional(f.moment),
            "terms": f.digest,
        },
        added={**_DEVICE, **_WAIT, "acknowledged": f.many(f.identifier, 0, 8)},
    ),
    "gift": f.record(
        {
            **_COLLECTIBLE,
            "from": f.identifier,
            "to": f.optional(f.identifier),
            "named": f.truth,
            "gratuitous": f.truth,
            "offer": f.identifier,
        },
        added={
            **_DEVICE,
            **_WAIT,
            "offered_at": f.moment,
            "note": f.many(f.identifier, 0, 12),
        },
    ),
    "resale": f.either("step", _RESALE),
    "refund": f.either("step", _REFUND),
    "return": f.record(
        {**_COLLECTIBLE, "account": f.identifier, "refund": f.identifier, "amount": f.fen}
    ),
    "restraint": f.either(
        "action",
        {
            "freeze": f.record(
                {
                    "action": f.one_of("freeze"),
                    "scope": f.one_of("account", "series", "collectible"),
                    "subject": f.subject,
                    **_BASIS,
                    "officers": _OFFICERS,
                    "until": f.optional(f.moment),
                }
            ),
            "release": f.record(
                {
                    "action": f.one_of("release"),
                    "scope": f.one_of("account", "series", "collectible"),
                    "subject": f.subject,
                    **_BASIS,
                    "officers": _OFFICERS,
                }
            ),
        },
    ),
    "takedown": f.record(
        {"action": f.one_of("takedown", "restore"), "series": f.identifier, **_BASIS},
        added={
            "ground": f.one_of("notice", "own_review", "order", "counter_statement", "mistake"),
            "received_at": f.moment,
        },
    ),
    "burn": f.record({**_COLLECTIBLE, **_BASIS}),
    "forced": f.record(
        {
            **_COLLECTIBLE,
            "from": f.identifier,
            "to": f.identifier,
            **_BASIS,
            "officers": _OFFICERS,
        }
    ),
    "correction": f.record({"corrects": f.index, "note": f.text_pair(1000)}),
    "ruling": f.record(
        {
            "hold": f.index,
            "ruling": f.one_of("permit", "refuse"),
            "officers": f.many(f.identifier, 1, 4),
            "reasons": f.words(1000),
        },
        added={"appeal": f.index, "strike": f.truth},
    ),
    "appeal": f.record(
        {"hold": f.index, "account": f.identifier, "grounds": f.digest, "received_at": f.moment}
    ),
}

#: Kinds that record what became of another movement; the machine makes them, nobody submits them.
MADE_BY_THE_LEDGER: Final = ("refusal", "hold")

#: Acts that other members sign themselves; the rest is covered by the signature over the batch.
ROLE_OF: Final = {
    "series": "museum",
    "mint": "museum",
    "restraint": "regulator",
    "forced": "regulator",
    "takedown": "regulator",
    "burn": "museum",
}
