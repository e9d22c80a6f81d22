"""The whole command on a tiny service: real gunicorn, PostgreSQL and migrations, killed at will."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from collectibles.errors import Unavailable
from collectibles.supervisor import pids, postgres
from collectibles.supervisor.serve import ServeSettings, sqlalchemy_url

ROOT = Path(__file__).resolve().parents[2]
APP = """
import json, os, psycopg
def app(environ, start_response):
    url = os.environ["DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        if environ["REQUEST_METHOD"] == "POST":
            connection.execute("INSERT INTO visits DEFAULT VALUES")
        visits = connection.execute("SELECT count(*) FROM visits").fetchone()[0]
    keys = ("SANDBOX_URL", "VAR_DIR", "PORT", "COLOUR")
    facts = {"visits": visits, "pid": os.getpid(), **{key: os.environ.get(key) for key in keys}}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(facts).encode()]
"""
ENV = """
from alembic import context
from sqlalchemy import create_engine
engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.begin() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
"""
VERSION = """
from alembic import op
revision, down_revision = "1", None
def upgrade():
    op.execute("CREATE TABLE visits (at timestamptz NOT NULL DEFAULT now())")
"""
SANDBOX = """
import os, socket, time
place = socket.create_server(("127.0.0.1", int(os.environ["SANDBOX_PORT"])))
time.sleep(600)
"""
COMMAND = """
import json, sys
from pathlib import Path
from collectibles.errors import CollectiblesError
from collectibles.supervisor.serve import ServeSettings, serve
root, var, port, worker, sandbox = sys.argv[1:]
def prepare(url):
    print("prepared", flush=True)
try:
    sys.exit(serve(ServeSettings(
        var_dir=Path(var), port=int(port), environment={"COLOUR": "青"}, prepare=prepare,
        announce=lambda address: ["ready at " + address], app="tiny:app",
        worker=(sys.executable, "-c", worker), sandbox=(sys.executable, "-c", sandbox),
        root=Path(root), migrations=Path(root) / "migrations",
    )))
except CollectiblesError as error:
    sys.exit(error.en)
"""
IDLE = "import time; time.sleep(600)"


class Service:
    """The tiny service on a folder and a port; started as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.var_dir = folder / "var"
        self.root = folder / "service"
        (self.root / "migrations" / "versions").mkdir(parents=True)
        (self.root / "tiny.py").write_text(APP)
        (self.root / "migrations" / "env.py").write_text(ENV)
        (self.root / "migrations" / "versions" / "one.py").write_text(VERSION)
        self.port = free_port()

    def start(self, worker: str = IDLE, port: int | None = None) -> subprocess.Popen[str]:
        arguments = [str(self.root), str(self.var_dir), str(port or self.port), worker, SANDBOX]
        return subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
        )

    def get(self, method: str = "GET") -> dict[str, object]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            facts: dict[str, object] = json.load(answer)
            return facts

    def processes(self) -> list[int]:
        """Everything that runs for it: what says so in its environment, and the database."""
        database = pids.working_in(self.var_dir.resolve() / "postgres" / "data", "postgres")
        return pids.carrying("VAR_DIR", str(self.var_dir.resolve())) + (database or [])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    said = ""
    while words not in said:
        line = process.stdout.readline()
        assert line, f"it ended before it said {words!r}: {said}"
        said += line
    return said


@pytest.fixture
def service() -> Iterator[Service]:
    # Not under pytest's own folder, which every new run closes to the database's account of root.
    folder = Path(tempfile.mkdtemp(prefix="diancang-test-"))
    made = Service(folder)
    yield made
    for pid in made.processes():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    postgres.stop(made.var_dir)
    shutil.rmtree(folder, ignore_errors=True)  # a killed initdb may still be writing


def test_it_serves_and_stops_and_leaves_nothing(service: Service) -> None:
    process = service.start()
    said = read_until(process, f"ready at http://127.0.0.1:{service.port}")
    assert "prepared" in said
    facts = service.get("POST")
    assert facts["visits"] == 1
    assert facts["COLOUR"] == "青"
    assert facts["VAR_DIR"] == str(service.var_dir.resolve())
    assert str(facts["SANDBOX_URL"]).startswith("http://127.0.0.1:")
    assert len(service.processes()) > 5
    process.terminate()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert service.processes() == []


def test_after_a_kill_of_everything_it_starts_again_with_its_data(service: Service) -> None:
    process = service.start()
    read_until(process, "ready at")
    service.get("POST")
    for pid in [process.pid, *service.processes()]:
        with suppress(ProcessLookupError):  # some end by themselves when their parent does
            os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=60)
    before = time.monotonic()
    process = service.start()
    read_until(process, "ready at")
    assert time.monotonic() - before < 30.0
    assert service.get()["visits"] == 1
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert service.processes() == []


def test_after_a_kill_of_the_supervisor_alone_it_starts_again(service: Service) -> None:
    process = service.start()
    read_until(process, "ready at")
    service.get("POST")
    process.kill()
    process.communicate(timeout=60)
    process = service.start()
    read_until(process, "ready at")
    assert service.get()["visits"] == 1
    process.terminate()
    process.communicate(timeout=60)
    assert service.processes() == []


def test_a_part_that_ends_is_named_and_ends_the_service(service: Service) -> None:
    process = service.start(worker="print('worker gives up'); raise SystemExit(7)")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "worker   │ worker gives up" in output
    assert "worker ended (code 7)" in output
    assert service.processes() == []


def test_the_end_of_the_database_is_the_end_of_the_service(service: Service) -> None:
    process = service.start()
    read_until(process, "ready at")
    pid = postgres.running_pid(service.var_dir)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "database ended" in output
    assert service.processes() == []


def test_a_taken_port_and_a_taken_folder_are_refused_at_once(service: Service) -> None:
    process = service.start()
    read_until(process, "ready at")
    same_folder = service.start(port=free_port())
    said, _ = same_folder.communicate(timeout=60)
    assert same_folder.returncode == 1
    assert f"process {process.pid}" in said
    service.var_dir, kept = service.var_dir.with_name("other"), service.var_dir
    same_port = service.start()
    said, _ = same_port.communicate(timeout=60)
    assert same_port.returncode == 1
    assert f"127.0.0.1:{service.port}" in said
    assert service.processes() == []
    service.var_dir = kept
    assert service.get()["visits"] == 0
    process.terminate()
    process.communicate(timeout=60)


def test_a_given_database_is_used_and_no_other_started(
    service: Service, bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = COMMAND.replace("app=", f"database_url={bare_database_url!r}, app=")
    monkeypatch.setitem(globals(), "COMMAND", command.replace("+psycopg", ""))
    process = service.start()
    read_until(process, "ready at")
    assert service.get("POST")["visits"] == 1
    assert postgres.running_pid(service.var_dir) is None
    process.terminate()
    process.communicate(timeout=60)
    assert service.processes() == []


def test_an_interrupt_at_any_moment_of_the_start_leaves_nothing(
    service: Service, rng: random.Random, counts: Callable[[int, int], int]
) -> None:
    for _ in range(counts(5, 100)):
        process = service.start()
        time.sleep(rng.uniform(0.2, 4.0))
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
        assert "Traceback" not in output
        assert service.processes() == []


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000"), ("h", "http://h:8000")],
)
def test_the_address_is_one_that_can_be_opened(tmp_path: Path, host: str, address: str) -> None:
    assert ServeSettings(var_dir=tmp_path, host=host).address == address


def test_only_postgresql_is_taken_for_a_database() -> None:
    assert sqlalchemy_url("postgres://a@b/c") == "postgresql+psycopg://a@b/c"
    with pytest.raises(Unavailable):
        sqlalchemy_url("sqlite:///x")
