"""Movements for tests, and two ledgers to put them on.

The movements are honest ones: under the first release's rulebook, with CHOICES and at the moments
named here, each is permitted. (These tests are about the ledger; newest.py has movements for the
rulebook of this software.) A test changes the field it is about. `Memory` applies batches to a
state in memory and can be exported like a stored ledger; `Trial` is a ledger on PostgreSQL with
the local orderer and a clock that is set. Both begin with genesis, one museum and one regulator.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from hashlib import sha256
from typing import Any

from collectibles.clock import Clock, SetClock
from collectibles.domain.acts import ROLE_OF
from collectibles.domain.movements import Movement
from collectibles.ledger.checkpoint import Checkpoint
from collectibles.ledger.creation import genesis, prepare
from collectibles.ledger.entry import decode
from collectibles.ledger.keys import SigningKey, sign_act
from collectibles.ledger.ledger import Ledger
from collectibles.ledger.machine import Applied, FindRulebook, Machine, Result, needs
from collectibles.ledger.merkle import leaf_hash, root_of
from collectibles.ledger.note import Signer
from collectibles.ledger.orderers.local import LocalOrderer
from collectibles.ledger.orderers.orderer import Receipt
from collectibles.ledger.signer import CheckpointSigner
from collectibles.ledger.state import Folded
from collectibles.ledger.storage import tables
from collectibles.ledger.storage.reader import LedgerReader
from collectibles.store.database import Database
from compliance import rulebook
from compliance.calendar import DAY_MS, moment
from compliance.rulebook import Rulebook

ORIGIN = "tests.ledger"
CHOICES = {"resale.mode": [("2026-01-01", "at_cost")]}
PRICE = 19_900


def first_rulebook(choices: Mapping[str, Any]) -> Rulebook:
    """The rulebook of the first release with these choices."""
    return rulebook.bind(rulebook.with_choices(rulebook.released()[0], choices))


FIRST = first_rulebook(CHOICES)

ISSUE_AT = moment("2026-03-01 10:00:00")
MINT_AT = moment("2026-03-02 10:00:00")
OPENS_AT = moment("2026-03-10 10:00:00")
SALE_AT = moment("2026-03-10 12:00:00")
RETURN_AT = moment("2026-03-12 12:00:00")
PASS_ON_AT = moment("2026-10-12 12:00:00")

SEEDS = {by: sha256(by.encode()).digest() for by in ("operator", "museum-1", "regulator-1")}
KEYS = {by: SigningKey(seed) for by, seed in SEEDS.items()}
SIGNER = Signer(ORIGIN, SEEDS["operator"])
DIGEST = sha256(b"content").hexdigest()

Act = dict[str, Any]


def movement(kind: str, op_id: str, act: Act, by: str | None = None) -> Movement:
    """The movement, signed if it is not the operator's."""
    who = by or {"museum": "museum-1", "regulator": "regulator-1"}.get(
        ROLE_OF.get(kind, "operator"), "operator"
    )
    made = Movement(kind, op_id, who, act)
    return made if who == "operator" else sign_act(KEYS[who], ORIGIN, made)


def creation(digest: str | None = None, choices: Mapping[str, Any] = CHOICES) -> Movement:
    """The first movement; `digest` is of another rulebook than the first release's."""
    book = digest or first_rulebook(choices).digest
    return genesis(ORIGIN, "operator", KEYS["operator"], book, choices, demonstration=True)


def member(name: str, role: str, op_id: str = "") -> Movement:
    act = {
        "member": name,
        "name": {"zh": f"成员{name}", "en": f"Member {name}"},
        "roles": [role],
        "algorithm": "ed25519",
        "key": KEYS[name].public,
        "custody": "hosted",
    }
    return movement("member", op_id or f"member-{name}", act)


def account(name: str, /, op_id: str = "", **changes: Any) -> Movement:
    """A verified adult's account; person `p-<name>`."""
    act = {
        "account": name,
        "person": f"p-{name}",
        "verifier": "operator",
        "verified_at": moment("2026-01-05 09:00:00"),
        "adult_from": moment("2010-06-01 00:00:00"),
        "screened_at": moment("2026-01-05 09:00:00"),
        "open": True,
    }
    return movement("account", op_id or f"account-{name}", act | changes)


def series(name: str = "s1", /, op_id: str = "", **changes: Any) -> Movement:
    act = {
        "series": name,
        "title": {"zh": "花鸟图新绘", "en": "Birds and flowers, redrawn"},
        "object": {
            "museum": "示例博物馆",
            "number": "T-0001",
            "title": "花鸟图",
            "terms": "public_domain",
        },
        "picture": DIGEST,
        "derivation": "creative_rework",
        "adaptor": "馆内设计组",
        "creative_statement": "以原作构图为本，重绘并重新设色",
        "right_holder": "示例博物馆",
        "licence": {
            "rights": ["reproduction", "network_transmission", "adaptation"],
            "starts_at": moment("2026-01-01 00:00:00"),
            "ends_at": moment("2030-01-01 00:00:00"),
            "reference": "L-2026-1",
        },
        "offered_terms": "all_rights_reserved",
        "issuer": "museum-1",
        "seller": "merchant-1",
        "edition_size": 1000,
        "price": PRICE,
        "currency": "CNY",
        "opens_at": OPENS_AT,
        "closes_at": moment("2026-03-31 22:00:00"),
        "grants": ["display", "personal_study"],
        "disclosures": [
            *("issuer", "right_holder", "licence_scope", "edition_size", "price", "rights"),
            *("non_rights", "gift_rule", "refund_rule", "risk_notice", "ledger_name"),
            *("filing_number", "complaint_route", "ai_flag"),
        ],
        "terms": DIGEST,
        "prepared_by": "staff-a",
        "reviewed_by": "staff-b",
        "reviewed_at": moment("2026-02-28 16:00:00"),
    }
    return movement("series", op_id or f"series-{name}", act | changes)


def mint(first: int = 1, count: int = 100, name: str = "s1", op_id: str = "") -> Movement:
    act = {"series": name, "first": first, "count": count}
    return movement("mint", op_id or f"mint-{name}-{first}", act)


def payment(**changes: Any) -> Act:
    paid = {
        "rail": "wechat_pay",
        "channel": "licensed_psp",
        "licence": "Z2000133000019",
        "instrument": "balance",
        "currency": "CNY",
        "amount": PRICE,
        "payer": "confirmed",
        "settled": True,
        "refundable_until": moment("2027-03-10 12:00:00"),
        "notice": DIGEST,
    }
    return paid | changes


def sale(edition: int, buyer: str, /, op_id: str = "", **changes: Any) -> Movement:
    act = {
        "series": "s1",
        "edition": edition,
        "account": buyer,
        "order": f"order-{edition}-{buyer}",
        "consideration": PRICE,
        "payment": payment(),
        "return_until": SALE_AT + 7 * DAY_MS,
        "terms": DIGEST,
    }
    return movement("sale", op_id or f"sale-{edition}-{buyer}", act | changes)


def gift(edition: int, giver: str, recipient: str, /, op_id: str = "", **changes: Any) -> Movement:
    act = {
        "series": "s1",
        "edition": edition,
        "from": giver,
        "to": recipient,
        "named": True,
        "gratuitous": True,
        "offer": f"offer-{edition}-{recipient}",
    }
    return movement("gift", op_id or f"gift-{edition}-{recipient}", act | changes)


def reserve(
    edition: int, giver: str, recipient: str, /, op_id: str = "", **changes: Any
) -> Movement:
    """The first step of a resale at cost."""
    act = {
        "step": "reserve",
        "resale": f"resale-{edition}-{recipient}",
        "series": "s1",
        "edition": edition,
        "from": giver,
        "to": recipient,
        "named": True,
        "consideration": PRICE,
        "payment": payment(refundable_until=moment("2027-10-12 12:00:00")),
        "until": PASS_ON_AT + DAY_MS,
    }
    return movement("resale", op_id or f"reserve-{edition}-{recipient}", act | changes)


def post(edition: int, giver: str, recipient: str, /, op_id: str = "", **changes: Any) -> Movement:
    """The resale's second step: paid by the new holder, refunded to the former."""
    act = {
        "step": "post",
        "resale": f"resale-{edition}-{recipient}",
        "series": "s1",
        "edition": edition,
        "from": giver,
        "to": recipient,
        "consideration": PRICE,
        "payment": payment(refundable_until=moment("2027-10-12 12:00:00")),
        "refund": {"amount": PRICE, "notice": DIGEST},
        "return_until": PASS_ON_AT,
    }
    return movement("resale", op_id or f"post-{edition}-{recipient}", act | changes)


def void(edition: int, recipient: str, op_id: str = "") -> Movement:
    act = {
        "step": "void",
        "resale": f"resale-{edition}-{recipient}",
        "series": "s1",
        "edition": edition,
        "reason": "not_paid",
    }
    return movement("resale", op_id or f"void-{edition}-{recipient}", act)


def refund(step: str, edition: int, amount: int, op_id: str = "", name: str = "") -> Movement:
    act = {
        "step": step,
        "refund": name or f"refund-{edition}",
        "series": "s1",
        "edition": edition,
        "amount": amount,
        **({"reason": "goodwill"} if step == "pending" else {"notice": DIGEST}),
    }
    return movement("refund", op_id or f"refund-{step}-{edition}", act)


def returned(edition: int, holder: str, /, op_id: str = "", **changes: Any) -> Movement:
    act = {
        "series": "s1",
        "edition": edition,
        "account": holder,
        "refund": f"return-{edition}",
        "amount": PRICE,
    }
    return movement("return", op_id or f"return-{edition}", act | changes)


_BASIS = {"document": "文书〔2026〕1号", "authority": "示例监管机关", "basis": "依法调查"}
_OFFICERS = ["officer-a", "officer-b"]


def freeze(scope: str, subject: str, op_id: str = "", until: int | None = None) -> Movement:
    act: Act = {"action": "freeze", "scope": scope, "subject": subject, **_BASIS}
    act |= {"officers": _OFFICERS, "until": until}
    return movement("restraint", op_id or f"freeze-{subject}".replace("/", "."), act)


def release(scope: str, subject: str, op_id: str = "") -> Movement:
    act: Act = {"action": "release", "scope": scope, "subject": subject, **_BASIS}
    act["officers"] = _OFFICERS
    return movement("restraint", op_id or f"release-{subject}".replace("/", "."), act)


def takedown(action: str = "takedown", name: str = "s1", op_id: str = "") -> Movement:
    act = {"action": action, "series": name, **_BASIS}
    return movement("takedown", op_id or f"{action}-{name}", act)


def burn(edition: int, op_id: str = "") -> Movement:
    act = {"series": "s1", "edition": edition, **_BASIS}
    return movement("burn", op_id or f"burn-{edition}", act)


def forced(edition: int, giver: str, recipient: str, op_id: str = "") -> Movement:
    act: Act = {"series": "s1", "edition": edition, "from": giver, "to": recipient, **_BASIS}
    act["officers"] = _OFFICERS
    return movement("forced", op_id or f"forced-{edition}", act)


def correction(index: int, op_id: str = "") -> Movement:
    act = {"corrects": index, "note": {"zh": "登记有误", "en": "It was recorded in error."}}
    return movement("correction", op_id or f"correction-{index}", act)


def ruling(
    hold: int, verdict: str, op_id: str = "", by: str | None = None, **changes: Any
) -> Movement:
    """A ruling by one officer; `appeal` and `strike` are among the changes."""
    act = {"hold": hold, "ruling": verdict, "officers": ["officer-a"], "reasons": "经核对付款人"}
    return movement("ruling", op_id or f"ruling-{hold}", act | changes, by)


def withdrawal(hold: int, party: str, op_id: str = "") -> Movement:
    """One of those concerned takes back what is held."""
    return ruling(hold, "refuse", op_id or f"withdrawal-{hold}", officers=[party])


def lapse(hold: int, op_id: str = "") -> Movement:
    """The operator records that nobody has ruled in time."""
    return ruling(hold, "refuse", op_id or f"lapse-{hold}", officers=["operator"])


def appeal(hold: int, name: str, received_at: int, /, op_id: str = "", **changes: Any) -> Movement:
    act = {"hold": hold, "account": name, "grounds": DIGEST, "received_at": received_at}
    return movement("appeal", op_id or f"appeal-{hold}", act | changes)


def announced(
    at: int, digest: str, op_id: str = "rulebook-2", choices: Mapping[str, Any] = CHOICES
) -> Movement:
    """Another rulebook with these choices, from `at` on."""
    listed = [
        {"parameter": name, "since": since, "value": value}
        for name, values in choices.items()
        for since, value in values
    ]
    change = {"zh": "规则库更新", "en": "A new rulebook"}
    act = {"rulebook": digest, "choices": listed, "effective_at": at, "change": change}
    return movement("rulebook", op_id, act)


def asked(made: Movement) -> Movement:
    """The same as a question; signed again, for who signs a question has not signed the act."""
    question = replace(made, asks=True)
    return question if made.signature is None else sign_act(KEYS[made.by], ORIGIN, question)


def admissions() -> list[Movement]:
    """The members that both ledgers begin with, after genesis."""
    return [member("museum-1", "museum"), member("regulator-1", "regulator")]


class Memory:
    """A ledger in memory: the machine, its folded state, and the batches as bytes.

    `sign` is the key under which `export` finds its checkpoints.
    """

    def __init__(
        self, find: FindRulebook = rulebook.find, digest: str | None = None, sign: Signer = SIGNER
    ) -> None:
        self.machine = Machine(find)
        self.state = Folded()
        self.batches: list[list[bytes]] = []
        self.signer = sign
        self.apply(creation(digest), *admissions(), at=ISSUE_AT - DAY_MS)

    @property
    def size(self) -> int:
        return sum(map(len, self.batches))

    @property
    def all(self) -> list[bytes]:
        return [body for batch in self.batches for body in batch]

    @property
    def entries(self) -> list[Act]:
        return [decode(body) for body in self.all]

    def apply(self, *batch: Movement, at: int) -> Applied:
        """Apply one batch and keep what it makes."""
        loaded: dict[str, Any] = {}  # just what needs() names, as an orderer would load it
        while missing := needs(batch, loaded):
            loaded |= {key: self.state[key] for key in missing}
        applied = self.machine.apply(loaded, batch, at, self.size)
        self.state.update(applied.changes)
        if applied.encoded:
            self.batches.append(applied.encoded)
        return applied

    def one(self, asked: Movement, at: int) -> Result:
        """What became of one movement, applied alone."""
        return self.apply(asked, at=at).results[0]

    def copy(self) -> Memory:
        """Another ledger that begins with this one's entries. Values are never changed in place,
        so they are shared."""
        other = copy(self)
        other.state = Folded(self.state)
        other.batches = list(self.batches)
        return other

    def done(self, *batch: Movement, at: int) -> Applied:
        """`apply` for movements that must all be permitted."""
        applied = self.apply(*batch, at=at)
        for each, result in zip(batch, applied.results, strict=True):
            assert result.outcome == "permitted", (each, result)
        return applied

    # What `export` reads (bundle.Source), made from the batches by the plain definitions.

    def note(self) -> str:
        return list(self.checkpoints())[-1][1]

    def checkpoints(self) -> Iterator[tuple[int, str]]:
        leaves: list[bytes] = []
        for batch in self.batches:
            leaves += map(leaf_hash, batch)
            head = Checkpoint(self.signer.name, len(leaves), root_of(leaves))
            yield len(leaves), head.sign(self.signer).encode().decode()

    def bodies(self, start: int, stop: int) -> list[bytes]:
        return self.all[start:stop]

    def tile(self, tile_level: int, n: int, width: int) -> bytes:
        row = list(map(leaf_hash, self.all))
        for _ in range(tile_level):
            row = [root_of(row[i : i + 256]) for i in range(0, len(row) // 256 * 256, 256)]
        return b"".join(row[n * 256 : n * 256 + width])

    def of_kinds(self, *kinds: str) -> list[tuple[int, Act]]:
        """Of the entries that can be read: forged ones may hold anything."""
        marks = [f'"kind":"{kind}"'.encode() for kind in kinds]
        listed = [(i, body) for i, body in enumerate(self.all) if any(m in body for m in marks)]
        return [(i, json.loads(body)) for i, body in listed]


def on_sale(ledger: Memory, buyers: int = 0, editions: int = 100) -> Memory:
    """The same ledger with series s1 issued and minted, and accounts a1 … of `buyers` persons."""
    ledger.done(series(), at=ISSUE_AT)
    ledger.done(mint(count=editions), at=MINT_AT)
    ledger.done(*(account(f"a{number}") for number in range(1, buyers + 1)), at=MINT_AT)
    return ledger


class Trial:
    """A ledger on the empty database at `url`, created at `at` under a clock that is set."""

    def __init__(self, url: str, at: int = ISSUE_AT, find: FindRulebook = rulebook.find) -> None:
        self.url = url
        self.find = find
        self.clock = SetClock(at)
        self.database = Database(url)
        tables.metadata.create_all(self.database.engine)
        prepare(url)
        self.read = LedgerReader(self.database)
        self.ledger = Ledger(self.orderer(self.clock), self.read, find, self.clock)
        self.submit(creation(), *admissions())

    def orderer(self, clock: Clock, machine: Machine | None = None) -> LocalOrderer:
        """Another orderer of the same ledger, as another process would have it."""
        machine = machine or Machine(self.find)
        return LocalOrderer(self.url, machine, CheckpointSigner(SIGNER), clock)

    def submit(self, *movements: Movement, at: int | None = None) -> Sequence[Receipt]:
        """Submit one batch, at `at` if given; all have to be permitted."""
        if at is not None:
            self.clock.set_ms(at)
        receipts = self.ledger.submit_all(list(movements))
        for each, receipt in zip(movements, receipts, strict=True):
            assert receipt.error is None, (each, receipt.error)
            assert receipt.outcome == "permitted", (each, receipt)
        return receipts

    def on_sale(self, buyers: int = 0, editions: int = 100) -> None:
        """Series s1 issued and minted, accounts a1 … opened, and the clock in the sale window."""
        self.submit(series(), at=ISSUE_AT)
        self.submit(mint(count=editions), at=MINT_AT)
        if buyers:
            self.submit(*(account(f"a{number}") for number in range(1, buyers + 1)))
        self.clock.set_ms(SALE_AT)

    def close(self) -> None:
        self.ledger.close()
        self.database.close()
