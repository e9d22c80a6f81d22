"""Everything a rule may see.

`Facts` describes one proposed movement and what the ledger says about those concerned, at one
moment. A value of None means: not known. No rule may permit what it does not know.
Amounts are integer fen unless `currency` says otherwise; times are milliseconds UTC. These are
named tuples rather than frozen data classes because a ledger makes tens of thousands a second.
"""

from __future__ import annotations

from typing import NamedTuple


class Payment(NamedTuple):
    """What the payment attestor says of one payment.

    `channel` is the kind of institution (licensed_psp, bank, ecny, …); `licence` its permit;
    `instrument` what it was paid from (balance, debit_card, instalment, …); `payer` is
    confirmed, mismatch or rail_cannot_tell. Before a payment is made these are the facts expected
    of it.
    """

    rail: str
    channel: str
    licence: str
    instrument: str
    currency: str
    amount: int
    payer: str
    settled: bool
    refundable_until: int | None


class Person(NamedTuple):
    """One account and the person behind it, by random tag.

    `verified_at` None means that the ledger holds no verification; `adult_from` is the first
    moment of the month from which the person is an adult.
    """

    account: str
    person: str | None
    verified_at: int | None
    adult_from: int | None


class Licence(NamedTuple):
    """What the right holder lets the issuer do, from when until when (None: no end)."""

    rights: tuple[str, ...]
    starts_at: int
    ends_at: int | None


class Series(NamedTuple):
    """A series as issued. `derivation` says how its picture came from the object.

    `licence` None means that none is on file, `reviewed_at` None that no review is recorded.
    `source_terms` are the terms the object's picture is under; `offered_terms` those the series
    is offered under; `grants` the rights its holders get; `disclosures` the statements present.
    """

    series: str
    price: int
    currency: str
    edition_size: int
    opens_at: int
    closes_at: int
    derivation: str
    adaptor: str
    creative_statement: str
    right_holder: str
    source_terms: str
    offered_terms: str
    licence: Licence | None
    grants: tuple[str, ...]
    disclosures: tuple[str, ...]
    prepared_by: str
    reviewed_by: str
    reviewed_at: int | None


class Holding(NamedTuple):
    """One collectible in the hands of its holder.

    `acquired_by` is sale, resale, gift or forced (by a court, by inheritance). Cost is `paid` less
    `refunded`. `return_until` is the moment at which the right of return ends; where none was
    given it is `acquired_at`, and None for what was not bought. `refundable_until` is the first
    moment at which the holder's payment can no longer be refunded.
    """

    holder: str
    acquired_at: int
    acquired_by: str
    paid: int
    refunded: int
    refund_pending: bool
    return_until: int | None
    refundable_until: int | None


class Restraint(NamedTuple):
    """A freeze in force. `scope` is account, series or collectible; `until` None has no term."""

    scope: str
    subject: str
    document: str
    authority: str
    until: int | None


class Facts(NamedTuple):
    """One proposed movement and what is known at its moment.

    `consideration` is the whole of what changes hands for it, fen, whatever it is called;
    `bought` how many of the series this person has already bought or taken over at cost; `named`
    whether the recipient was named by the holder; `gratuitous` whether both sides declared that
    nothing is given in return; `refund` the fen to be paid back.
    """

    kind: str
    at: int
    series: Series | None = None
    holder: Person | None = None
    recipient: Person | None = None
    holding: Holding | None = None
    payment: Payment | None = None
    consideration: int | None = None
    bought: int | None = None
    named: bool | None = None
    gratuitous: bool | None = None
    refund: int | None = None
    restraints: tuple[Restraint, ...] = ()
