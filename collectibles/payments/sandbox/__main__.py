"""Runs the sandbox gateway as its own process: `python -m collectibles.payments.sandbox`.

One gunicorn worker with threads, because the courier and the memory of nonces live in it. The
address in use is written to `<folder>/address` once the gateway answers (`--port 0` takes any).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from collectibles.clock import SystemClock
from collectibles.errors import CollectiblesError
from collectibles.payments.sandbox import keys
from collectibles.payments.sandbox.app import create_app
from collectibles.payments.sandbox.gateway import REFUND_TAKES_MS, Gateway


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with settings given in code; the gateway is made in the worker, after the fork."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._address = ""
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": [f"{self._given.host}:{self._given.port}"],
            "workers": 1,
            "worker_class": "gthread",
            "threads": self._given.threads,
            "accesslog": None,
            "loglevel": "warning",
            "graceful_timeout": 5,
            "control_socket_disable": True,
            "when_ready": self._ready,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        given = self._given
        try:
            gateway = Gateway(
                given.folder,
                SystemClock(),
                public_url=given.public_url or self._address,
                notice_speedup=given.notice_speedup,
                refund_takes_ms=given.refund_takes_ms,
            )
        except CollectiblesError as error:
            print(error.zh, error.en, sep="\n", file=sys.stderr)
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from None
        gateway.start()
        content = self._address.encode()
        keys.write_file(given.folder / "address", content, private=False, replace=True)
        return create_app(gateway)

    def _ready(self, arbiter: Any) -> None:
        """Runs before the worker is forked, which then knows the address too."""
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        self._address = f"http://{f'[{host}]' if ':' in host else host}:{port}"


def main(arguments: list[str] | None = None) -> None:
    """Serves until it is told to stop (SIGTERM or Ctrl-C)."""
    parser = argparse.ArgumentParser(
        prog="sandbox", description="The payment sandbox: a made-up provider, no real money."
    )
    parser.add_argument("--folder", type=Path, required=True, help="its keys, book and merchants")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0 takes any free port")
    parser.add_argument("--public-url", help="how browsers reach the cashier, if otherwise")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument(
        "--notice-speedup", type=int, default=1, help="divides the delays between notices"
    )
    parser.add_argument("--refund-takes-ms", type=int, default=REFUND_TAKES_MS)
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    Server(given).run()


if __name__ == "__main__":
    main()
