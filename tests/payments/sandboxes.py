"""The sandbox as tests meet it: beside the rail in one process, or apart, over real HTTP.

Both give a rail, the payer's hand (`pay`), what the provider sent (`notices`) and the fault menu
(`arm`), so that one suite serves both. Keys are made once per run and copied.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from collectibles.clock import Clock, SetClock, SystemClock
from collectibles.payments.provider import Charge, PayerIdentity, PaymentState, RefundRequest
from collectibles.payments.sandbox import wire
from collectibles.payments.sandbox.accounts import open_account
from collectibles.payments.sandbox.inprocess import create_gateway
from collectibles.payments.sandbox.transport import HttpTransport, Transport
from collectibles.payments.sandbox_rail import SandboxRail

ROOT = Path(__file__).resolve().parents[2]
SELLER, OTHER_SELLER = "museum-1", "museum-2"
MINUTE, DAY = 60_000, 86_400_000
START = 1_767_225_600_000
"""2026-01-01 08:00 in Shanghai, where the clock of the in-process sandbox starts."""
BUYER = PayerIdentity(
    name="测试甲", document_kind="resident_id", document_number="11010519491231002X"
)
PRINTABLE = "".join(map(chr, range(33, 127)))
Arrived = tuple[dict[str, str], bytes]

_numbers = itertools.count(1)


def make_keys(folder: Path) -> Path:
    """The keys of a gateway and of two museums, to be copied by `Place`s."""
    open_account(folder / "gateway", folder / "keys", SELLER, "甲博物馆", "Museum One")
    open_account(folder / "gateway", folder / "keys", OTHER_SELLER, "乙博物馆", "Museum Two")
    gateway, _ = create_gateway(folder / "gateway", SetClock(START), post=_nowhere)
    gateway.stop()
    return folder


def _nowhere(_url: str, _headers: dict[str, str], _body: bytes) -> tuple[int, bytes]:
    raise ConnectionRefusedError


def rail_of(folder: Path, transport: Transport, clock: Clock) -> SandboxRail:
    return SandboxRail(
        transport=transport,
        clock=clock,
        gateway_keys=folder / "gateway" / "public",
        merchant_keys=folder / "keys",
        pages=("http://127.0.0.1:8090",),
        production=False,
    )


class Place:
    """What the tests of both kinds of sandbox share."""

    rail: SandboxRail
    clock: Clock
    notice_url: str

    def new_no(self, letter: str = "C") -> str:
        """A request number not used before in this run."""
        return f"{letter}{os.getpid()}_{next(_numbers):08d}"

    def charge(self, **other: Any) -> Charge:
        """A charge of 199.00 yuan, unless said otherwise, under a new number."""
        usual: dict[str, Any] = {
            "seller": SELLER,
            "charge_no": self.new_no(),
            "amount_fen": 19_900,
            "description": "演示藏品 第 1 号",
            "notice_url": self.notice_url,
            "return_url": "http://127.0.0.1:5000/orders/1?paid=asked",
            "expires_at": self.clock.now_ms() + 15 * MINUTE,
            "payer": BUYER,
        }
        return Charge(**(usual | other))

    def refund_of(self, charge: Charge, **other: Any) -> RefundRequest:
        """A refund of the whole charge, unless said otherwise, under a new number."""
        usual: dict[str, Any] = {
            "seller": charge.seller,
            "charge_no": charge.charge_no,
            "refund_no": self.new_no("R"),
            "amount_fen": charge.amount_fen,
            "charge_fen": charge.amount_fen,
            "reason": "七日内退回",
        }
        return RefundRequest(**(usual | other))

    def paid(self, **other: Any) -> Charge:
        """A new charge that was paid, its notice taken away."""
        charge = self.charge(**other)
        self.rail.create(charge)
        self.pay(charge)
        self.notices(1, charge)
        return charge

    def state(self, charge: Charge) -> PaymentState:
        """What the rail says of a charge that the provider has."""
        state = self.rail.query(charge.seller, charge.charge_no)
        assert state is not None
        return state

    def told(self, arrived: Arrived) -> Any:
        """What a notice that arrived tells."""
        return self.rail.read_notice(*arrived, self.clock.now_ms()).result

    def paid_with(self, fault: str, **where: Any) -> tuple[Charge, list[Arrived]]:
        """A charge paid while that fault is armed for it, and the notices of that moment."""
        charge = self.charge()
        self.rail.create(charge)
        self.arm(fault, charge_no=charge.charge_no, **where)
        self.pay(charge)
        return charge, self.notices()

    def pay(self, charge: Charge, **how: Any) -> None:
        raise NotImplementedError

    def arm(self, fault: str, **where: Any) -> None:
        raise NotImplementedError

    def notices(self, at_least: int = 0, of: Charge | None = None) -> list[Arrived]:
        """What the provider has sent (of that charge) since the last call, once that many came."""
        raise NotImplementedError


class Beside(Place):
    """The gateway in this process, with a clock of the test's; notices come when asked for."""

    notice_url = "http://127.0.0.1:5000/payments/sandbox/notice"

    def __init__(self, keys: Path, folder: Path, refund_takes_ms: int = 0) -> None:
        shutil.copytree(keys, folder, dirs_exist_ok=True)
        self.folder = folder
        self.clock: SetClock = SetClock(START)
        self.answer_ok = True
        self._arrived: list[Arrived] = []
        self.gateway, self.transport = create_gateway(
            folder / "gateway",
            self.clock,
            post=self._receive,
            refund_takes_ms=refund_takes_ms,
        )
        self.rail = rail_of(folder, self.transport, self.clock)

    def _receive(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        assert url == self.notice_url
        self._arrived.append((headers, body))
        answer = self.rail.acknowledge(self.answer_ok)
        return answer.status, answer.body

    def pay(self, charge: Charge, **how: Any) -> None:
        self.gateway.pay(charge.seller, charge.charge_no, **how)

    def arm(self, fault: str, **where: Any) -> None:
        self.gateway.arm(fault, **where)

    def notices(self, at_least: int = 0, of: Charge | None = None) -> list[Arrived]:
        self.gateway.deliver_due(self.clock.now_ms())
        arrived = [one for one in self._arrived if _is_about(of, one)]
        self._arrived = [one for one in self._arrived if one not in arrived]
        assert len(arrived) >= at_least, f"{len(arrived)} notices, not {at_least}"
        return arrived

    def close(self) -> None:
        self.gateway.stop()


def signed_request(
    place: Beside,
    method: str,
    target: str,
    body: bytes,
    *,
    seller: str = SELLER,
    at: int | None = None,
    nonce: str = "",
    mutate: Callable[[str], str] = str,
    sent_body: bytes | None = None,
    sent_target: str | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """A request signed by hand, spoiled on the way."""
    key = wire.SigningKey((place.folder / "keys" / f"{seller}.pem").read_bytes())
    stamp = str((place.clock.now_ms() if at is None else at) // 1000)
    nonce = nonce or place.new_no("N").replace("_", "0").rjust(32, "0")
    signature = key.sign(wire.request_text(method, target, stamp, nonce, body))
    header = wire.authorization(SELLER, key.serial, stamp, nonce, signature)
    status, headers, answer = place.transport.send(
        method,
        target if sent_target is None else sent_target,
        {"Authorization": mutate(header), "Content-Type": "application/json"},
        body if sent_body is None else sent_body,
    )
    return status, dict(headers), answer


class Inbox:
    """A merchant's HTTP server: keeps every notice and answers as the rail would.

    A GET is the payer's browser coming back; its address is kept.
    """

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.came_back: list[str] = []
        self.answer: tuple[int, bytes] = (200, b'{"code":"SUCCESS"}')
        self.changed = threading.Condition()
        inbox = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # whoever sent it was killed meanwhile
                    self.close_connection = True
                    return
                with inbox.changed:
                    inbox.arrived.append((dict(self.headers.items()), body))
                    inbox.changed.notify_all()
                self._say(*inbox.answer)

            def do_GET(self) -> None:
                inbox.came_back.append(self.path)
                self._say(200, b"<!doctype html><title>shop</title><h1>shop</h1>")

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(OSError):  # gone before it could hear the answer
                    self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Nothing: the test says what went wrong."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self, at_least: int, of: Charge | None = None) -> list[Arrived]:
        """What has arrived since the last call, once that many have; others' stay."""

        def fitting() -> list[Arrived]:
            return [one for one in self.arrived if _is_about(of, one)]

        with self.changed:
            came = self.changed.wait_for(lambda: len(fitting()) >= at_least, timeout=15)
            assert came, f"{len(fitting())} notices in 15 s, not {at_least}"
            taken = fitting()
            self.arrived = [one for one in self.arrived if one not in taken]
            return taken

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Apart(Place):
    """The gateway as its own process, spoken to over HTTP, on the machine's clock."""

    def __init__(self, keys: Path, folder: Path) -> None:
        shutil.copytree(keys, folder, dirs_exist_ok=True)
        self.folder = folder
        self.clock = SystemClock()
        self.inbox = Inbox()
        self.notice_url = f"{self.inbox.url}/payments/sandbox/notice"
        self.start()

    def start(self, port: int = 0) -> None:
        address = self.folder / "gateway" / "address"
        address.unlink(missing_ok=True)
        command = [sys.executable, "-m", "collectibles.payments.sandbox", "--folder"]
        command += [str(self.folder / "gateway"), "--port", str(port), "--notice-speedup", "100"]
        self.process = subprocess.Popen([*command, "--refund-takes-ms", "50"], cwd=ROOT)
        deadline = time.monotonic() + 30
        while not self._answers(address):
            assert self.process.poll() is None, "the gateway ended while starting"
            assert time.monotonic() < deadline, "the gateway did not start in 30 s"
            time.sleep(0.05)
        self.url = address.read_text()
        self.rail = rail_of(self.folder, HttpTransport(self.url), self.clock)

    def _answers(self, address: Path) -> bool:
        try:
            return requests.get(f"{address.read_text()}/healthz", timeout=2).ok
        except (OSError, ValueError):
            return False

    def kill(self) -> None:
        """As a power cut would: the server and its worker at once, nothing said to either."""
        for pid in _children(self.process.pid):
            os.kill(pid, 9)
        self.process.kill()
        self.process.wait()

    def control(self, path: str, document: Mapping[str, Any]) -> Any:
        answer = requests.post(f"{self.url}/control/{path}", json=document, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pay(self, charge: Charge, **how: Any) -> None:
        self.control("pay", {"merchant": charge.seller, "charge_no": charge.charge_no} | how)

    def arm(self, fault: str, **where: Any) -> None:
        self.control("faults", {"fault": fault} | where)

    def notices(self, at_least: int = 0, of: Charge | None = None) -> list[Arrived]:
        return self.inbox.take(at_least, of)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.inbox.close()


def _is_about(charge: Charge | None, arrived: Arrived) -> bool:
    return charge is None or f'"{charge.charge_no}"'.encode() in arrived[1]


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(entry.parent.name))
    return found


@contextmanager
def opened(place: Place) -> Iterator[Any]:
    try:
        yield place
    finally:
        place.close()  # type: ignore[attr-defined]
