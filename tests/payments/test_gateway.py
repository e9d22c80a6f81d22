"""The sandbox gateway: state machine against a model, fault menu, patience, bill, merchants."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from collectibles.domain.calendar import start_of_day
from collectibles.errors import BadInput, PaymentProblem, Unavailable
from collectibles.payments.provider import (
    Charge,
    PaymentStatus,
    RefundState,
    RefundStatus,
)
from collectibles.payments.sandbox import notices
from collectibles.payments.sandbox.accounts import Accounts, open_account
from collectibles.payments.sandbox.bill import fee
from collectibles.payments.sandbox.book import Book
from collectibles.payments.sandbox.charges import REFUND_WINDOW_MS
from tests.payments.provider_contract import refused
from tests.payments.sandboxes import (
    DAY,
    MINUTE,
    OTHER_SELLER,
    SELLER,
    START,
    Beside,
    opened,
)
from tests.trial import Counts

# The state machine


class Model:
    """What a charge must be, told in ten lines."""

    def __init__(self, charge: Charge) -> None:
        self.charge = charge
        self.status = PaymentStatus.OPEN
        self.refunds: dict[str, int] = {}

    def expected(self, act: str, now: int, refund_no: str, fen: int) -> str:
        """Does it, and says how it ends: `done` or the code of the refusal."""
        self.lapse(now)
        paid = self.status in (PaymentStatus.PAID, PaymentStatus.REFUND)
        if act == "refund":
            if self.refunds.get(refund_no) == fen:
                return "done"
            if refund_no in self.refunds:
                return "refund_conflict"
            if not paid:
                return "charge_not_paid"
            if sum(self.refunds.values()) + fen > self.charge.amount_fen:
                return "refund_exceeds_payment"
            self.refunds[refund_no], self.status = fen, PaymentStatus.REFUND
            return "done"
        if paid:
            return "charge_paid"
        if act == "close":
            self.status = PaymentStatus.CLOSED
        elif self.status is PaymentStatus.CLOSED:
            return "charge_closed"
        elif act == "pay":
            self.status = PaymentStatus.PAID
        return "done"

    def lapse(self, now: int) -> None:
        if self.status is PaymentStatus.OPEN and now >= self.charge.expires_at:
            self.status = PaymentStatus.CLOSED


def test_every_sequence_ends_as_the_model_says(
    beside: Beside, rng: random.Random, counts: Counts
) -> None:
    acts = ["create", "pay", "pay", "close", "refund", "refund", "refund", "wait"]
    for _ in range(counts(40, 2_000)):
        charge = beside.charge(amount_fen=rng.choice([1, 100, 19_900]))
        model = Model(charge)
        beside.rail.create(charge)
        numbers = [beside.new_no("R") for _ in range(3)]
        for act in rng.choices(acts, k=8):
            number, fen = rng.choice(numbers), rng.randint(1, charge.amount_fen)
            if act == "wait":
                beside.clock.advance_ms(rng.choice([1, MINUTE, 14 * MINUTE]))
                continue
            expected = model.expected(act, beside.clock.now_ms(), number, fen)
            assert _does(beside, act, charge, number, fen) == expected, (act, model.__dict__)
        beside.clock.advance_ms(rng.choice([0, 15 * MINUTE]))
        model.lapse(beside.clock.now_ms())
        state = beside.state(charge)
        assert state.status is model.status
        assert state.refunded_fen == sum(model.refunds.values())
        told = [beside.told(arrived) for arrived in beside.notices()]
        refunds = {one.refund_no: one.amount_fen for one in told if type(one) is RefundState}
        assert refunds == model.refunds
        assert len(told) - len(refunds) == int(state.was_paid)


def _does(place: Beside, act: str, charge: Charge, refund_no: str, fen: int) -> str:
    try:
        if act == "create":
            place.rail.create(charge)
        elif act == "close":
            place.rail.close(SELLER, charge.charge_no)
        elif act == "refund":
            place.rail.refund(place.refund_of(charge, refund_no=refund_no, amount_fen=fen))
        else:
            return _pays(place, charge)
    except PaymentProblem as error:
        return error.code
    return "done"


def _pays(place: Beside, charge: Charge) -> str:
    document = {"merchant": charge.seller, "charge_no": charge.charge_no}
    answer = place.transport.app.test_client().post("/control/pay", json=document)
    return "done" if answer.status_code == 200 else str(answer.get_json()["code"]).lower()


def test_a_charge_lapses_at_its_time_and_not_before(beside: Beside) -> None:
    early, late = beside.charge(), beside.charge()
    beside.rail.create(early)
    beside.rail.create(late)
    beside.clock.set_ms(early.expires_at - 1)
    assert _pays(beside, early) == "done"
    beside.clock.advance_ms(1)
    assert _pays(beside, late) == "charge_closed"
    assert beside.state(late).status is PaymentStatus.CLOSED


@pytest.mark.parametrize("ahead", [0, -1, 7 * DAY + 1])
def test_a_charge_is_open_for_a_time_to_come_of_at_most_a_week(beside: Beside, ahead: int) -> None:
    with refused("request_refused"):
        beside.rail.create(beside.charge(expires_at=START + ahead))


def test_refunds_are_taken_for_a_year_to_the_millisecond(beside: Beside) -> None:
    charge = beside.paid()
    until = beside.state(charge).refundable_until
    assert until == START + REFUND_WINDOW_MS
    beside.clock.set_ms(until)
    beside.rail.refund(beside.refund_of(charge, amount_fen=1))
    beside.clock.advance_ms(1)
    with refused("refund_window_past"):
        beside.rail.refund(beside.refund_of(charge, amount_fen=1))


def test_a_payment_is_refunded_at_most_fifty_times(beside: Beside) -> None:
    charge = beside.paid()
    for _ in range(50):
        beside.rail.refund(beside.refund_of(charge, amount_fen=1))
    with refused("refund_limit"):
        beside.rail.refund(beside.refund_of(charge, amount_fen=1))
    assert beside.state(charge).refunded_fen == 50


def test_a_refund_takes_its_time(sandbox_keys: Path, tmp_path: Path) -> None:
    with opened(Beside(sandbox_keys, tmp_path / "slow", refund_takes_ms=3_000)) as place:
        charge = place.paid()
        assert place.rail.refund(place.refund_of(charge)).status is RefundStatus.PROCESSING
        place.clock.advance_ms(2_999)
        assert place.notices() == []
        state = place.state(charge)
        assert (state.status, state.refunded_fen) == (PaymentStatus.REFUND, 0)
        place.clock.advance_ms(1)
        (arrived,) = place.notices()
        assert place.told(arrived).finished_at == START + 3_000
        assert place.state(charge).refunded_fen == charge.amount_fen


# Patience


def test_a_notice_is_sent_again_until_it_is_acknowledged(beside: Beside) -> None:
    """Sixteen deliveries at the provider's intervals, one number, each signed anew."""
    beside.answer_ok = False
    charge, arrived = beside.paid_with("delay", detail={"by_ms": 0})
    for delay in notices.RETRY_MS:
        beside.clock.advance_ms(delay - 1)
        assert beside.notices() == []
        beside.clock.advance_ms(1)
        (again,) = beside.notices()
        assert beside.told(again) == beside.state(charge)
        arrived.append(again)
    beside.clock.advance_ms(30 * DAY)
    assert beside.notices() == []
    assert len({headers["Sandbox-Nonce"] for headers, _ in arrived}) == 16
    assert len({body for _, body in arrived}) == 1


@pytest.mark.parametrize(
    "said",
    [
        (500, b'{"code":"SUCCESS"}'),
        (204, b""),
        (200, b""),
        (200, b"success"),
        (200, b'{"code":"FAIL"}'),
        (200, b'{"code":"SUCCESS","more":1}'),
        (302, b'{"code":"SUCCESS"}'),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_nothing_but_the_agreed_word_is_an_acknowledgement(beside: Beside, said: Any) -> None:
    sent = 0

    def post(_url: str, _headers: dict[str, str], _body: bytes) -> tuple[int, bytes]:
        nonlocal sent
        sent += 1
        if isinstance(said, Exception):
            raise said
        answer: tuple[int, bytes] = said
        return answer

    beside.gateway.post = post
    charge = beside.charge()
    beside.rail.create(charge)
    beside.pay(charge)
    beside.gateway.deliver_due(START)
    beside.gateway.deliver_due(START + 15_000)
    assert sent == 2


# The bill


def test_the_bill_has_every_payment_and_refund_of_its_day(beside: Beside) -> None:
    day = date(2026, 1, 2)
    first, after = start_of_day(day), start_of_day(date(2026, 1, 3))
    paid: list[tuple[Charge, int]] = []
    for at in (first - 1, first, after - 1, after):
        beside.clock.set_ms(at)
        paid.append((beside.paid(), at))
    beside.clock.set_ms(after - 2)
    beside.paid(seller=OTHER_SELLER)
    request = beside.refund_of(paid[0][0], amount_fen=5_000)
    beside.rail.refund(request)
    with refused("bill_not_ready"):
        beside.rail.fetch_bill(SELLER, day)
    beside.clock.set_ms(after)
    beside.rail.refund(beside.refund_of(paid[0][0], amount_fen=1))
    rows = beside.rail.fetch_bill(SELLER, day).rows
    assert [(row.charge_no, row.refund_no, row.amount_fen, row.at) for row in rows] == [
        (paid[1][0].charge_no, None, 19_900, first),
        (paid[2][0].charge_no, None, 19_900, after - 1),
        (paid[0][0].charge_no, request.refund_no, 5_000, after - 2),
    ]
    assert [row.fee_fen for row in rows] == [119, 119, -30]
    assert {row.currency for row in rows} == {"CNY"}
    assert rows[0].transaction_no == beside.state(paid[1][0]).transaction_no


@pytest.mark.parametrize(
    ("fen", "kept"), [(1, 0), (83, 0), (84, 1), (19_900, 119), (10**12, 6 * 10**9)]
)
def test_the_fee_is_to_the_nearest_fen(fen: int, kept: int) -> None:
    assert fee(fen) == kept


# The book


def test_two_gateways_never_share_a_book(beside: Beside) -> None:
    path = beside.folder / "gateway" / "private" / "book.sqlite3"
    with pytest.raises(Unavailable, match="sandbox_in_use"):
        Book(path, wait_seconds=0.1)
    charge = beside.paid()
    beside.gateway.stop()
    book = Book(path, wait_seconds=0.1)
    with book.read() as tx:
        row = tx.execute("SELECT state FROM charges WHERE charge_no = ?", (charge.charge_no,))
        assert row.fetchone()["state"] == "SUCCESS"
    book.close()


# Merchants


def test_a_merchant_added_while_it_runs_may_charge(beside: Beside) -> None:
    charge = beside.charge(seller="museum-3")
    with refused("merchant_unknown"):
        beside.rail.create(charge)
    open_account(beside.folder / "gateway", beside.folder / "keys", "museum-3", "丙馆", "Three")
    beside.rail.create(charge)
    assert beside.gateway.accounts.all() == ["museum-1", "museum-2", "museum-3"]


@pytest.mark.parametrize("key", ["", "-----BEGIN PUBLIC KEY-----", "gateway", "private"])
def test_what_is_no_public_key_is_refused(beside: Beside, key: str) -> None:
    if key in ("gateway", "private"):
        key = (beside.folder / "keys" / f"{SELLER}.pem").read_text()[
            : -9 if key == "private" else None
        ]
    accounts = Accounts(beside.folder / "gateway" / "merchants")
    with pytest.raises(BadInput, match="merchant_key_invalid"):
        accounts.register("museum-9", "九", "Nine", key)
    assert accounts.find("museum-9") is None
    assert accounts.find("../keys/museum-1") is None
