"""A ledger to measure: members, accounts, a large series, sales that differ only by number."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from collectibles.clock import SystemClock
from collectibles.domain.movements import Movement
from collectibles.ledger import state
from collectibles.ledger.creation import genesis, prepare
from collectibles.ledger.keys import SigningKey, sign_act
from collectibles.ledger.ledger import Ledger
from collectibles.ledger.machine import Machine
from collectibles.ledger.note import Signer
from collectibles.ledger.orderers.local import LocalOrderer
from collectibles.ledger.signer import CheckpointSigner
from collectibles.ledger.storage.reader import LedgerReader
from collectibles.store.database import Database
from compliance import rulebook
from compliance.cases import plain_facts

ORIGIN = "bench.diancang/ledger"
OPERATOR_SEED = hashlib.sha256(b"bench operator").digest()
MUSEUM_SEED = hashlib.sha256(b"bench museum").digest()
DIGEST = hashlib.sha256(b"bench").hexdigest()
DAY_MS = 86_400_000
CHOICES = {"resale.mode": [("2022-04-13", "at_cost")]}
VKEY = Signer(ORIGIN, OPERATOR_SEED).verifier.vkey
BATCH = 500
#: Well-formed, and nobody's.
USCC = "12110000MB0000001U"


@dataclass
class House:
    """A ledger on a database of its own, and the hands to fill it."""

    url: str
    database: Database
    ledger: Ledger
    orderer: LocalOrderer
    now: int
    series: str = ""
    _payment: dict[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        self.ledger.close()
        self.database.close()

    def accounts(self, first: int, count: int) -> None:
        """Verified accounts a-<n>, each a person of its own."""
        for start in range(first, first + count, BATCH):
            stop = min(start + BATCH, first + count)
            self._all([self.account(n) for n in range(start, stop)])

    def sell(self, first: int, count: int) -> None:
        """Sales in large batches, nobody waiting one by one: to make the ledger large."""
        for start in range(first, first + count, BATCH):
            stop = min(start + BATCH, first + count)
            self._all([self.sale(n) for n in range(start, stop)])

    def account(self, number: int) -> Movement:
        act = {
            "account": f"a-{number}",
            "person": f"p-{number}",
            "verifier": "operator",
            "verified_at": self.now,
            "adult_from": 0,
            "screened_at": self.now,
            "open": True,
            "document": "resident",
            "screening": "clear",
            "affiliations": [],
        }
        return Movement("account", f"account-{number}", "operator", act)

    def publish(self, name: str, size: int) -> None:
        """A series of this many editions on sale, not minted yet."""
        self.series = name
        self._signed(Movement("series", name, "museum-1", self.described(name, size)))

    def mint(self, count: int) -> None:
        act = {"series": self.series, "first": 1, "count": count}
        self._signed(Movement("mint", f"mint-{self.series}", "museum-1", act))

    def sale(self, number: int) -> Movement:
        """The sale of edition `number` + 1 to account a-<number>, at its price, honestly paid."""
        if not self._payment:
            paid = plain_facts("sale").payment
            assert paid is not None
            self._payment = {
                **paid._asdict(),
                "refundable_until": self.now + 365 * DAY_MS,
                "notice": DIGEST,
                "payee": "merchant-1",
            }
        act = {
            "series": self.series,
            "edition": number + 1,
            "account": f"a-{number}",
            "order": f"o-{number}",
            "consideration": 19900,
            "payment": {**self._payment, "means": f"m-{number}"},
            "return_until": self.now + 7 * DAY_MS,
            "terms": DIGEST,
            "device": f"d-{number}",
            "wait_hours": 4320,
            "acknowledged": ["risk"],
        }
        return Movement("sale", f"sale-{number}", "operator", act)

    def written_by_sale(self, number: int) -> tuple[str, str, str]:
        """The keys of the state that `sale(number)` writes."""
        return (
            state.operation("operator", f"sale-{number}"),
            state.collectible(self.series, number + 1),
            state.bought(f"p-{number}", self.series),
            state.ties(f"p-{number}"),
            state.sharing(self.series, f"d-{number}"),
            state.sharing(self.series, f"m-{number}"),
        )

    def _all(self, movements: Sequence[Movement]) -> None:
        bad = [r for r in self.ledger.submit_all(list(movements)) if r.outcome != "permitted"]
        assert not bad, bad[0]

    def _signed(self, movement: Movement) -> None:
        """A museum's movement; one that is held for its size is looked at and let through."""
        receipt = self.ledger.submit(sign_act(SigningKey(MUSEUM_SEED), ORIGIN, movement))
        if receipt.outcome == "held":
            act = {"hold": receipt.index, "ruling": "permit", "reasons": "Measured here"}
            act |= {"officers": ["staff-c", "staff-d"]}
            ruling = Movement("ruling", f"ruling-{receipt.index}", "operator", act)
            receipt = self.ledger.submit(ruling)
        assert receipt.outcome == "permitted", receipt

    def described(self, name: str, size: int) -> dict[str, Any]:
        """The act of a series of this many editions."""
        plain = plain_facts("series").series
        assert plain is not None
        assert plain.licence is not None
        return {
            "series": name,
            "title": {"zh": "测量系列", "en": "Bench series"},
            "object": {
                "museum": "测量博物馆",
                "number": "1",
                "title": "Bench object",
                "terms": plain.source_terms,
            },
            "picture": hashlib.sha256(name.encode()).hexdigest(),
            "derivation": plain.derivation,
            "adaptor": plain.adaptor,
            "creative_statement": plain.creative_statement,
            "right_holder": plain.right_holder,
            "licence": {
                "rights": list(plain.licence.rights),
                "starts_at": self.now - DAY_MS,
                "ends_at": None,
                "reference": "L-1",
            },
            "offered_terms": plain.offered_terms,
            "issuer": "museum-1",
            "seller": "merchant-1",
            "edition_size": size,
            "price": 19900,
            "currency": "CNY",
            "opens_at": self.now - 1000,
            "closes_at": self.now + 20 * DAY_MS,
            "grants": list(plain.grants),
            "disclosures": list(plain.disclosures),
            "terms": DIGEST,
            "prepared_by": "staff-a",
            "reviewed_by": "staff-b",
            "reviewed_at": self.now - 2000,
            "underlying": plain.underlying,
            "arrangements": [],
            "ai": plain.ai,
            "checks": list(plain.checks or ()),
            "price_statement": plain.price_statement,
        }


def join_house(url: str, series: str = "", now: int | None = None) -> House:
    """Another way into the ledger at `url`: an orderer of this process."""
    clock = SystemClock()
    database = Database(url)
    signer = CheckpointSigner(Signer(ORIGIN, OPERATOR_SEED))
    orderer = LocalOrderer(url, Machine(rulebook.find), signer, clock)
    ledger = Ledger(orderer, LedgerReader(database), rulebook.find, clock)
    return House(url, database, ledger, orderer, now or clock.now_ms(), series)


def open_house(url: str) -> House:
    """A ledger on the (empty) database at `url`, with an operator and a museum."""
    prepare(url)
    house = join_house(url)
    book = rulebook.load(CHOICES)
    key = SigningKey(OPERATOR_SEED)
    house.ledger.submit(genesis(ORIGIN, "operator", key, book.digest, CHOICES, True))
    act = {
        "member": "museum-1",
        "name": {"zh": "测量博物馆", "en": "Bench museum"},
        "roles": ["museum"],
        "algorithm": key.algorithm,
        "key": SigningKey(MUSEUM_SEED).public,
        "custody": "hosted",
        "uscc": USCC,
        "checked_at": house.now,
    }
    house.ledger.submit(Movement("platform", "platform", "operator", _platform()))
    house.ledger.submit(Movement("member", "museum-1", "operator", act))
    return house


def _platform() -> dict[str, Any]:
    """The operator, with its filing and its permits."""
    plain = plain_facts("series").platform
    assert plain is not None
    permits = [{**permit._asdict(), "holder": plain.uscc} for permit in plain.permits]
    return {
        "name": {"zh": plain.name, "en": "Bench operator"},
        "uscc": plain.uscc,
        "scope": plain.scope,
        "models": list(plain.models),
        "started_at": plain.started_at,
        "filing": {"number": plain.filing, "filed_at": plain.filed_at},
        "permits": permits,
        "ends_at": None,
        "end_told_at": None,
    }
