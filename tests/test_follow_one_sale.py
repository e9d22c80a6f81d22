"""ARCHITECTURE.md, "Follow one sale": every step exists, and a real sale takes them in order."""

from __future__ import annotations

import ast
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from collectibles.web.factory import create_app
from tests.service import make_merchants, make_service
from tests.services.buying import make_series, order_row, pay
from tests.web.shop_client import Browser, sign_in, verify

ROOT = Path(__file__).resolve().parents[1]
STEP = re.compile(r"`([\w/]+\.py):(\w+)`")
Steps = list[tuple[str, str]]


def documented() -> Steps:
    """The steps that the section names, in its order."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.partition("\n## Follow one sale\n")[2].partition("\n## ")[0]
    return [(path, function) for path, function in STEP.findall(section)]


@contextmanager
def followed(calls: Steps) -> Iterator[threading.Event]:
    """Inside, calls of the project's functions are noted while the event is set, in threads that
    begin here as in this one."""
    recording = threading.Event()
    prefix = f"{ROOT}/"

    def note(frame: FrameType, what: str, _: Any) -> None:
        if what == "call" and recording.is_set():
            path = frame.f_code.co_filename
            if path.startswith(prefix):
                calls.append((path.removeprefix(prefix), frame.f_code.co_name))

    before = sys.getprofile()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield recording
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


def test_the_steps_exist() -> None:
    steps = documented()
    assert len(steps) >= 15
    for path, function in steps:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert function in defined, f"{path}:{function}"


def test_a_real_sale_takes_them_in_that_order(fresh_database_url: str, tmp_path: Path) -> None:
    calls: Steps = []
    with followed(calls) as recording:
        service = make_service(fresh_database_url, tmp_path, make_merchants(tmp_path / "keys"))
        try:
            make_series(service, "s-followed")
            browser = Browser(create_app(service.ctx).test_client())
            sign_in(browser, 1)
            verify(browser, "/series/s-followed")
            recording.set()
            browser.send({"risk": "yes"}, which='name="risk_version"')
            order = browser.path.rpartition("/")[2]
            _notices_over_http(service, browser)
            pay(service, order)
            service.pump()
            recording.clear()
            assert order_row(service.ctx, order).state == "settled"
        finally:
            service.close()
    rest = iter(calls)
    for step in documented():
        assert step in rest, f"{step[0]}:{step[1]} does not come where ARCHITECTURE.md says it does"


def _notices_over_http(service: Any, browser: Browser) -> None:
    """The sandbox's notices arrive at the address that anybody's do."""

    def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = browser.client.post(url, headers=headers, data=body)
        return answer.status_code, answer.get_data()

    service.gateway.post = post
