"""The gateway as a process: many at once, killed and started again, closed to the outside."""

from __future__ import annotations

import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from collectibles.errors import PaymentProblem
from collectibles.payments.provider import PaymentStatus, RefundStatus
from tests.payments.provider_contract import final_refund
from tests.payments.sandboxes import SELLER, Apart, opened


def test_private_files_are_for_their_user_only(apart: Apart) -> None:
    private = [
        *(apart.folder / "gateway" / "private").iterdir(),
        *(apart.folder / "keys").glob("*.pem"),
    ]
    assert len(private) >= 4
    for path in private:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_many_pay_at_once_over_http(apart: Apart) -> None:
    all_charges = [apart.charge() for _ in range(40)]

    def buy(charge: Any) -> None:
        apart.rail.create(charge)
        apart.pay(charge)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(buy, all_charges))
    paid = {charge.charge_no for charge in all_charges}
    told: set[str] = set()
    while not told >= paid:
        for headers, body in apart.notices(1):
            told.add(apart.rail.read_notice(headers, body, apart.clock.now_ms()).result.charge_no)


def test_one_charge_is_paid_once_however_many_press(apart: Apart) -> None:
    charge = apart.charge()
    apart.rail.create(charge)
    document = {"merchant": SELLER, "charge_no": charge.charge_no}

    def press(_: int) -> int:
        url = f"{apart.url}/control/pay"
        return requests.post(url, json=document, timeout=20).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(press, range(16)))
    assert sorted(answers) == [200] + [409] * 15
    assert len(apart.notices(1, charge)) == 1


def test_double_refunds_at_once_pay_once(apart: Apart) -> None:
    charge = apart.paid()
    request = apart.refund_of(charge)
    others = [apart.refund_of(charge) for _ in range(7)]

    def give_back(one: Any) -> str:
        try:
            return str(apart.rail.refund(one).provider_refund_no)
        except PaymentProblem as error:
            return error.code

    with ThreadPoolExecutor(16) as pool:
        same = set(pool.map(give_back, [request] * 8))
        more = set(pool.map(give_back, others))
    assert len(same) == 1
    assert more == {"refund_exceeds_payment"}
    assert final_refund(apart, request).status is RefundStatus.SUCCESS
    assert len(apart.notices(1, charge)) == 1


def test_the_book_survives_a_kill(sandbox_keys: Path, tmp_path: Path) -> None:
    """Killed amid payments, three times: what was answered is kept, what was paid is told."""
    with opened(Apart(sandbox_keys, tmp_path / "killed")) as place:
        answered: list[str] = []
        for _ in range(3):
            ending = threading.Event()

            def buy(place: Apart, until: threading.Event) -> None:
                while not until.is_set():
                    charge = place.charge()
                    try:
                        place.rail.create(charge)
                        place.pay(charge)
                    except (PaymentProblem, requests.RequestException):
                        return
                    answered.append(charge.charge_no)

            buyers = [threading.Thread(target=buy, args=(place, ending)) for _ in range(4)]
            for buyer in buyers:
                buyer.start()
            time.sleep(0.5)
            place.kill()
            ending.set()
            for buyer in buyers:
                buyer.join()
            place.start()
        assert len(answered) > 10
        for charge_no in answered:
            state = place.rail.query(SELLER, charge_no)
            assert state is not None
            assert state.status is PaymentStatus.PAID
        told: set[str] = set()
        while not told.issuperset(answered):
            for headers, body in place.notices(1):
                notice = place.rail.read_notice(headers, body, place.clock.now_ms())
                told.add(notice.result.charge_no)


def test_the_control_api_is_for_this_machine_only(apart: Apart) -> None:
    charge = apart.charge()
    apart.rail.create(charge)
    document = {"merchant": SELLER, "charge_no": charge.charge_no}
    url = f"{apart.url}/control/pay"
    for headers in (
        {"X-Forwarded-For": "192.0.2.1"},
        {"Forwarded": "for=192.0.2.1"},
        {"Host": "sandbox.example"},
    ):
        assert requests.post(url, json=document, headers=headers, timeout=10).status_code == 403
    assert requests.post(url, data=document, timeout=10).status_code == 415
    state = apart.state(charge)
    assert state.status is PaymentStatus.OPEN
