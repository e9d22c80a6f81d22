"""Passing on at cost: the money and the collectible change hands together, or neither does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from collectibles.errors import BadInput, CollectiblesError, Conflict, NotFound, Refused
from collectibles.services import accept_resale as accepting
from collectibles.services import settle_resale as settling
from collectibles.services.accept_resale import accept_resale, foresee_taking_over
from collectibles.services.context import Context
from collectibles.services.freeze import Restraint, ask_restraint, confirm_restraint
from collectibles.services.messages_of import messages_of
from collectibles.services.offer_gift import offer_gift
from collectibles.services.offer_resale import (
    cost_of,
    foresee_resale,
    get_resale,
    offer_resale,
    open_resale_of,
    resales_of,
    withdraw_resale,
)
from collectibles.services.refund_in_part import refund_in_part
from collectibles.services.settle_resale import settle_resale
from collectibles.services.work import work
from collectibles.store.tables.orders import Order, Payment, Refund
from tests.service import Service
from tests.services.buying import (
    DAY,
    HOUR,
    PRICE,
    RISK,
    cases_open,
    make_account,
    make_buyer,
    make_series,
    order_row,
    pay,
    payment_of,
    refunds_of,
)
from tests.services.killing import Killed, killed_after
from tests.services.passing import (
    A_WHILE,
    HOLD_DAYS,
    accepted,
    assert_money_balances,
    at_once,
    buy,
    entries_of,
    give,
    go_round,
    holder_of,
    holder_since_long,
    key,
    money,
    offer_at,
    phone,
    resale_row,
)
from tests.trial import Counts, Figure

Another = Callable[[], Service]


def codes(refused: Refused) -> list[str]:
    return [one.code for one in refused.explained]


def freeze(
    service: Service, subject: str, scope: str = "collectible", what: str = "freeze"
) -> None:
    """Both officers' word."""
    wanted = Restraint(what, scope, subject, "冻字第9号", "监管机构", "调查", None)
    officers = service.staff["officer-1"], service.staff["officer-2"]
    asked = ask_restraint(service.ctx, "regulator-1", officers[0], wanted, key())
    confirm_restraint(service.ctx, "regulator-1", officers[1], asked)


def former_order(ctx: Context, account: str) -> Order:
    with ctx.database.begin() as session:
        return session.query(Order).filter_by(account_id=account, kind="sale").one()


def test_passed_on_for_what_it_cost(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    before = money(service)
    value = foresee_resale(ctx, holder, "s-plain", edition)
    assert cost_of(value) == PRICE
    offer = offer_at(service, holder, edition, 2)
    assert get_resale(ctx, friend, offer).consideration == PRICE
    assert [one.id for one in resales_of(ctx, friend)] == [offer]
    assert any("按成本价向您转让" in message.zh for message in messages_of(ctx, friend))
    foresee_taking_over(ctx, friend, get_resale(ctx, friend, offer))
    order = accepted(service, friend, offer)
    assert resale_row(ctx, offer).state == "reserved"
    assert holder_of(ctx, edition) == holder
    assert order_row(ctx, order).amount == PRICE
    assert payment_of(ctx, order).merchant == "merchant-1"  # the seller of record, nobody else
    pay(service, order)
    go_round(service)
    assert resale_row(ctx, offer).state == "posted"
    assert order_row(ctx, order).state == "settled"
    assert holder_of(ctx, edition) == friend
    # The former holder's own payment went back, to the fen; the platform held nothing.
    (back,) = refunds_of(ctx, former_order(ctx, holder).id)
    assert (back.reason, back.amount, back.state) == ("resale", PRICE, "done")
    assert payment_of(ctx, former_order(ctx, holder).id).state == "refunded"
    after = money(service)
    assert after["paid"] - before["paid"] == PRICE == after["back"] - before["back"]
    assert_money_balances(service)
    assert not cases_open(ctx)
    reserve, post = entries_of(ctx, "resale")
    assert (reserve["act"]["step"], post["act"]["step"]) == ("reserve", "post")
    assert post["act"]["refund"]["notice"] == back.notice
    assert post["act"]["payment"]["notice"] == payment_of(ctx, order).notice
    assert any("¥199.00" in message.zh for message in messages_of(ctx, holder))
    settle_resale(ctx, order)
    assert len(entries_of(ctx, "resale")) == 2
    # In new hands its cost and its clocks are new.
    with pytest.raises(Refused) as soon:
        foresee_resale(ctx, friend, "s-plain", edition)
    assert codes(soon.value) == ["resale_interval"]


def test_no_sooner_than_it_could_be_given(service: Service) -> None:
    ctx = service.ctx
    make_series(service)
    holder, edition = buy(service, 1)
    free = service.clock.now_ms() + HOLD_DAYS * DAY
    with pytest.raises(Refused) as refused:
        foresee_resale(ctx, holder, "s-plain", edition)
    assert refused.value.explained[0].changes_at == free
    service.clock.set_ms(free - 1)
    with pytest.raises(Refused):
        offer_at(service, holder, edition, 2)
    service.clock.set_ms(free)
    assert offer_at(service, holder, edition, 2)


def test_above_cost_is_refused_and_recorded(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    with pytest.raises(Refused) as refused:
        offer_at(service, holder, edition, 2, PRICE + 1)
    assert codes(refused.value) == ["no_profit_resale"]
    assert refused.value.explained[0].source == "industry"
    (entry,) = entries_of(ctx, "refusal")
    assert (entry["act"]["kind"], entry["act"]["act"]["consideration"]) == ("resale", PRICE + 1)
    assert resales_of(ctx, holder) == []
    with pytest.raises(BadInput) as nothing:
        offer_at(service, holder, edition, 2, 0)
    assert nothing.value.field == "consideration"
    assert offer_at(service, holder, edition, 2, 1)  # below cost is nobody's business


def test_the_price_before_a_partial_refund_is_above_cost(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    staff = service.staff["curator"]
    refund_in_part(ctx, staff, former_order(ctx, holder).id, 4_900, "展览延期", key())
    go_round(service)
    assert cost_of(foresee_resale(ctx, holder, "s-plain", edition)) == PRICE - 4_900
    with pytest.raises(Refused) as refused:
        offer_at(service, holder, edition, 2, PRICE)
    assert codes(refused.value) == ["no_profit_resale"]
    friend = make_buyer(ctx, 2)
    order = accepted(service, friend, offer_at(service, holder, edition, 2, PRICE - 4_900))
    pay(service, order)
    go_round(service)
    assert holder_of(ctx, edition) == friend
    assert payment_of(ctx, former_order(ctx, holder).id).state == "refunded"
    assert_money_balances(service)


def test_a_partial_refund_after_the_offer_makes_its_price_too_high(service: Service) -> None:
    """And what it cost the holder is not told to the other person."""
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    staff = service.staff["curator"]
    refund_in_part(ctx, staff, former_order(ctx, holder).id, 4_900, "展览延期", key())
    go_round(service)
    with pytest.raises(Conflict) as told:
        accept_resale(ctx, friend, offer, key(), RISK)
    assert told.value.code == "holder_cannot"
    assert "150" not in told.value.zh
    assert entries_of(ctx, "refusal")[-1]["act"]["act"]["resale"] == offer
    assert any("¥150.00" in message.zh for message in messages_of(ctx, holder))
    assert resale_row(ctx, offer).to_account is None


def test_below_cost_the_rest_stays_with_the_seller(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    before = money(service)
    order = accepted(service, friend, offer_at(service, holder, edition, 2, 10_000))
    pay(service, order)
    go_round(service)
    after = money(service)
    assert holder_of(ctx, edition) == friend
    assert after["paid"] - before["paid"] == 10_000 == after["back"] - before["back"]
    assert payment_of(ctx, former_order(ctx, holder).id).state == "part_refunded"


def test_nobody_else_sees_it(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend, stranger = make_buyer(ctx, 2), make_buyer(ctx, 3)
    offer = offer_at(service, holder, edition, 2)
    for act in (
        lambda: get_resale(ctx, stranger, offer),
        lambda: accept_resale(ctx, stranger, offer, key(), RISK),
        lambda: withdraw_resale(ctx, stranger, offer),
        lambda: get_resale(ctx, friend, "t-none"),
        lambda: offer_at(service, stranger, edition, 1),
    ):
        with pytest.raises(NotFound):
            act()
    assert resales_of(ctx, stranger) == []
    assert not any("转让" in message.zh for message in messages_of(ctx, stranger))
    with pytest.raises(BadInput) as own:
        offer_at(service, holder, edition, 1)
    assert own.value.field == "phone"
    with pytest.raises(BadInput):
        offer_resale(ctx, holder, "s-plain", edition, "12345", PRICE, key())
    with pytest.raises(Conflict):
        accept_resale(ctx, holder, offer, key(), RISK)
    with pytest.raises(BadInput):
        accept_resale(ctx, friend, offer, key(), None)
    withdraw_resale(ctx, friend, offer)
    withdraw_resale(ctx, friend, offer)
    assert resale_row(ctx, offer).state == "declined"
    with pytest.raises(Conflict):
        withdraw_resale(ctx, holder, offer)
    again = offer_at(service, holder, edition, 2)
    withdraw_resale(ctx, holder, again)
    assert resale_row(ctx, again).state == "withdrawn"


def test_the_same_form_twice_and_the_same_person_twice(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    sent = (holder, "s-plain", edition, phone(2), PRICE, key())
    offer = offer_resale(ctx, *sent)
    assert offer_resale(ctx, *sent) == offer
    withdraw_resale(ctx, holder, offer)
    sent = (*sent[:-1], key())
    told = at_once(*[lambda: offer_resale(ctx, *sent)] * 4)
    assert len(set(told)) == 1, told
    offer = told[0]
    with pytest.raises(Conflict) as open_one:
        offer_at(service, holder, edition, 3)
    assert open_one.value.code == "resale_open"
    first = accept_resale(ctx, friend, offer, "form-1", RISK)
    assert accept_resale(ctx, friend, offer, "form-1", RISK) == first
    assert accept_resale(ctx, friend, offer, "form-2", RISK) == first
    assert len(entries_of(ctx, "resale")) == 1


def test_a_person_without_an_account_is_named_and_comes(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    offer = offer_at(service, holder, edition, 2)
    guest = make_account(ctx, 2)
    assert [one.id for one in resales_of(ctx, guest)] == [offer]
    with pytest.raises(Refused) as refused:
        accept_resale(ctx, guest, offer, key(), RISK)
    assert "real_name" in codes(refused.value)
    assert resale_row(ctx, offer).to_account is None
    service.clock.advance_ms(HOUR)
    order = accepted(service, make_buyer(ctx, 2), offer)
    assert order_row(ctx, order).account_id == guest


def test_while_reserved_nothing_else_moves_it(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    accepted(service, friend, offer)
    with pytest.raises(Conflict) as locked:
        offer_gift(ctx, holder, "s-plain", edition, key())
    assert locked.value.code == "locked"
    with pytest.raises(Conflict):
        withdraw_resale(ctx, holder, offer)
    with pytest.raises(Conflict):
        withdraw_resale(ctx, friend, offer)
    assert open_resale_of(ctx, holder, "s-plain", edition) is not None


def test_not_paid_in_time_it_is_cancelled_and_may_be_offered_again(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    order = accepted(service, friend, offer)
    go_round(service)
    assert resale_row(ctx, offer).state == "reserved"  # there is time yet
    service.clock.advance_ms(16 * 60_000)
    go_round(service)
    assert order_row(ctx, order).state == "expired"
    assert resale_row(ctx, offer).state == "voided"
    assert any("可以重新发起" in message.zh for message in messages_of(ctx, holder))
    again = offer_at(service, holder, edition, 2)
    second = accepted(service, friend, again)
    # A payment for the first comes after all: it goes back, and does not disturb the second.
    pay(service, order, after_close=True)
    go_round(service)
    assert order_row(ctx, order).state == "refunded"
    assert "超时" in (order_row(ctx, order).why_zh or "")
    pay(service, second)
    go_round(service)
    assert holder_of(ctx, edition) == friend
    assert_money_balances(service)
    assert not cases_open(ctx)


def test_a_payment_that_comes_late_but_before_the_cancelling_counts(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    order = accepted(service, friend, offer)
    pay(service, order)
    service.clock.advance_ms(16 * 60_000)
    go_round(service)
    assert (order_row(ctx, order).state, resale_row(ctx, offer).state) == ("settled", "posted")
    assert_money_balances(service)


@pytest.mark.parametrize(
    "how",
    [{"currency": "USD"}, {"amount_fen": PRICE - 1}, {"payer": "mismatch"}],
    ids=["currency", "amount", "payer"],
)
def test_a_payment_the_rules_do_not_take_goes_back(service: Service, how: dict[str, Any]) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    before = money(service)
    offer = offer_at(service, holder, edition, 2)
    order = accepted(service, friend, offer)
    pay(service, order, **how)
    go_round(service)
    assert order_row(ctx, order).state == "refunded"
    assert resale_row(ctx, offer).state == "voided"
    assert holder_of(ctx, edition) == holder
    assert refunds_of(ctx, former_order(ctx, holder).id) == []
    after = money(service)
    assert after["paid"] - before["paid"] == after["back"] - before["back"]
    assert not cases_open(ctx)


def test_frozen_between_payment_and_posting_it_is_undone(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    order = accepted(service, friend, offer)
    freeze(service, f"s-plain/{edition}")
    pay(service, order)
    go_round(service)
    assert order_row(ctx, order).state == "refunded"
    assert "冻结" in (order_row(ctx, order).why_zh or "")
    assert resale_row(ctx, offer).state == "voided"
    assert holder_of(ctx, edition) == holder
    assert refunds_of(ctx, former_order(ctx, holder).id) == []
    assert not cases_open(ctx)
    assert_money_balances(service)


def test_frozen_after_the_former_refund_it_is_undone_and_a_case(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    order = accepted(service, friend, offer)
    real = settling.drive_refund

    def then_frozen(*args: Any) -> str:
        said = real(*args)
        assert resale_row(ctx, offer).state == "settling"
        monkeypatch.setattr(settling, "drive_refund", real)
        freeze(service, f"s-plain/{edition}")
        return said

    monkeypatch.setattr(settling, "drive_refund", then_frozen)
    pay(service, order)
    go_round(service)
    assert resale_row(ctx, offer).state == "voided"
    assert order_row(ctx, order).state == "refunded"
    assert holder_of(ctx, edition) == holder
    (case,) = cases_open(ctx)
    assert (case.kind, case.account_id) == ("resale", holder)
    assert case.order_id == former_order(ctx, holder).id
    (back,) = refunds_of(ctx, former_order(ctx, holder).id)
    assert back.state == "done"


def test_the_former_refund_fails_and_the_new_payment_goes_back(service: Service) -> None:
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    order = accepted(service, friend, offer)
    former = payment_of(ctx, former_order(ctx, holder).id)
    service.gateway.arm("refund_abnormal", merchant=former.merchant, charge_no=former.id)
    pay(service, order)
    go_round(service)
    assert order_row(ctx, order).state == "refunded"
    assert resale_row(ctx, offer).state == "voided"
    assert holder_of(ctx, edition) == holder
    (case,) = cases_open(ctx)
    assert case.kind == "resale"
    assert "请勿重新发起" in case.zh
    assert_money_balances(service)


def test_what_came_as_a_gift_cannot_be_passed_on_for_money(service: Service) -> None:
    ctx = service.ctx
    giver, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    give(service, giver, edition, friend)
    service.clock.advance_ms(731 * DAY)
    for asked in (1, PRICE):
        with pytest.raises(Refused) as refused:
            offer_at(service, friend, edition, 3, asked)
        assert "no_profit_resale" in codes(refused.value)
    with pytest.raises(Refused) as seen:
        foresee_resale(ctx, friend, "s-plain", edition)
    assert "no_profit_resale" in codes(seen.value)


def test_too_late_for_the_former_refund_it_cannot_be_passed_on(service: Service) -> None:
    ctx = service.ctx
    make_series(service)
    holder, edition = buy(service, 1)
    with ctx.database.begin() as session:
        until = session.get_one(Payment, order_row_paid(ctx, holder)).refundable_until
    assert until is not None
    service.clock.set_ms(until)
    with pytest.raises(Refused) as refused:
        offer_at(service, holder, edition, 2)
    assert codes(refused.value) == ["resale_refundable"]
    assert offer_gift(ctx, holder, "s-plain", edition, key())  # it can still be given


def order_row_paid(ctx: Context, account: str) -> str:
    paid_by = former_order(ctx, account).paid_by
    assert paid_by is not None
    return paid_by


def test_who_has_one_already_takes_over_no_second(service: Service) -> None:
    ctx = service.ctx
    make_series(service)
    holder, edition = buy(service, 1)
    friend, _ = buy(service, 2)
    service.clock.advance_ms((HOLD_DAYS + A_WHILE) * DAY)
    offer = offer_at(service, holder, edition, 2)
    with pytest.raises(Refused) as refused:
        accept_resale(ctx, friend, offer, key(), RISK)
    assert codes(refused.value) == ["person_limit"]


def test_accepted_and_withdrawn_at_once(service: Service) -> None:
    ctx = service.ctx
    make_series(service, size=20)
    holders = [buy(service, number) for number in range(1, 5)]
    service.clock.advance_ms((HOLD_DAYS + A_WHILE) * DAY)
    for number, (holder, edition) in enumerate(holders, 101):
        friend = make_buyer(ctx, number)
        offer = offer_at(service, holder, edition, number)
        told = at_once(
            lambda h=holder, o=offer: withdraw_resale(ctx, h, o),
            lambda f=friend, o=offer: accept_resale(ctx, f, o, key(), RISK),
        )
        failed = [isinstance(one, CollectiblesError) for one in told]
        assert sum(failed) == 1, told
        assert resale_row(ctx, offer).state == ("reserved" if failed[0] else "withdrawn")


def test_a_reservation_without_an_order_is_taken_back(service: Service) -> None:
    """Killed between the ledger's answer and the order, and nobody came again."""
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    claimed = accepting._claim(ctx, offer, friend, None)
    assert claimed is not None
    service.clock.advance_ms(61_000)
    work(ctx)
    assert resale_row(ctx, offer).state == "reserved"
    service.clock.advance_ms(16 * 60_000)
    work(ctx)
    assert resale_row(ctx, offer).state == "voided"
    with pytest.raises(Conflict):
        accept_resale(ctx, friend, offer, key(), RISK)
    assert offer_at(service, holder, edition, 2)


@contextmanager
def notices_die(service: Service, ctx: Context) -> Iterator[None]:
    """The provider's notices go to a context that dies."""
    from collectibles.services.receive_notice import receive_notice

    before = service.gateway.post

    def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            answer = receive_notice(ctx, "sandbox", headers, body)
        except Killed:
            raise OSError("connection reset") from None
        return answer.status, answer.body

    service.gateway.post = post
    try:
        yield
    finally:
        service.gateway.post = before


@pytest.mark.parametrize("ends", ["posted", "voided"])
def test_a_resale_killed_anywhere_ends_well(
    service: Service, another: Another, ends: str, counts: Counts, figure: Figure
) -> None:
    """Killed after every step of accepting and of settling; a fresh process goes on."""
    ctx, fresh = service.ctx, another().ctx
    make_series(service, size=100)
    holders = iter([buy(service, number) for number in range(1, counts(21, 91))])
    service.clock.advance_ms((HOLD_DAYS + A_WHILE) * DAY)
    stride = counts(5, 1)
    steps, alive, accepting_lives, numbers = 0, False, False, iter(range(100, 200))
    while not alive:
        (holder, edition), number = next(holders), next(numbers)
        friend = make_buyer(ctx, number)
        offer = offer_at(service, holder, edition, number)
        dying = killed_after(ctx, steps)
        try:
            accept_resale(dying if not accepting_lives else ctx, friend, offer, "form-1", RISK)
        except Killed:
            pass
        else:
            if not accepting_lives:
                accepting_lives, steps = True, 0
                dying = killed_after(ctx, steps)
        order = accept_resale(fresh, friend, offer, "form-1", RISK).order_id
        pay(service, order, **({} if ends == "posted" else {"currency": "USD"}))
        with notices_die(service, dying if accepting_lives else fresh):
            service.pump()
        alive = accepting_lives and dying.database._steps.left >= 0  # type: ignore[attr-defined]
        go_round(service, fresh, 4)
        row, bought = resale_row(fresh, offer), order_row(fresh, order)
        assert row.state == ends, (steps, row.state)
        assert bought.state == ("settled" if ends == "posted" else "refunded"), steps
        assert holder_of(fresh, edition) == (friend if ends == "posted" else holder)
        assert not cases_open(fresh)
        steps += stride
    assert steps > 6
    figure("places to be killed at while it settles", steps, "steps")
    assert_money_balances(service)
    with fresh.database.begin() as session:
        failed = session.query(Refund).filter(Refund.state != "done").count()
    assert failed == 0


def test_two_settle_at_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slower of two is refused by the ledger's state and must not undo what the other did."""
    ctx = service.ctx
    holder, edition = holder_since_long(service)
    friend = make_buyer(ctx, 2)
    offer = offer_at(service, holder, edition, 2)
    order = accepted(service, friend, offer)
    real = settling._choose

    def slow(*args: Any) -> None:
        monkeypatch.setattr(settling, "_choose", real)
        service.clock.advance_ms(10_000)
        for _ in range(3):
            service.pump()
            settle_resale(ctx, order)
            service.clock.advance_ms(10_000)
        assert resale_row(ctx, offer).state == "posted"
        real(*args)

    monkeypatch.setattr(settling, "_choose", slow)
    pay(service, order)
    go_round(service)
    assert order_row(ctx, order).state == "settled"
    assert holder_of(ctx, edition) == friend
    assert_money_balances(service)
