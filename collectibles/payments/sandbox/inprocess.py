"""The gateway beside the rail, in one process: same bytes, same signatures, no network.

For the demonstration's history, which is built with a clock that is put forward by hand, and for
tests. Notices go where `post` takes them, when `gateway.deliver_due(now_ms)` is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from collectibles.clock import Clock
from collectibles.payments.sandbox.app import create_app
from collectibles.payments.sandbox.gateway import Gateway, Post


class InProcess:
    """A transport for `SandboxRail`: calls the gateway's WSGI app with real request bytes."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """As `sandbox_rail.Transport.send`."""
        with self.app.test_client() as client:
            answer = client.open(target, method=method, headers=dict(headers), data=body)
            return answer.status_code, dict(answer.headers), answer.get_data()


def create_gateway(
    folder: Path,
    clock: Clock,
    *,
    post: Post,
    public_url: str = "http://127.0.0.1:8090",
    refund_takes_ms: int = 0,
) -> tuple[Gateway, InProcess]:
    """A gateway on `folder` and the transport to it; the same folder can be served by HTTP later.

    Nothing runs by itself: time is `clock`'s, notices leave with `deliver_due`.
    """
    gateway = Gateway(
        folder, clock, public_url=public_url, post=post, refund_takes_ms=refund_takes_ms
    )
    return gateway, InProcess(create_app(gateway))
