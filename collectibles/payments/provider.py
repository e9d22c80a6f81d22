"""What the house expects of a way to pay: value types and verbs. One seam, many rails.

A rail is an adapter to one payment provider. It knows no SQL, no web framework, no order: it says
what the provider said, amounts in fen and currency exactly as reported, and leaves every judgement
(too little, too late, twice, wrong merchant, foreign money) to the caller and to the rulebook.

How a rail is used, and what keeps money safe:

- **No verb is called while a database transaction is open.** The caller records the attempt,
  commits, calls the rail, and records the answer in a second transaction. A provider that hangs
  then holds no row and no connection.
- Request numbers (`charge_no`, `refund_no`) are the caller's and belong to one attempt for ever.
  Calling again with the same number and content is safe and returns the same attempt.
- `OutcomeUnknown` (problems.py has all errors) means: it may have happened. Ask again (`query`,
  `query_refund`, or the same call with the same number); never assume, never take a fresh number.
- Delivery of notices is promised by no provider: every open attempt is also asked for by `query`.

Merchants: `seller` is the merchant account of the seller of record; request numbers are unique per
seller, so every verb names it. Times are milliseconds UTC. Shapes fit WeChat Pay v3, Alipay's
gateway protocol v2, e-CNY on Alipay's signer, and bank transfers confirmed by staff.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from collectibles.errors import BadInput
from collectibles.payments.fields import (
    CHARGE_NO,
    CURRENCY,
    REFUND_NO,
    SELLER,
    is_web_address,
    require,
    require_fen,
)


class Instrument(StrEnum):
    """What the payer paid with. When several were used, the first of this list is reported."""

    INSTALMENT = "instalment"
    CREDIT_CARD = "credit_card"
    COUPON = "coupon"
    FUND = "fund"
    BALANCE = "balance"
    DEBIT_CARD = "debit_card"
    ECNY = "ecny"
    BANK_TRANSFER = "bank_transfer"
    UNKNOWN = "unknown"


class PayerMatch(StrEnum):
    """Whether the one who paid is the one the charge named (`Charge.payer`)."""

    CONFIRMED = "confirmed"
    MISMATCH = "mismatch"
    CANNOT_TELL = "rail_cannot_tell"


class Scene(StrEnum):
    """Where the payer is; the rail chooses its product by it."""

    DESKTOP = "desktop"
    PHONE = "phone"
    IN_APP = "in_app"


class OpenedKind(StrEnum):
    """What to do with `Opened.url`: send the browser, show a code, or call the app's script."""

    REDIRECT = "redirect"
    QR = "qr"
    JSAPI = "jsapi"


class PaymentStatus(StrEnum):
    """`refund`: it was paid, and at least one refund was accepted since (see `refunded_fen`)."""

    OPEN = "open"
    PAID = "paid"
    REFUND = "refund"
    CLOSED = "closed"


class RefundStatus(StrEnum):
    """`abnormal`: the provider could not pay back (card closed); a person has to see to it."""

    PROCESSING = "processing"
    SUCCESS = "success"
    ABNORMAL = "abnormal"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerIdentity:
    """Whom the rail shall hold the payer against. Personal data: sealed on the wire, never shown.

    `at_least_years`: for rails that can enforce a minimum age. `repr` gives nothing away.
    """

    name: str = field(repr=False)
    document_kind: str = field(repr=False)
    document_number: str = field(repr=False)
    at_least_years: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A payment to be asked of a payer. Raises BadInput naming the field that no rail can take.

    `notice_url` carries no query (WeChat Pay refuses one); `payer_account` is the payer's account
    at the rail where the scene needs it (openid). `expires_at`: after it nobody can pay.
    """

    seller: str
    charge_no: str
    amount_fen: int
    description: str
    notice_url: str
    expires_at: int
    currency: str = "CNY"
    return_url: str | None = None
    scene: Scene = Scene.DESKTOP
    client_ip: str | None = field(default=None, repr=False)
    payer: PayerIdentity | None = None
    payer_account: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        require(SELLER, "seller", self.seller)
        require(CHARGE_NO, "charge_no", self.charge_no)
        require(CURRENCY, "currency", self.currency)
        require_fen("amount_fen", self.amount_fen)
        if not 1 <= len(self.description) <= 127:
            raise BadInput(
                "description",
                "charge_description_length",
                "付款说明须为 1 至 127 个字符。",
                "The description of a payment has 1 to 127 characters.",
            )
        for name, url in (("notice_url", self.notice_url), ("return_url", self.return_url)):
            if url is not None and not is_web_address(url, query=name == "return_url"):
                raise BadInput(
                    name,
                    "charge_address_invalid",
                    "该地址须为不超过 255 个字符的 http(s) 地址，通知地址不得带参数。",
                    "The address must be http(s) and at most 255 characters; that of notices"
                    " carries no query.",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money to be given back. The same `refund_no` again is the same refund, never a second one.

    `charge_fen` is what was paid in all; `currency` that of the payment.
    """

    seller: str
    charge_no: str
    refund_no: str
    amount_fen: int
    charge_fen: int
    reason: str
    currency: str = "CNY"
    notice_url: str | None = None

    def __post_init__(self) -> None:
        require(SELLER, "seller", self.seller)
        require(CHARGE_NO, "charge_no", self.charge_no)
        require(REFUND_NO, "refund_no", self.refund_no)
        require(CURRENCY, "currency", self.currency)
        require_fen("amount_fen", self.amount_fen)
        require_fen("charge_fen", self.charge_fen)


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the payer goes. `invoke` holds the signed fields of the app's script (`jsapi` only)."""

    kind: OpenedKind
    url: str
    expires_at: int
    invoke: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentState:
    """What the provider says of a charge. Before payment only identity, status and amount are set.

    `amount_fen` and `currency` are what was paid (until then: what was asked), as reported.
    `refunded_fen` has reached the payer; `refundable_until` is the provider's own limit.
    `payer_account` is what the provider calls the account that paid, where it says so.
    """

    seller: str
    charge_no: str
    status: PaymentStatus
    amount_fen: int
    currency: str
    transaction_no: str | None = None
    paid_at: int | None = None
    instrument: Instrument | None = None
    payer: PayerMatch = PayerMatch.CANNOT_TELL
    payer_account: str | None = field(default=None, repr=False)
    refundable_until: int | None = None
    refunded_fen: int = 0

    @property
    def was_paid(self) -> bool:
        return self.status in (PaymentStatus.PAID, PaymentStatus.REFUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundState:
    """What the provider says of a refund."""

    seller: str
    charge_no: str
    refund_no: str
    status: RefundStatus
    amount_fen: int
    currency: str
    provider_refund_no: str | None = None
    finished_at: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified message of the provider. `notice_id` stays the same when it is sent again."""

    notice_id: str
    sent_at: int
    result: PaymentState | RefundState


class Answer(NamedTuple):
    """What to answer a notice with, so that the provider stops (or goes on) sending it."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """One line of a day's bill: a payment (`refund_no` None) or a refund.

    `fee_fen` is what the provider keeps; negative when it gives a fee back with a refund.
    """

    charge_no: str
    transaction_no: str
    refund_no: str | None
    amount_fen: int
    currency: str
    fee_fen: int
    at: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A seller's day at the provider (a day of Asia/Shanghai), as the provider booked it."""

    seller: str
    day: date
    rows: tuple[BillRow, ...]


@runtime_checkable
class PaymentProvider(Protocol):
    """One way to pay. Raises only PaymentProblem and its kinds; never inside a transaction."""

    name: str
    channel: str
    """What kind of institution carries the money: `licensed_psp`, `bank`, `ecny`."""
    licence: str
    """The payment licence it works under, as the rulebook and the receipt print it."""
    settles_in: str
    instruments: tuple[Instrument, ...]
    pages: tuple[str, ...]
    """Origins the payer's browser is sent to, for the shop's content security policy."""

    def create(self, charge: Charge) -> Opened:
        """Opens the charge, or opens it again. `charge_conflict` when the number is taken."""

    def query(self, seller: str, charge_no: str) -> PaymentState | None:
        """What the provider knows; None when it has no such charge (it may still appear)."""

    def close(self, seller: str, charge_no: str) -> None:
        """Lets nobody pay any more. `charge_paid` when somebody has: then query it."""

    def refund(self, request: RefundRequest) -> RefundState:
        """Gives money back; the same number again asks for the same refund."""

    def query_refund(self, seller: str, charge_no: str, refund_no: str) -> RefundState | None:
        """What the provider knows of a refund; None when it has none of that number."""

    def read_notice(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> Notice:
        """Verifies the raw bytes, then reads them. Raises NoticeRefused. Call once per arrival."""

    def acknowledge(self, ok: bool) -> Answer:
        """The provider's own word for "received" (only after commit), or for "send it again"."""

    def fetch_bill(self, seller: str, day: date) -> Bill:
        """A past day's bill. `bill_not_ready` when the provider has not made it yet."""
