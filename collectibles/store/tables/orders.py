"""Orders, and each attempt to pay or to refund as a record of its own.

Every order ends as a collectible, a refund or a numbered case. Legal transitions are one table in
domain/orders.py.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from collectibles.domain.orders import ORDER_STATES, PAYMENT_STATES, REFUND_STATES
from collectibles.store.base import Base, Fen, Key, MaybeMoment, Moment, one_of


class Order(Base):
    """A person's wish to have one collectible, from the museum or (at cost) from its holder.

    `form_key` is that of the form it came from: the same form again is the same order.
    `no_return_terms` is the version of the text by which the buyer gave up the seven-day return
    for this order, if they did. `paid_by` is the payment that pays it (any other is a payment too
    many). `return_until` is fixed before the sale is submitted, so that trying again submits the
    same. `device` is the tag of the buyer's device; `wait_hours` what the buyer was told of how
    long it is kept before it may be given. `entry` is the ledger entry that settled or refused it;
    `why_*` what the buyer was told when it did not end as a collectible.
    """

    __tablename__ = "order"
    __table_args__ = (
        UniqueConstraint("account_id", "form_key"),
        CheckConstraint(one_of("kind", "sale", "resale"), name="kind"),
        CheckConstraint(one_of("state", *ORDER_STATES), name="state"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_order_state", "state", "pay_until"),
        Index("ix_order_account", "account_id", "created_at"),
        Index("ix_order_subject", "series", "edition"),
        Index(
            "uq_order_resale",
            "resale_id",
            unique=True,
            postgresql_where=text("resale_id IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str]
    series: Mapped[str]
    edition: Mapped[int]
    amount: Mapped[Fen]
    merchant: Mapped[str]
    state: Mapped[str]
    form_key: Mapped[str]
    resale_id: Mapped[str | None]
    risk_terms: Mapped[str]
    no_return_terms: Mapped[str | None]
    device: Mapped[str | None]
    wait_hours: Mapped[int]
    pay_until: Mapped[Moment]
    paid_by: Mapped[str | None]
    return_until: Mapped[MaybeMoment]
    why_zh: Mapped[str | None]
    why_en: Mapped[str | None]
    created_at: Mapped[Moment]
    ended_at: Mapped[MaybeMoment]
    entry: Mapped[int | None]


class Payment(Base):
    """One attempt to pay an order. `id` is the merchant number shown to the provider.

    The paid_* fields are what the provider attests; they are never assumed from what was asked.
    `means` is the tag of the account at the provider that paid. `asked_at` is when the provider was
    last asked for it.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint(one_of("state", *PAYMENT_STATES), name="state"),
        Index("ix_payment_state", "state", "created_at"),
        Index(
            "uq_payment_opened",
            "order_id",
            unique=True,
            postgresql_where=text("state = 'opened'"),
        ),
    )

    id: Mapped[Key]
    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"), index=True)
    rail: Mapped[str]
    merchant: Mapped[str]
    amount: Mapped[Fen]
    currency: Mapped[str]
    state: Mapped[str]
    pay_url: Mapped[str | None]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    asked_at: Mapped[MaybeMoment]
    provider_no: Mapped[str | None]
    paid_amount: Mapped[int | None]
    paid_currency: Mapped[str | None]
    payer: Mapped[str | None]
    means: Mapped[str | None]
    instrument: Mapped[str | None]
    paid_at: Mapped[MaybeMoment]
    refundable_until: Mapped[MaybeMoment]
    notice: Mapped[str | None]


class Refund(Base):
    """One attempt to refund (part of) a payment. `id` is the refund number shown to the provider;
    asking again under the same number is asking for the same refund.

    `on_ledger` says whether the collectible's ledger entries know of it: pending, then done or
    failed, which is `closed_entry`. `remark` is what the seller's staff said to the buyer.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint(one_of("state", *REFUND_STATES), name="state"),
        CheckConstraint("amount > 0", name="amount"),
        UniqueConstraint("payment_id", "reason", "cause"),
        Index("ix_refund_state", "state", "created_at"),
    )

    id: Mapped[Key]
    payment_id: Mapped[str] = mapped_column(ForeignKey("payment.id"), index=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("order.id"))
    amount: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    cause: Mapped[str]
    state: Mapped[str]
    on_ledger: Mapped[bool]
    closed_entry: Mapped[int | None]
    asked_by: Mapped[str | None]
    remark: Mapped[str | None]
    provider_no: Mapped[str | None]
    created_at: Mapped[Moment]
    tried_at: Mapped[MaybeMoment]
    done_at: Mapped[MaybeMoment]
    notice: Mapped[str | None]


class Notice(Base):
    """A provider's signed notice, kept raw and sealed before anything else is done with it."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("rail", "event"),)

    id: Mapped[Key]
    rail: Mapped[str]
    event: Mapped[str]
    digest: Mapped[str]
    salt: Mapped[str]
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[Moment]
    handled_at: Mapped[MaybeMoment]


class RefusedNotice(Base):
    """A message to the notice address that could not be believed, by digest and reason."""

    __tablename__ = "refused_notice"

    rail: Mapped[Key]
    reason: Mapped[Key]
    digest: Mapped[Key]
    count: Mapped[int]
    first_at: Mapped[Moment]
    last_at: Mapped[Moment]


class Case(Base):
    """Something a person of the operator has to settle, with a number, an owner and a deadline.

    `key` makes opening it twice harmless.
    """

    __tablename__ = "case"
    __table_args__ = (CheckConstraint(one_of("state", "open", "closed"), name="state"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    order_id: Mapped[str | None] = mapped_column(ForeignKey("order.id"), index=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"), index=True)
    owner: Mapped[str]
    state: Mapped[str]
    zh: Mapped[str]
    en: Mapped[str]
    opened_at: Mapped[Moment]
    due_at: Mapped[Moment]
    closed_at: Mapped[MaybeMoment]
    outcome: Mapped[str | None]
