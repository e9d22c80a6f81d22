"""The worker's round: what notices did not bring, what a crash left undone, what is too late.

Everything is found in rows, and everything done here is what a request would have done; so a round
may be stopped anywhere, and two workers may make it at once. Outcomes are asked for, never guessed.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import or_, select, update

from collectibles.domain.orders import sources
from collectibles.errors import CollectiblesError
from collectibles.followers.following import catch_up
from collectibles.ledger import state
from collectibles.services.apply_payment import ask_provider
from collectibles.services.attest_account import accounts_to_attest, attest_account
from collectibles.services.context import Context
from collectibles.services.pay import close_payment, open_payment
from collectibles.services.refund import drive_refund
from collectibles.services.request_return import finish_return, returns_to_finish
from collectibles.services.reserve_edition import release_editions
from collectibles.services.settle_order import settle_order
from collectibles.services.settle_resale import finish_resales
from collectibles.services.tally import forget_old
from collectibles.store.tables.catalogue import Edition
from collectibles.store.tables.holds import HoldRow
from collectibles.store.tables.orders import Order, Payment, Refund

log = logging.getLogger(__name__)

#: A payment that is open is asked for this often, and not in its first seconds.
ASK_EVERY_MS: Final = 20_000
#: A closed one is asked for once in a while for a day: somebody may have paid at the last moment.
ASK_CLOSED_EVERY_MS: Final = 30 * 60_000
ASK_CLOSED_FOR_MS: Final = 24 * 3_600_000
#: An order whose payment cannot be closed, since the provider is silent, expires all the same.
GRACE_MS: Final = 10 * 60_000
#: How many of each are handled in one round.
BATCH: Final = 500


def watch(ctx: Context, now: int) -> dict[str, int]:
    """Make one round at `now` (ms UTC); returns how many of each were handled, and `problems`."""
    counts: Counter[str] = Counter()
    catch_up(ctx.database, ctx.ledger.read)

    def each(what: str, found: Iterable[str], do: Callable[[str], object]) -> None:
        for identifier in found:
            try:
                do(identifier)
            except CollectiblesError as problem:
                counts["problems"] += 1
                log.warning("%s %s: %s", what, identifier, problem.code)
            except Exception:
                counts["problems"] += 1
                log.exception("%s %s", what, identifier)
            else:
                counts[what] += 1

    each("attested", accounts_to_attest(ctx), lambda one: attest_account(ctx, one))
    each("opened", _not_opened(ctx, now), lambda one: open_payment(ctx, one))
    each("asked", _to_ask(ctx, now), lambda one: ask_provider(ctx, one))
    each("expired", _too_late(ctx, now), lambda one: expire_order(ctx, one, now))
    each("settled", _to_settle(ctx), lambda one: settle_order(ctx, one))
    each("returned", returns_to_finish(ctx), lambda one: finish_return(ctx, one))
    each("refunds", _to_refund(ctx), lambda one: drive_refund(ctx, one))
    each("resales", ("all",), lambda _: finish_resales(ctx))
    each("released", _to_release(ctx), lambda one: _release(ctx, one, now))
    with ctx.database.begin() as session:
        forget_old(session, now)
    return dict(counts)


def expire_order(ctx: Context, order_id: str, now: int) -> None:
    """Close an order that nobody paid in time; its edition becomes free again.

    Its payment is closed at the provider first, so that nobody pays for what is gone; whoever has
    paid meanwhile has paid.
    """
    with ctx.database.begin() as session:
        order = session.get_one(Order, order_id)
        opened = session.scalars(
            select(Payment.id).where(Payment.order_id == order_id, Payment.state == "opened")
        ).all()
    closed = [close_payment(ctx, payment_id) for payment_id in opened]
    if not all(closed) and now < order.pay_until + GRACE_MS:
        return
    with ctx.database.begin() as session:
        expired = session.scalar(
            update(Order)
            .where(
                Order.id == order_id,
                Order.state.in_(sources("order", "expired")),
                Order.pay_until <= now,
            )
            .values(state="expired", ended_at=now)
            .returning(Order.id)
        )
        if expired is not None and order.kind == "sale":
            release_editions(session, order_id)


def _not_opened(ctx: Context, now: int) -> list[str]:
    """Attempts that were recorded and not opened: a crash, or a provider that did not answer."""
    return _ids(
        ctx,
        select(Payment.id)
        .where(
            Payment.state == "opened",
            Payment.pay_url.is_(None),
            Payment.expires_at > now,
            Payment.created_at < now - 2_000,
        )
        .order_by(Payment.created_at),
    )


def _to_ask(ctx: Context, now: int) -> list[str]:
    """Payments that may have been paid without our having heard of it."""
    opened = (
        (Payment.state == "opened")
        & (Payment.created_at < now - 2_000)
        & or_(Payment.asked_at.is_(None), Payment.asked_at < now - ASK_EVERY_MS)
    )
    closed = (
        (Payment.state == "closed")
        & (Payment.created_at > now - ASK_CLOSED_FOR_MS)
        & or_(Payment.asked_at.is_(None), Payment.asked_at < now - ASK_CLOSED_EVERY_MS)
    )
    return _ids(ctx, select(Payment.id).where(opened | closed).order_by(Payment.asked_at))


def _too_late(ctx: Context, now: int) -> list[str]:
    late = select(Order.id).where(Order.state == "placed", Order.pay_until <= now)
    return _ids(ctx, late.order_by(Order.pay_until))


def _to_settle(ctx: Context) -> list[str]:
    """Paid orders, held ones that have been ruled on, and orders with a payment too many."""
    extra = select(Payment.id).where(
        Payment.order_id == Order.id, Payment.state == "paid", Order.paid_by != Payment.id
    )
    ruled = select(HoldRow.entry).where(HoldRow.entry == Order.entry, HoldRow.state != "open")
    held = (Order.state == "held") & ruled.exists()
    wanted = select(Order.id).where((Order.state == "paid") | held | extra.exists())
    return _ids(ctx, wanted.order_by(Order.created_at))


def _to_refund(ctx: Context) -> list[str]:
    """Refunds not over at the provider, or over there and not yet said on the ledger."""
    unfinished = Refund.state.in_(("asked", "processing"))
    unsaid = (
        Refund.on_ledger
        & Refund.closed_entry.is_(None)
        & or_(Refund.state == "done", (Refund.state == "failed") & (Refund.reason != "return"))
    )
    silent = Refund.state.in_(("done", "failed")) & Order.state.in_(("refunding", "returning"))
    rows = select(Refund.id).join(Order, Order.id == Refund.order_id)
    return _ids(ctx, rows.where(unfinished | unsaid | silent).order_by(Refund.tried_at))


def _to_release(ctx: Context) -> list[str]:
    """Orders that are over and still have an edition: the ledger held it when they ended."""
    over = ("expired", "closed", "refunding", "refunded", "case")
    return _ids(
        ctx,
        select(Order.id)
        .join(Edition, Edition.order_id == Order.id)
        .where(Edition.state == "reserved", Order.state.in_(over), Order.kind == "sale"),
    )


def _release(ctx: Context, order_id: str, now: int) -> None:
    """Let an edition go once nothing on the ledger locks it any more."""
    with ctx.database.begin() as session:
        edition = session.scalars(select(Edition).where(Edition.order_id == order_id)).first()
    if edition is None:
        return
    value = ctx.ledger.read.value(state.collectible(edition.series, edition.number))
    if value is None or (value["holder"] is None and state.locked(value, now) is None):
        with ctx.database.begin() as session:
            release_editions(session, order_id)


def _ids(ctx: Context, wanted: object) -> list[str]:
    with ctx.database.read() as session:
        return list(session.scalars(wanted.limit(BATCH)))  # type: ignore[attr-defined]
