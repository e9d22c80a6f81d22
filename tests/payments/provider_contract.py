"""What every rail must do, whatever its wire: the suite of the payment seam.

A rail's test module subclasses `ProviderContract` and gives a fixture `place` (see
`sandboxes.Place`): the rail, the payer's hand, and what the provider sent.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from collectibles.errors import BadInput, PaymentProblem
from collectibles.payments.problems import NoticeRefused
from collectibles.payments.provider import (
    Charge,
    Instrument,
    PayerMatch,
    PaymentProvider,
    PaymentState,
    PaymentStatus,
    RefundRequest,
    RefundState,
    RefundStatus,
)
from tests.payments.sandboxes import DAY, MINUTE, OTHER_SELLER, SELLER, Place


def refused(code: str) -> Any:
    """Expects a PaymentProblem of that code, with a sentence in both languages."""
    return pytest.raises(PaymentProblem, match=f"^{code}: ")


def final_refund(place: Place, request: RefundRequest) -> RefundState:
    """Asks until the provider is done with the refund."""
    for _ in range(100):
        state = place.rail.query_refund(request.seller, request.charge_no, request.refund_no)
        assert state is not None
        if state.status is not RefundStatus.PROCESSING:
            return state
        time.sleep(0.05)
    raise AssertionError("the refund never ended")


class ProviderContract:
    """Every rail passes all of it."""

    def test_it_declares_what_the_rulebook_reads(self, place: Place) -> None:
        rail = place.rail
        assert isinstance(rail, PaymentProvider)
        assert rail.name.isidentifier()
        assert rail.channel in {"licensed_psp", "bank", "ecny"}
        assert rail.licence
        assert rail.settles_in == "CNY"
        assert rail.instruments
        assert set(rail.instruments) <= set(Instrument) - {Instrument.UNKNOWN}
        assert all(page.startswith("http") for page in rail.pages)

    def test_an_unknown_charge_is_nothing(self, place: Place) -> None:
        assert place.rail.query(SELLER, place.new_no()) is None
        assert place.rail.query_refund(SELLER, place.new_no(), place.new_no("R")) is None

    def test_a_charge_is_opened_and_awaits_payment(self, place: Place) -> None:
        charge = place.charge()
        opened = place.rail.create(charge)
        assert opened.url.startswith(("http://", "https://", "weixin://"))
        assert place.clock.now_ms() < opened.expires_at <= charge.expires_at
        state = place.rail.query(SELLER, charge.charge_no)
        assert state == PaymentState(
            seller=SELLER,
            charge_no=charge.charge_no,
            status=PaymentStatus.OPEN,
            amount_fen=19_900,
            currency="CNY",
        )
        assert not state.was_paid

    def test_the_same_charge_again_is_the_same_charge(self, place: Place) -> None:
        charge = place.charge()
        place.rail.create(charge)
        place.rail.create(charge)
        place.pay(charge)
        assert len(place.notices(1, charge)) == 1

    @pytest.mark.parametrize("other", [{"amount_fen": 19_901}, {"description": "另一件"}])
    def test_other_content_under_a_number_is_refused(
        self, place: Place, other: dict[str, Any]
    ) -> None:
        charge = place.charge()
        place.rail.create(charge)
        with refused("charge_conflict"):
            place.rail.create(place.charge(charge_no=charge.charge_no, **other))
        state = place.state(charge)
        assert state.amount_fen == 19_900

    def test_sellers_do_not_see_each_others_charges(self, place: Place) -> None:
        charge = place.paid()
        assert place.rail.query(OTHER_SELLER, charge.charge_no) is None
        with refused("charge_unknown"):
            place.rail.refund(place.refund_of(charge, seller=OTHER_SELLER))
        place.rail.create(place.charge(seller=OTHER_SELLER, charge_no=charge.charge_no))
        state = place.rail.query(OTHER_SELLER, charge.charge_no)
        assert state is not None
        assert state.status is PaymentStatus.OPEN

    def test_an_unknown_seller_is_refused(self, place: Place) -> None:
        with refused("merchant_unknown"):
            place.rail.create(place.charge(seller="nobody-1"))

    def test_a_paid_charge(self, place: Place) -> None:
        before = place.clock.now_ms()
        charge = place.paid()
        state = place.state(charge)
        assert state.was_paid
        assert (state.status, state.amount_fen, state.currency) == (
            PaymentStatus.PAID,
            19_900,
            "CNY",
        )
        assert state.transaction_no
        assert state.instrument in place.rail.instruments
        assert state.paid_at is not None
        assert before - 1000 <= state.paid_at <= place.clock.now_ms() + 1000
        assert state.refundable_until is not None
        assert state.refundable_until > state.paid_at + 30 * DAY
        with refused("charge_paid"):
            place.rail.create(charge)
        with refused("charge_paid"):
            place.rail.close(SELLER, charge.charge_no)
        assert place.rail.query(SELLER, charge.charge_no) == state

    def test_a_closed_charge(self, place: Place) -> None:
        charge = place.charge()
        place.rail.create(charge)
        place.rail.close(SELLER, charge.charge_no)
        place.rail.close(SELLER, charge.charge_no)
        state = place.state(charge)
        assert state.status is PaymentStatus.CLOSED
        with refused("charge_closed"):
            place.rail.create(charge)
        with refused("charge_not_paid"):
            place.rail.refund(place.refund_of(charge))

    @pytest.mark.parametrize("told", list(PayerMatch))
    def test_who_paid_is_told_when_the_buyer_was_named(
        self, place: Place, told: PayerMatch
    ) -> None:
        charge = place.charge()
        place.rail.create(charge)
        place.pay(charge, payer=str(told))
        state = place.state(charge)
        assert state.payer is told
        place.notices(1, charge)

    def test_who_paid_cannot_be_told_when_no_buyer_was_named(self, place: Place) -> None:
        charge = place.paid(payer=None)
        state = place.state(charge)
        assert state.payer is PayerMatch.CANNOT_TELL

    def test_a_notice_says_what_a_query_says(self, place: Place) -> None:
        charge = place.charge()
        place.rail.create(charge)
        place.pay(charge)
        ((headers, body),) = place.notices(1, charge)
        now = place.clock.now_ms()
        notice = place.rail.read_notice(headers, body, now)
        assert notice.notice_id
        assert abs(notice.sent_at - now) < 10_000
        assert notice.result == place.rail.query(SELLER, charge.charge_no)

    def test_a_replay_is_never_a_second_notice(self, place: Place) -> None:
        charge = place.charge()
        place.rail.create(charge)
        place.pay(charge)
        ((headers, body),) = place.notices(1, charge)
        first = place.rail.read_notice(headers, body, place.clock.now_ms())
        try:
            seen = place.rail.read_notice(headers, body, place.clock.now_ms()).notice_id
        except NoticeRefused as error:
            seen = error.code
        assert seen in {"notice_replayed", first.notice_id}

    def test_a_changed_or_old_notice_is_refused(self, place: Place) -> None:
        charge = place.charge()
        place.rail.create(charge)
        place.pay(charge)
        ((headers, body),) = place.notices(1, charge)
        now = place.clock.now_ms()
        for given, raw, at in (
            (headers, body + b" ", now),
            (headers, body[:-1], now),
            (headers, b"", now),
            ({}, body, now),
            (headers, body, now + 6 * MINUTE),
            (headers, body, now - 6 * MINUTE),
        ):
            with pytest.raises(NoticeRefused) as refusal:
                place.rail.read_notice(given, raw, at)
            assert refusal.value.zh
            assert refusal.value.en
        assert place.rail.read_notice(headers, body, now).result.charge_no == charge.charge_no

    def test_only_yes_is_an_acknowledgement(self, place: Place) -> None:
        yes, no = place.rail.acknowledge(True), place.rail.acknowledge(False)
        assert yes.status == 200
        assert (yes.status, yes.body) != (no.status, no.body)

    def test_a_refund_reaches_the_payer(self, place: Place) -> None:
        charge = place.paid()
        request = place.refund_of(charge, amount_fen=5_000)
        assert place.rail.refund(request).amount_fen == 5_000
        final = final_refund(place, request)
        assert (final.status, final.amount_fen, final.currency) == (
            RefundStatus.SUCCESS,
            5_000,
            "CNY",
        )
        assert final.provider_refund_no
        assert final.finished_at is not None
        ((headers, body),) = place.notices(1, charge)
        assert place.rail.read_notice(headers, body, place.clock.now_ms()).result == final
        state = place.state(charge)
        assert (state.status, state.refunded_fen) == (PaymentStatus.REFUND, 5_000)
        assert (state.was_paid, state.amount_fen) == (True, 19_900)

    def test_the_same_refund_again_is_the_same_refund(self, place: Place) -> None:
        charge = place.paid()
        request = place.refund_of(charge)
        numbers = {place.rail.refund(request).provider_refund_no for _ in range(3)}
        assert len(numbers) == 1
        final_refund(place, request)
        state = place.state(charge)
        assert state.refunded_fen == 19_900
        with refused("refund_conflict"):
            place.rail.refund(
                place.refund_of(charge, refund_no=request.refund_no, amount_fen=19_899)
            )

    def test_refunds_never_exceed_the_payment(self, place: Place) -> None:
        charge = place.paid()
        place.rail.refund(place.refund_of(charge, amount_fen=19_000))
        with refused("refund_exceeds_payment"):
            place.rail.refund(place.refund_of(charge, amount_fen=901))
        place.rail.refund(place.refund_of(charge, amount_fen=900))
        with refused("refund_exceeds_payment"):
            place.rail.refund(place.refund_of(charge, amount_fen=1))

    def test_nothing_unpaid_is_refunded(self, place: Place) -> None:
        charge = place.charge()
        place.rail.create(charge)
        with refused("charge_not_paid"):
            place.rail.refund(place.refund_of(charge))
        with refused("charge_unknown"):
            place.rail.refund(place.refund_of(place.charge()))

    def test_foreign_money_is_reported_as_foreign(self, place: Place) -> None:
        charge = place.charge()
        place.rail.create(charge)
        place.pay(charge, currency="USD")
        ((headers, body),) = place.notices(1, charge)
        result = place.rail.read_notice(headers, body, place.clock.now_ms()).result
        assert (result.currency, result.amount_fen) == ("USD", 19_900)
        assert place.rail.query(SELLER, charge.charge_no) == result
        assert place.rail.refund(place.refund_of(charge, currency="USD")).currency == "USD"

    def test_another_currency_than_its_own_is_not_taken(self, place: Place) -> None:
        with refused("currency_not_settled"):
            place.rail.create(place.charge(currency="USD"))

    def test_there_is_no_bill_of_a_day_to_come(self, place: Place) -> None:
        with refused("bill_not_ready"):
            place.rail.fetch_bill(SELLER, date(2900, 1, 1))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount_fen": 0},
            {"amount_fen": -1},
            {"amount_fen": True},
            {"amount_fen": 10**15},
            {"charge_no": "短"},
            {"charge_no": "C" * 33},
            {"charge_no": "../../etc"},
            {"seller": "a b"},
            {"currency": "yuan"},
            {"description": ""},
            {"description": "长" * 128},
            {"notice_url": "http://127.0.0.1/notice?order=1"},
            {"notice_url": "javascript:alert(1)"},
            {"return_url": "//elsewhere"},
            {"return_url": "http://127.0.0.1/\r\nX: y"},
        ],
    )
    def test_what_no_rail_takes_is_refused_by_field(
        self, place: Place, wrong: dict[str, Any]
    ) -> None:
        with pytest.raises(BadInput) as refusal:
            place.charge(**wrong)
        assert refusal.value.field in wrong

    def test_a_charge_shows_nobody(self, place: Place) -> None:
        shown = repr(place.charge(client_ip="192.0.2.7", payer_account="openid-1"))
        assert "测试甲" not in shown
        assert "11010519491231002X" not in shown
        assert "192.0.2.7" not in shown
        assert "openid-1" not in shown
        assert isinstance(place.charge(), Charge)
