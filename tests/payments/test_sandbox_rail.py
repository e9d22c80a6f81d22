"""The sandbox rail: the contract of every rail, twice, and what only this rail's wire can do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collectibles.errors import PaymentProblem
from collectibles.payments.problems import OutcomeUnknown
from collectibles.payments.sandbox import wire
from collectibles.payments.sandbox.transport import HttpTransport, NoAnswer
from collectibles.payments.sandbox_rail import SandboxRail
from tests.payments.provider_contract import ProviderContract, refused
from tests.payments.sandboxes import BUYER, SELLER, Apart, Beside, rail_of


class TestInProcess(ProviderContract):
    @pytest.fixture
    def place(self, beside: Beside) -> Beside:
        return beside


class TestOverHttp(ProviderContract):
    @pytest.fixture
    def place(self, apart: Apart) -> Apart:
        return apart


def test_a_production_configuration_cannot_have_it(tmp_path: Path, beside: Beside) -> None:
    with refused("not_in_production"):
        SandboxRail(
            transport=beside.transport,
            clock=beside.clock,
            gateway_keys=tmp_path,
            merchant_keys=tmp_path,
            pages=(),
            production=True,
        )


def test_the_buyers_name_and_number_travel_sealed(beside: Beside) -> None:
    sent: list[bytes] = []

    class Listening:
        def send(
            self, method: str, target: str, headers: Mapping[str, str], body: bytes
        ) -> tuple[int, Mapping[str, str], bytes]:
            sent.append(f"{method} {target} {dict(headers)}".encode() + body)
            return beside.transport.send(method, target, headers, body)

    rail = rail_of(beside.folder, Listening(), beside.clock)
    rail.create(beside.charge(payer=BUYER))
    books = (beside.folder / "gateway" / "private").glob("book.sqlite3*")
    kept = b"".join(book.read_bytes() for book in books)
    for secret in (BUYER.name, BUYER.document_number):
        assert all(secret.encode() not in message for message in sent)
        assert secret.encode() not in kept
    assert b"sealed_payer" in sent[0]
    assert beside.notice_url.encode() in kept, "the book was looked into"


# Answers that cannot be trusted, and answers that do not come


class Spoiled:
    """A transport that changes what comes back."""

    def __init__(self, place: Beside, spoil: Any, times: int = 99) -> None:
        self.place, self.spoil, self.left = place, spoil, times
        self.calls = 0

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.calls += 1
        answer = self.place.transport.send(method, target, headers, body)
        if self.left == 0:
            return answer
        self.left -= 1
        spoiled: tuple[int, Mapping[str, str], bytes] = self.spoil(*answer)
        return spoiled


def _raise(_status: int, _headers: Mapping[str, str], _body: bytes) -> Any:
    raise NoAnswer("lost")


SPOILS = {
    "body": lambda s, h, b: (s, h, b.replace(b"19900", b"99900")),
    "status": lambda s, h, b: (200 if s != 200 else 204, h, b),
    "unsigned": lambda s, h, b: (s, {}, b),
    "other nonce": lambda s, h, b: (s, h | {"Sandbox-Nonce": "0" * 32}, b),
    "other serial": lambda s, h, b: (s, h | {"Sandbox-Serial": "0" * 40}, b),
    "old": lambda s, h, b: (s, h | {"Sandbox-Timestamp": "1000000000"}, b),
    "page instead": lambda s, h, b: (502, {"Content-Type": "text/html"}, b"<h1>proxy</h1>"),
    "redirect": lambda s, h, b: (302, {"Location": "http://192.0.2.1/"}, b""),
    "lost": _raise,
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_an_answer_that_cannot_be_believed_leaves_the_outcome_unknown(
    beside: Beside, spoil: str
) -> None:
    charge = beside.paid()
    spoiled = Spoiled(beside, SPOILS[spoil])
    rail = rail_of(beside.folder, spoiled, beside.clock)
    request = beside.refund_of(charge)
    with pytest.raises(OutcomeUnknown):
        rail.refund(request)
    assert spoiled.calls == 2
    with pytest.raises(PaymentProblem, match=r"^(provider_silent|answer_untrusted): "):
        rail.query(SELLER, charge.charge_no)
    spoiled.left = 0
    found = rail.query_refund(SELLER, charge.charge_no, request.refund_no)
    assert found is not None
    assert rail.refund(request) == found
    state = rail.query(SELLER, charge.charge_no)
    assert state is not None
    assert state.refunded_fen == charge.amount_fen


def test_one_lost_answer_is_asked_for_again_under_the_same_number(beside: Beside) -> None:
    charge = beside.charge()
    spoiled = Spoiled(beside, SPOILS["lost"], times=1)
    rail_of(beside.folder, spoiled, beside.clock).create(charge)
    assert spoiled.calls == 2
    beside.pay(charge)
    assert len(beside.notices(1)) == 1


def test_an_earlier_answer_to_the_same_question_is_not_taken(beside: Beside) -> None:
    """Answers are bound to the nonce of their question: "not paid" cannot be played again."""
    charge = beside.charge()
    beside.rail.create(charge)
    kept: list[Any] = []

    def keep_first(*answer: Any) -> Any:
        kept.append(answer)
        return kept[0]

    rail = rail_of(beside.folder, Spoiled(beside, keep_first), beside.clock)
    first = rail.query(SELLER, charge.charge_no)
    assert first is not None
    beside.pay(charge)
    with refused("answer_untrusted"):
        rail.query(SELLER, charge.charge_no)


def test_what_is_signed_is_what_the_protocol_says() -> None:
    assert wire.request_text("GET", "/v1/x?y=1", "17", "n", b"") == (
        b"request\nGET\n/v1/x?y=1\n17\nn\n\n"
    )
    assert wire.answer_text("q", 200, "17", "n", b"{}") == b"answer\nq\n200\n17\nn\n{}\n"
    assert wire.notice_text("17", "n", b"{}") == b"notice\n17\nn\n{}\n"


def test_a_gateway_that_is_not_there_has_done_nothing(apart: Apart) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"
        rail = rail_of(apart.folder, HttpTransport(nowhere), apart.clock)
        with refused("provider_unavailable"):
            rail.create(apart.charge())


@contextmanager
def server_that(behave: Any) -> Iterator[str]:
    """A TCP server that treats every connection as told."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        ending = threading.Event()

        def serve() -> None:
            while not ending.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.recv(65_536)
                    try:
                        behave(connection, ending)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            ending.set()
            thread.join()


def _hang(_connection: socket.socket, ending: threading.Event) -> None:
    ending.wait(10)


def _drip(connection: socket.socket, ending: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not ending.wait(0.05):
        connection.sendall(b" " * 70_000)


def _hang_up(_connection: socket.socket, _ending: threading.Event) -> None:
    return


def _nonsense(connection: socket.socket, _ending: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 two hundred\r\n\r\n")


def test_a_provider_that_hangs_holds_nobody_for_five_seconds(apart: Apart) -> None:
    with server_that(_hang) as url:
        rail = rail_of(apart.folder, HttpTransport(url), apart.clock)
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            rail.create(apart.charge())
        assert time.monotonic() - started < 5


@pytest.mark.parametrize("behave", [_drip, _hang_up, _nonsense])
def test_half_an_answer_is_none(apart: Apart, behave: Any) -> None:
    with server_that(behave) as url:
        rail = rail_of(apart.folder, HttpTransport(url, attempt_seconds=0.3), apart.clock)
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            rail.create(apart.charge())
        assert time.monotonic() - started < 2
