"""The service as it runs: gunicorn and its workers, the worker, the payment sandbox.

Each is a process of its own on a free port, started with the commands that the supervisor uses.

`Running` has beside them a context in the test's own process, for preparing and for looking. What
it starts it stops, by pid; a process that is killed is started again with `start`.
"""

from __future__ import annotations

import re
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from werkzeug.wrappers import Response

from collectibles import wiring
from collectibles.config import load
from collectibles.services.context import Context
from collectibles.supervisor import pids, serve
from collectibles.supervisor.processes import Processes, Program
from collectibles.web.factory import create_app
from collectibles.web.sessions import cookie_name, start_session
from tests.service import Service, admit_institutions

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 60
PATIENCE_S = 60
_FORMS = re.compile(r'<form\b[^>]*\bmethod="post".*?</form>', re.S)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Running:
    """The processes of one service on `database_url`, and `service`, the test's own view of it."""

    def __init__(
        self,
        database_url: str,
        folder: Path,
        merchant_keys: Path,
        *,
        app: str = "app:app",
        worker: Sequence[str] | None = None,
    ) -> None:
        shutil.copytree(merchant_keys, folder, dirs_exist_ok=True)
        self.folder = folder
        settings = serve.ServeSettings(
            var_dir=folder,
            port=free_port(),
            database_url=database_url,
            sandbox_port=free_port(),
            app=app,
        )
        environment = serve._environment(settings, database_url)
        programs = list(serve._programs(settings, environment))
        self._programs = {program.name: program for program in programs}
        if worker is not None:
            self._programs["worker"] = Program("worker", worker, environment)
        self._environment = environment
        self._pids: dict[str, int] = {}
        self._stack = ExitStack()
        self.url = settings.address
        self.sandbox_url = environment["SANDBOX_URL"]

    @property
    def ctx(self) -> Context:
        return self.service.ctx

    # The processes

    def __enter__(self) -> Running:
        with ExitStack() as stack:
            log = stack.enter_context((self.folder / "output.txt").open("w", encoding="utf-8"))
            self._log, ctx = log, wiring.context(load(self._environment))
            stack.callback(ctx.database.close)
            stack.callback(ctx.ledger.close)
            wiring.create_ledger(ctx)
            self.service = Service(ctx, ctx.clock, None, admit_institutions(ctx))  # type: ignore[arg-type]
            self._web = create_app(ctx)
            self._processes = stack.enter_context(Processes(self.folder, output=log, cwd=ROOT))
            for name in self._programs:
                self.start(name)
            self.until(self.answers, "the web server", READY_WITHIN_S)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, name: str) -> None:
        """Start `sandbox`, `worker` or `web`: at first, and again after it was killed."""
        self._pids[name] = self._processes.start(self._programs[name])

    def pid(self, name: str) -> int:
        return self._pids[name]

    def family(self) -> list[int]:
        """Every process of the service that is there now, with what it has started."""
        found, wanted = list[int](), list(self._pids.values())
        while wanted:
            found.append(pid := wanted.pop())
            wanted += _children(pid)
        return found

    def web_workers(self) -> list[int]:
        """The processes that gunicorn's master has made."""
        return [pid for pid in _children(self._pids["web"]) if pids.identity(pid)]

    def stop(self) -> None:
        """Stop every process; the context of the test stays."""
        self._processes.stop()

    def answers(self) -> bool:
        """Whether a page can be had and the sandbox is there."""
        try:
            page = requests.get(f"{self.url}/readyz", timeout=5)
            sandbox = requests.get(f"{self.sandbox_url}/healthz", timeout=5)
        except requests.RequestException:
            return False
        return page.ok and sandbox.ok

    def until(self, done: Callable[[], object], what: str, seconds: float = PATIENCE_S) -> None:
        """Wait until `done()`; fails with the end of the processes' output when it takes longer."""
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"{what}: not in {seconds} s\n{self.output()}"
            time.sleep(0.1)

    def output(self) -> str:
        """The last lines of what the processes wrote."""
        self._log.flush()
        return (self.folder / "output.txt").read_text(encoding="utf-8")[-6000:]

    # People

    def visitor(self, account_id: str | None = None, staff_id: str | None = None) -> Visitor:
        """A browser in which somebody is signed in already."""
        with self._web.test_request_context():
            answer = start_session(Response(), account_id=account_id, staff_id=staff_id)
            sent = answer.headers["Set-Cookie"]
            name = cookie_name()
        token = sent.partition("=")[2].partition(";")[0]
        visitor = Visitor(self.url)
        visitor.http.cookies.set(name, token, domain="127.0.0.1")
        return visitor

    # The provider's own book

    def book(self) -> Book:
        """What the payment provider says of all money; only once the processes are stopped."""
        return Book(self.folder / "sandbox")


class Visitor:
    """A browser without scripts: keeps cookies, and sends the forms of the page it is on."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        # A connection kept open may be closed by the server just when the next form is sent.
        self.http.headers["Connection"] = "close"
        self.path = ""
        self.page = ""
        self.status = 0

    def get(self, path: str) -> str:
        return self._keep(self.http.get(self._absolute(path), timeout=60))

    def form(self, which: str) -> dict[str, str]:
        """The hidden fields of the form on this page that contains `which`."""
        for found in _FORMS.finditer(self.page):
            if which in found[0]:
                return {name: unescape(value) for name, value in _HIDDEN.findall(found[0])}
        raise AssertionError(f"no form with {which!r} on {self.path}: {self.page[-1500:]}")

    def post(self, path: str, sent: dict[str, Any], files: dict[str, bytes] | None = None) -> str:
        return self._keep(self.http.post(self._absolute(path), data=sent, files=files, timeout=90))

    def _absolute(self, path: str) -> str:
        return path if path.startswith("http") else self.url + path

    def _keep(self, answer: requests.Response) -> str:
        self.status, self.page = answer.status_code, answer.text
        self.path = urlsplit(answer.url).path
        return self.page


class Book:
    """The sandbox's book, read after the sandbox has ended."""

    def __init__(self, folder: Path) -> None:
        with _reading(folder / "private" / "book.sqlite3") as book:
            self.paid: dict[str, int] = dict(
                book.execute("SELECT charge_no, paid_fen FROM charges WHERE paid_at IS NOT NULL")
            )
            self.back: dict[str, int] = dict(
                book.execute(
                    "SELECT charge_no, sum(amount_fen) FROM refunds WHERE state = 'SUCCESS'"
                    " GROUP BY charge_no"
                )
            )


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    try:
        yield connection
    finally:
        connection.close()


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(parent: int) -> list[int]:
    """Pids of the processes that `parent` started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found
