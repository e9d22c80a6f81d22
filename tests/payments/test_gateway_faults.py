"""The fault menu of the sandbox: each entry tried, and what the rail makes of it."""

from __future__ import annotations

import pytest

from collectibles.payments.problems import NoticeRefused, OutcomeUnknown
from collectibles.payments.provider import PaymentStatus, RefundState, RefundStatus
from collectibles.payments.sandbox import faults
from tests.payments.provider_contract import refused
from tests.payments.sandboxes import DAY, OTHER_SELLER, SELLER, Beside


def test_the_menu_is_all_tried_here() -> None:
    tried = {name.removeprefix("test_fault_") for name in globals() if "test_fault_" in name}
    assert tried == set(faults.MENU)


def test_fault_duplicate(beside: Beside) -> None:
    _, arrived = beside.paid_with("duplicate", detail={"copies": 5})
    told = {beside.rail.read_notice(*one, beside.clock.now_ms()).notice_id for one in arrived}
    assert (len(arrived), len(told)) == (5, 1)


def test_fault_drop(beside: Beside) -> None:
    charge, arrived = beside.paid_with("drop", detail={"deliveries": 2})
    assert arrived == []
    beside.clock.advance_ms(15_000)
    assert beside.notices() == []
    beside.clock.advance_ms(15_000)
    (late,) = beside.notices()
    assert beside.told(late) == beside.state(charge)


def test_fault_delay(beside: Beside) -> None:
    charge, arrived = beside.paid_with("delay", detail={"by_ms": 90_000})
    beside.clock.advance_ms(89_999)
    assert arrived + beside.notices() == []
    beside.clock.advance_ms(1)
    (late,) = beside.notices()
    assert beside.told(late).charge_no == charge.charge_no


def test_fault_reorder(beside: Beside) -> None:
    charge, arrived = beside.paid_with("reorder", kind="payment")
    beside.clock.advance_ms(DAY)
    assert arrived + beside.notices() == []
    beside.rail.refund(beside.refund_of(charge))
    first, second = (beside.told(one) for one in beside.notices())
    assert type(first) is RefundState
    assert second.status is PaymentStatus.PAID


def _is_told_falsely(place: Beside, fault: str, figure: str, told: object) -> None:
    """The notice is well signed and read as it says; a query says what is true."""
    charge, (arrived,) = place.paid_with(fault)
    assert getattr(place.told(arrived), figure) == told
    assert getattr(place.state(charge), figure) == getattr(charge, figure)


def test_fault_wrong_amount(beside: Beside) -> None:
    _is_told_falsely(beside, "wrong_amount", "amount_fen", 19_901)


def test_fault_wrong_currency(beside: Beside) -> None:
    _is_told_falsely(beside, "wrong_currency", "currency", "USD")


def test_fault_wrong_merchant(beside: Beside) -> None:
    _is_told_falsely(beside, "wrong_merchant", "seller", "another")


def _is_refused_then_sent_right(place: Beside, fault: str, code: str) -> None:
    place.answer_ok = False
    charge, (arrived,) = place.paid_with(fault)
    with pytest.raises(NoticeRefused, match=code):
        place.told(arrived)
    place.answer_ok = True
    place.clock.advance_ms(15_000)
    (right,) = place.notices()
    assert place.told(right) == place.state(charge)


def test_fault_tampered(beside: Beside) -> None:
    _is_refused_then_sent_right(beside, "tampered", "notice_forged")


def test_fault_stale(beside: Beside) -> None:
    _is_refused_then_sent_right(beside, "stale", "notice_stale")


def test_fault_lost_answer(beside: Beside) -> None:
    charge = beside.charge()
    for _ in range(2):
        beside.arm("lost_answer", charge_no=charge.charge_no)
    with pytest.raises(OutcomeUnknown):
        beside.rail.create(charge)
    assert beside.state(charge).status is PaymentStatus.OPEN
    beside.rail.create(charge)


def test_fault_paid_after_close(beside: Beside) -> None:
    charge = beside.charge()
    beside.rail.create(charge)
    beside.arm("paid_after_close", merchant=SELLER)
    beside.rail.close(SELLER, charge.charge_no)
    (arrived,) = beside.notices()
    assert beside.told(arrived) == beside.state(charge)
    assert beside.state(charge).status is PaymentStatus.PAID


def test_fault_refund_abnormal(beside: Beside) -> None:
    charge = beside.paid()
    beside.arm("refund_abnormal", charge_no=charge.charge_no)
    request = beside.refund_of(charge)
    assert beside.rail.refund(request).status is RefundStatus.ABNORMAL
    (arrived,) = beside.notices()
    assert beside.told(arrived) == beside.rail.refund(request)
    assert beside.state(charge).refunded_fen == 0


def test_fault_balance_short(beside: Beside) -> None:
    charge = beside.paid()
    beside.arm("balance_short", merchant=SELLER)
    request = beside.refund_of(charge)
    for _ in range(2):
        with refused("merchant_balance_short"):
            beside.rail.refund(request)
    assert beside.transport.app.test_client().delete("/control/faults").status_code == 200
    assert beside.rail.refund(request).status is RefundStatus.SUCCESS


def test_a_fault_for_one_charge_spares_the_others(beside: Beside) -> None:
    spared = beside.charge()
    beside.rail.create(spared)
    beside.arm("drop", merchant=OTHER_SELLER)
    beside.paid_with("duplicate", kind="refund")
    beside.pay(spared)
    assert len(beside.notices()) == 1
    answer = beside.transport.app.test_client().get("/control/faults").get_json()
    assert [fault["fault"] for fault in answer["armed"]] == ["drop", "duplicate"]
