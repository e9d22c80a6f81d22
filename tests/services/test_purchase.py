"""Every way an order can end: a collectible, the money back, or nothing paid."""

from __future__ import annotations

import pytest

from collectibles.errors import BadInput, Conflict, NotFound, Refused
from collectibles.ledger import state
from collectibles.services.pay import pay_again
from collectibles.services.place_order import place_order
from collectibles.services.watch_payments import watch
from collectibles.services.work import work
from compliance.calendar import moment
from tests.service import Service
from tests.services.buying import (
    DAY,
    HOUR,
    NO_RETURN,
    PRICE,
    RISK,
    assert_books_balance,
    editions,
    make_account,
    make_buyer,
    make_series,
    order,
    order_row,
    pay,
    payment_of,
    refunds_of,
    rounds,
)


def test_a_paid_order_ends_as_a_collectible(service: Service) -> None:
    make_series(service)
    buyer = make_buyer(service.ctx, 1)
    placed = order(service.ctx, buyer)
    assert placed.pay_url is not None
    assert order_row(service.ctx, placed.order_id).state == "placed"
    pay(service, placed.order_id)
    service.pump()
    row = order_row(service.ctx, placed.order_id)
    assert (row.state, row.edition) == ("settled", 1)
    held = service.ctx.ledger.read.value(state.collectible("s-plain", 1))
    assert held["holder"] == buyer
    assert held["paid"] == PRICE
    assert held["return_until"] == row.return_until
    assert editions(service.ctx) == {"sold": 1, "free": 9}
    entry = service.ctx.ledger.read.entries(row.entry, row.entry + 1)[0]
    assert entry["act"]["payment"]["notice"] == payment_of(service.ctx, placed.order_id).notice
    assert_books_balance(service)


def test_seven_days_of_return_begin_the_day_after_delivery(service: Service) -> None:
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    pay(service, placed.order_id)
    service.pump()
    until = order_row(service.ctx, placed.order_id).return_until
    # delivered on 2 March 2026 in Beijing: 9 March is the seventh day after it, to its end
    assert until == moment("2026-03-10")
    given_up = order(service.ctx, make_buyer(service.ctx, 2), no_return=NO_RETURN)
    pay(service, given_up.order_id)
    service.pump()
    assert order_row(service.ctx, given_up.order_id).return_until == service.clock.now_ms()


def test_nobody_pays_and_the_edition_is_free_again(service: Service) -> None:
    make_series(service, size=1)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    with pytest.raises(Conflict) as sold_out:
        order(service.ctx, make_buyer(service.ctx, 2))
    assert sold_out.value.code == "sold_out"
    service.clock.advance_ms(16 * 60_000)
    counts = watch(service.ctx, service.clock.now_ms())
    assert counts["expired"] == 1
    assert order_row(service.ctx, placed.order_id).state == "expired"
    assert payment_of(service.ctx, placed.order_id).state == "closed"
    assert editions(service.ctx) == {"free": 1}


def test_a_payment_that_comes_late_gets_a_free_edition(service: Service) -> None:
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    service.clock.advance_ms(16 * 60_000)
    watch(service.ctx, service.clock.now_ms())
    pay(service, placed.order_id, after_close=True)
    service.pump()
    assert order_row(service.ctx, placed.order_id).state == "settled"
    assert_books_balance(service)


def test_a_payment_that_comes_when_all_is_sold_goes_back(service: Service) -> None:
    make_series(service, size=1)
    late = order(service.ctx, make_buyer(service.ctx, 1))
    service.clock.advance_ms(16 * 60_000)
    watch(service.ctx, service.clock.now_ms())
    quick = order(service.ctx, make_buyer(service.ctx, 2))
    pay(service, quick.order_id)
    service.pump()
    pay(service, late.order_id, after_close=True)
    rounds(service)
    assert order_row(service.ctx, quick.order_id).state == "settled"
    row = order_row(service.ctx, late.order_id)
    assert row.state == "refunded"
    assert "原路" in (row.why_zh or "")
    assert [refund.reason for refund in refunds_of(service.ctx, late.order_id)] == ["late"]
    assert_books_balance(service)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"currency": "USD"}, "currency_cny"),
        ({"amount_fen": PRICE - 1}, "exact_amount"),
        ({"amount_fen": PRICE + 1}, "exact_amount"),
        ({"instrument": "instalment"}, "barred_instrument"),
    ],
)
def test_a_payment_the_rules_do_not_take_goes_back(
    service: Service, how: dict[str, object], code: str
) -> None:
    make_series(service)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    pay(service, placed.order_id, **how)
    rounds(service)
    row = order_row(service.ctx, placed.order_id)
    assert row.state == "refunded"
    assert row.why_zh
    assert row.why_en
    assert row.entry is not None
    entry = service.ctx.ledger.read.entries(row.entry, row.entry + 1)[0]
    assert entry["kind"] == "refusal"
    assert code in [finding[0] for finding in entry["dec"]["f"]]
    assert entry["act"]["act"]["payment"]["currency"] == how.get("currency", "CNY")
    assert editions(service.ctx).get("free", 0) == 10
    assert_books_balance(service)


def test_what_a_hold_locks_is_sold_again_once_it_lapses(service: Service) -> None:
    make_series(service, size=1)
    placed = order(service.ctx, make_buyer(service.ctx, 1))
    pay(service, placed.order_id, payer="mismatch")
    rounds(service)
    assert editions(service.ctx) == {"reserved": 1}
    service.clock.advance_ms(15 * DAY + HOUR)
    work(service.ctx)
    rounds(service)
    assert editions(service.ctx) == {"free": 1}
    again = order(service.ctx, make_buyer(service.ctx, 2))
    pay(service, again.order_id)
    service.pump()
    assert order_row(service.ctx, again.order_id).state == "settled"


def test_an_order_paid_twice_is_paid_once(service: Service) -> None:
    """The first attempt is paid in the moment it is closed, the second one as well."""
    make_series(service)
    buyer = make_buyer(service.ctx, 1)
    placed = order(service.ctx, buyer)
    first = payment_of(service.ctx, placed.order_id)
    service.gateway.arm("paid_after_close", charge_no=first.id)
    service.clock.advance_ms(1000)
    assert pay_again(service.ctx, buyer, placed.order_id) != placed.pay_url
    second = payment_of(service.ctx, placed.order_id)
    assert second.id != first.id
    service.gateway.pay("merchant-1", second.id)
    rounds(service)
    assert order_row(service.ctx, placed.order_id).state == "settled"
    (refund,) = refunds_of(service.ctx, placed.order_id)
    assert (refund.reason, refund.state) == ("too_many", "done")
    assert_books_balance(service)


def test_the_same_form_twice_is_one_order(service: Service) -> None:
    make_series(service)
    buyer = make_buyer(service.ctx, 1)
    first = order(service.ctx, buyer, form_key="the-same")
    assert order(service.ctx, buyer, form_key="the-same") == first
    with pytest.raises(Conflict) as limited:
        order(service.ctx, buyer)
    assert limited.value.code == "limit_reached_by_orders"


def test_one_person_buys_no_more_than_the_limit(service: Service) -> None:
    make_series(service)
    buyer = make_buyer(service.ctx, 1)
    placed = order(service.ctx, buyer)
    pay(service, placed.order_id)
    service.pump()
    with pytest.raises(Refused) as refused:
        order(service.ctx, buyer)
    (reason,) = refused.value.explained
    assert reason.code == "person_limit"
    assert reason.source_name.zh
    assert reason.sentence.zh
    assert reason.sentence.en


def test_whoever_is_not_verified_is_told_why(service: Service) -> None:
    make_series(service)
    account = make_account(service.ctx, 1)
    with pytest.raises(Refused) as refused:
        order(service.ctx, account)
    codes = {reason.code: reason for reason in refused.value.explained}
    assert codes["real_name"].source == "statute"
    assert editions(service.ctx) == {"free": 10}


def test_bad_input_names_its_field_and_changes_nothing(service: Service) -> None:
    make_series(service)
    buyer = make_buyer(service.ctx, 1)
    with pytest.raises(BadInput) as bad:
        place_order(service.ctx, buyer, "s-plain", "k", None)
    assert bad.value.field == "risk"
    with pytest.raises(BadInput) as bad:
        place_order(service.ctx, buyer, "s-plain", "k", RISK, "an old version")
    assert bad.value.field == "no_return"
    with pytest.raises(NotFound):
        order(service.ctx, buyer, "s-none")
    assert editions(service.ctx) == {"free": 10}


def test_an_order_before_the_sale_opens_is_refused_with_the_date(service: Service) -> None:
    now = service.clock.now_ms()
    make_series(service, opens_at=now + HOUR, closes_at=now + DAY)
    with pytest.raises(Refused) as refused:
        order(service.ctx, make_buyer(service.ctx, 1))
    assert now + HOUR in [reason.changes_at for reason in refused.value.explained]
