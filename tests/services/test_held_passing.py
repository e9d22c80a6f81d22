"""Held gifts, resales and refunds: what waits, and where the money is at every moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collectibles.errors import CollectiblesError, Conflict
from collectibles.ledger import state
from collectibles.services.accept_gift import accept_gift
from collectibles.services.accept_resale import accept_resale
from collectibles.services.cancel_held import cancel_held, cancel_held_order
from collectibles.services.messages_of import messages_of
from collectibles.services.offer_gift import offer_gift, withdraw_gift
from collectibles.services.refund_in_part import refund_in_part
from collectibles.services.show_holds import my_hold
from collectibles.store.tables.orders import Order
from tests.service import Service
from tests.services import holding
from tests.services.buying import (
    RISK,
    cases_open,
    make_buyer,
    order_row,
    pay,
    refunds_of,
)
from tests.services.holding import (
    WATCHED,
    officers,
    rule,
    the_hold,
    watching,
)
from tests.services.passing import (
    accepted,
    assert_money_balances,
    gift_row,
    go_round,
    holder_of,
    holder_since_long,
    key,
    offer_at,
    resale_row,
)


@pytest.fixture(autouse=True)
def _watching(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with watching(monkeypatch):
        yield


# Gifts


def _held_gift(service: Service) -> tuple[str, str, int, str]:
    giver, edition = holder_since_long(service)
    offered = offer_gift(service.ctx, giver, "s-plain", edition, key())
    to = make_buyer(service.ctx, 2)
    WATCHED.add(giver)
    with pytest.raises(CollectiblesError, match="held_for_review"):
        accept_gift(service.ctx, to, offered.secret)
    assert gift_row(service.ctx, offered.offer).state == "held"
    return giver, to, edition, offered.offer


@pytest.mark.parametrize("how", ["permit", "refuse", "lapse", "giver", "recipient"])
def test_a_held_gift_waits_and_ends(service: Service, how: str) -> None:
    giver, to, edition, offer = _held_gift(service)
    ctx = service.ctx
    with pytest.raises(Conflict):
        withdraw_gift(ctx, giver, offer)
    go_round(service)
    assert gift_row(ctx, offer).state == "held"
    hold = the_hold(ctx).entry
    if how in ("permit", "refuse"):
        rule(ctx, how, officers(ctx))
    elif how == "lapse":
        service.clock.set_ms(the_hold(ctx).until)
    else:
        cancel_held(ctx, giver if how == "giver" else to, hold)
    go_round(service)
    ends = {"permit": "given", "refuse": "lapsed", "lapse": "lapsed", "giver": "withdrawn"}
    assert gift_row(ctx, offer).state == ends.get(how, "refused")
    assert holder_of(ctx, edition) == (to if how == "permit" else giver)
    WATCHED.clear()
    if how != "permit":
        assert offer_gift(ctx, giver, "s-plain", edition, key()).secret


def test_the_other_side_sees_neither_reasons_nor_words(service: Service) -> None:
    giver, to, _, _ = _held_gift(service)
    ctx = service.ctx
    hold = the_hold(ctx).entry
    rule(ctx, "refuse", officers(ctx), strike=True)
    assert my_hold(ctx, giver, hold).reasons == "经核对后裁定"
    theirs = my_hold(ctx, to, hold)
    assert (theirs.explained, theirs.reasons, theirs.words) == ([], "", "")
    assert not any("breach" in one.en or "经核对" in one.zh for one in messages_of(ctx, to))
    assert any("breach" in one.en for one in messages_of(ctx, giver))


# Resales at cost


def test_a_held_reservation_and_then_the_whole_resale(service: Service) -> None:
    holder, edition = holder_since_long(service)
    ctx, to = service.ctx, make_buyer(service.ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    WATCHED.add(holder)
    with pytest.raises(CollectiblesError, match="held_for_review"):
        accept_resale(ctx, to, offer, key(), RISK)
    assert resale_row(ctx, offer).state == "held"
    WATCHED.clear()
    rule(ctx, "permit", officers(ctx))
    go_round(service, times=1)
    assert resale_row(ctx, offer).state == "reserved"
    bought = accepted(service, to, offer)
    pay(service, bought)
    go_round(service)
    assert resale_row(ctx, offer).state == "posted"
    assert holder_of(ctx, edition) == to
    assert_money_balances(service)


def _held_posting(service: Service) -> tuple[str, str, int, str, str]:
    """A posting that is held after the former payment has gone back."""
    holder, edition = holder_since_long(service)
    ctx, to = service.ctx, make_buyer(service.ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    bought = accepted(service, to, offer)

    class Watch(set[str]):
        """Holds from the moment the former payment is on its way back."""

        def __contains__(self, one: object) -> bool:
            return one == holder and resale_row(ctx, offer).former_refund is not None

    holding.WATCHED = Watch()
    pay(service, bought)
    go_round(service)
    return holder, to, edition, offer, bought


@pytest.mark.parametrize("how", ["permit", "refuse", "lapse", "buyer"])
def test_a_posting_held_after_the_former_refund_loses_no_money(
    service: Service, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(holding, "WATCHED", holding.WATCHED)
    holder, to, edition, offer, bought = _held_posting(service)
    ctx = service.ctx
    assert order_row(ctx, bought).state == "held"
    assert resale_row(ctx, offer).state == "settling"
    if how in ("permit", "refuse"):
        rule(ctx, how, officers(ctx))
    elif how == "lapse":
        service.clock.set_ms(the_hold(ctx).until)
    else:
        cancel_held_order(ctx, to, bought)
    go_round(service)
    if how == "permit":
        assert resale_row(ctx, offer).state == "posted"
        assert (order_row(ctx, bought).state, holder_of(ctx, edition)) == ("settled", to)
        assert cases_open(ctx) == []
    else:
        assert resale_row(ctx, offer).state == "voided"
        assert (order_row(ctx, bought).state, holder_of(ctx, edition)) == ("refunded", holder)
        assert [case.key for case in cases_open(ctx)] == [f"resale-{offer}"]


# Refunds


@pytest.mark.parametrize("how", ["permit", "refuse"])
def test_a_held_refund_is_paid_after_the_ruling_only(service: Service, how: str) -> None:
    holder, edition = holder_since_long(service)
    ctx = service.ctx
    WATCHED.add(holder)
    with ctx.database.begin() as session:
        bought = session.query(Order).filter_by(account_id=holder).one().id
    refund_in_part(ctx, service.staff["reviewer"], bought, 1_000, "致歉", key())
    go_round(service)
    assert [r.state for r in refunds_of(ctx, bought)] == ["asked"]
    assert the_hold(ctx).account_id == holder
    rule(ctx, how, officers(ctx))
    go_round(service)
    wanted = "done" if how == "permit" else "failed"
    assert [r.state for r in refunds_of(ctx, bought)] == [wanted]
    value = ctx.ledger.read.value(state.collectible("s-plain", edition))
    assert (value["back"], value["pending"]) == (1_000 if how == "permit" else 0, 0)
