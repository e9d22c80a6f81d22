"""Everything a rule may see.

`Facts` describes one proposed movement and what the ledger says about those concerned, at one
moment. A value of None means: not known. No rule may permit what it does not know.
Amounts are integer fen unless `currency` says otherwise; times are milliseconds UTC. These are
named tuples rather than frozen data classes because a ledger makes tens of thousands a second.
"""

from __future__ import annotations

from typing import Final, NamedTuple

#: The account and the person of a recipient who is not known yet: whoever it will be, verified, of
#: age and screened. What is refused then is refused whoever it is.
ANYBODY: Final = "anybody"


class Payment(NamedTuple):
    """What the payment attestor says of one payment.

    `channel` is the kind of institution (licensed_psp, bank, ecny, …); `licence` its permit;
    `instrument` what it was paid from (balance, debit_card, instalment, …); `payer` is
    confirmed, mismatch or rail_cannot_tell. Before a payment is made these are the facts expected
    of it. `payee` is the institution whose merchant account it went to; `means` the tag of what it
    was paid from, the same for the same card or balance.
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
    payee: str | None = None
    means: str | None = None


class Person(NamedTuple):
    """One account and the person behind it, by random tag.

    `verified_at` None means that the ledger holds no verification; `adult_from` is the first
    moment of the month from which the person is an adult. `document` is the kind of document
    (resident, hk_mo_tw, foreign); `screening` what the lists said (clear, hit) at `screened_at`;
    `affiliations` the institutions the person works for or is close to; `strikes` the moments at
    which a breach was established; `open_elsewhere` whether the person has another open account.
    """

    account: str
    person: str | None
    verified_at: int | None
    adult_from: int | None
    document: str | None = None
    screening: str | None = None
    screened_at: int | None = None
    affiliations: tuple[str, ...] = ()
    strikes: tuple[int, ...] = ()
    open_elsewhere: bool = False


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
    `texts` are title and statements as shown; `underlying` what stands behind the series;
    `arrangements` what comes with it besides; `ai` how far a machine made the picture (none,
    assisted, generated); `checks` what the reviewer has checked; `same_picture` another series with
    this picture, or empty; `down` whether it has been taken down.
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
    issuer: str = ""
    seller: str = ""
    texts: tuple[str, ...] = ()
    underlying: str | None = None
    arrangements: tuple[str, ...] | None = None
    ai: str | None = None
    checks: tuple[str, ...] | None = None
    price_statement: str | None = None
    same_picture: str = ""
    down: bool = False


class Holding(NamedTuple):
    """One collectible in the hands of its holder.

    `acquired_by` is sale, resale, gift or forced (by a court, by inheritance). Cost is `paid` less
    `refunded`. `return_until` is the moment at which the right of return ends; where none was
    given it is `acquired_at`, and None for what was not bought. `refundable_until` is the first
    moment at which the holder's payment can no longer be refunded. `wait_hours` is how long before
    a gift was shown to the holder at acquisition, None where nothing was.
    """

    holder: str
    acquired_at: int
    acquired_by: str
    paid: int
    refunded: int
    refund_pending: bool
    return_until: int | None
    refundable_until: int | None
    wait_hours: int | None = None


class Restraint(NamedTuple):
    """A freeze in force. `scope` is account, series or collectible; `until` None has no term."""

    scope: str
    subject: str
    document: str
    authority: str
    until: int | None


class Permit(NamedTuple):
    """A permit of the operator: of which kind, for which unified social credit code, for when."""

    kind: str
    number: str
    holder: str
    starts_at: int
    ends_at: int | None


class Platform(NamedTuple):
    """The operator as it declares itself on the ledger. `filing` is its number, or empty.

    `models` are the businesses it is in (self_issue, third_party_issue, publication, auction).
    """

    name: str
    uscc: str
    scope: str
    models: tuple[str, ...]
    started_at: int
    filing: str
    filed_at: int | None
    permits: tuple[Permit, ...]
    ends_at: int | None
    end_told_at: int | None


class Institution(NamedTuple):
    """A member of the ledger: `checked_at` is when its licence was last verified."""

    member: str
    roles: tuple[str, ...]
    names: tuple[str, ...]
    uscc: str
    checked_at: int | None


class Passed(NamedTuple):
    """A collectible that passed between two persons. `other` is the person on the other side.

    `waited` is the time, ms, from its acquisition to this; `met` whether something had passed
    between the two before.
    """

    other: str
    kind: str
    collectible: str
    at: int
    waited: int
    met: bool


class Used(NamedTuple):
    """A device or a means of payment a person used, by tag, and since when."""

    what: str
    tag: str
    since: int


class Ties(NamedTuple):
    """What the ledger remembers of one person, oldest first, each of bounded length.

    `bought` and `returned` are moments; `crowded` says that something older was forgotten.
    """

    gave: tuple[Passed, ...] = ()
    got: tuple[Passed, ...] = ()
    bought: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()
    used: tuple[Used, ...] = ()
    crowded: bool = False


class Shared(NamedTuple):
    """Others who bought of the series with the same device or means: how many, and since when."""

    what: str
    others: int
    first_at: int


class Measure(NamedTuple):
    """An act of an authority or of the operator on a document: takedown, forced, burn, restraint.

    `received_at` is when the notice or the counter-statement it rests on arrived.
    """

    action: str
    document: str
    authority: str
    basis: str
    ground: str
    received_at: int | None
    officers: tuple[str, ...]


class Facts(NamedTuple):
    """One proposed movement and what is known at its moment.

    `consideration` is the whole of what changes hands for it, fen, whatever it is called;
    `bought` how many of the series this person has already bought or taken over at cost; `named`
    whether the recipient was named by the holder; `gratuitous` whether both sides declared that
    nothing is given in return; `refund` the fen to be paid back. `editions` and `minted` are the
    editions to mint and those its issuer minted in the last 30 days. `chains` are, for each person
    to whom the recipient gave, what that person gave; `past` the earlier holders of the collectible
    and when each acquired it. `note` are the kinds of solicitation found in the giver's words;
    `acknowledged` what the buyer confirmed. `effective_at` is when a rulebook is to begin,
    `longer_waits` to whose collectibles its longer waiting times apply (new, all).
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
    platform: Platform | None = None
    issuer: Institution | None = None
    editions: int | None = None
    minted: int | None = None
    holder_ties: Ties | None = None
    recipient_ties: Ties | None = None
    chains: tuple[tuple[str, tuple[Passed, ...]], ...] = ()
    past: tuple[tuple[str, int], ...] = ()
    shared: tuple[Shared, ...] = ()
    device: str | None = None
    note: tuple[str, ...] | None = None
    offered_at: int | None = None
    wait_hours: int | None = None
    acknowledged: tuple[str, ...] | None = None
    measure: Measure | None = None
    effective_at: int | None = None
    longer_waits: str = "new"
