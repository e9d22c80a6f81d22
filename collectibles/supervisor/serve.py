"""`serve(settings)`: database, migrations, processes, and the end of all of them, in one command.

What runs is told by `ServeSettings`; what the service *is* (its pages, its worker, what is built on
the first start, what is printed when it is ready) is handed in, so this module knows nothing of it.
The order of the end is the order of the start turned round: web, worker, sandbox, database.
"""

from __future__ import annotations

import os
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config

from collectibles.errors import Conflict, Unavailable
from collectibles.supervisor import postgres
from collectibles.supervisor.processes import Ending, Processes, Program

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 90.0
_OLDEST_POSTGRESQL = 150000
_PYTHON = sys.executable


def _nothing_to_prepare(_database_url: str) -> None:
    return None


def _only_the_address(address: str) -> Sequence[str]:
    return [address]


@dataclass(frozen=True)
class ServeSettings:
    """What `serve` runs and where.

    `database_url` None means the program's own PostgreSQL under `var_dir`. `demonstration` adds the
    sandbox of the payment provider; web and worker learn its address as SANDBOX_URL, and it learns
    SANDBOX_PORT (0: chosen here). All processes get DATABASE_URL, VAR_DIR, HOST, PORT and what
    `environment` adds. `prepare(database_url)` runs once the schema is there and before anything
    serves; `announce(address)` returns the lines to print when the first page can be had.
    """

    var_dir: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 8
    database_url: str | None = None
    demonstration: bool = True
    sandbox_port: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[str], None] = _nothing_to_prepare
    announce: Callable[[str], Sequence[str]] = _only_the_address
    app: str = "app:app"
    worker: Sequence[str] = (_PYTHON, "-m", "collectibles", "worker")
    sandbox: Sequence[str] = (_PYTHON, "-m", "collectibles", "sandbox", "serve")
    root: Path = ROOT
    migrations: Path = ROOT / "migrations"

    @property
    def reachable_host(self) -> str:
        """The address under which this machine itself reaches what is bound to `host`."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104

    @property
    def address(self) -> str:
        """The first page, without a slash at the end."""
        return f"http://{_bracketed(self.reachable_host)}:{self.port}"


def serve(settings: ServeSettings) -> int:
    """Runs the service until a signal ends it (0) or one of its parts ends by itself (1).

    Raises CollectiblesError, with everything stopped again, when it cannot be started.
    """
    processes = Processes(settings.var_dir, cwd=settings.root)
    with processes.listening(), ExitStack() as stack:
        try:
            stack.enter_context(processes)
            _check_port_is_free(settings)
            database_url = _database(settings, stack, processes)
            stack.callback(processes.stop)  # the database ends after those who use it
            with processes.interruptible():
                migrate(database_url, settings.migrations)
                settings.prepare(database_url)
        except KeyboardInterrupt:
            return 0
        environment = _environment(settings, database_url)
        for program in _programs(settings, environment):
            processes.start(program)
        ending = processes.wait_until(lambda: _answers(settings, environment), READY_WITHIN_S)
        if ending is None:
            raise Unavailable(
                "not_ready",
                f"服务在 {READY_WITHIN_S:.0f} 秒内没有就绪，原因见上面的输出。",
                f"The service was not ready within {READY_WITHIN_S:.0f} s; the output above says "
                "why.",
            )
        if ending is True:
            for line in settings.announce(settings.address):
                processes.say("service", line)
            ending = processes.wait()
        assert isinstance(ending, Ending)
        if ending.asked_for:
            processes.say("service", "正在停止…… / Stopping …")
        else:
            processes.say(
                "service",
                f"{ending.name} 已结束（代码 {ending.code}），正在停止其余部分 / "
                f"{ending.name} ended (code {ending.code}); stopping the rest",
            )
        return 0 if ending.asked_for else 1


def migrate(database_url: str, migrations: Path) -> None:
    """Brings the schema to the newest version (`alembic upgrade head`).

    The environment of the migrations finds the address as `sqlalchemy.url`, and sees to it that
    two processes migrate one after the other. Raises Unavailable when the database cannot be used.
    """
    _check_database(database_url)
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    command.upgrade(config, "head")


def sqlalchemy_url(database_url: str) -> str:
    """The address with the driver named that this project uses (`postgresql+psycopg://`)."""
    scheme, found, rest = database_url.partition("://")
    if not found or scheme.partition("+")[0] not in ("postgres", "postgresql"):
        raise Unavailable(
            "database_url",
            "DATABASE_URL 应以 postgresql:// 开头。",
            "DATABASE_URL has to begin with postgresql://.",
        )
    return f"postgresql+psycopg://{rest}"


def _check_database(database_url: str) -> None:
    try:
        with psycopg.connect(_conninfo(database_url), connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        raise Unavailable(
            "database_unreachable",
            f"无法连接 DATABASE_URL 指定的数据库：{error}",
            f"The database that DATABASE_URL names cannot be reached: {error}",
        ) from error
    if version < _OLDEST_POSTGRESQL:
        raise Unavailable(
            "database_too_old",
            "需要 PostgreSQL 15 或更新版本。",
            "PostgreSQL 15 or newer is needed.",
        )


def _conninfo(database_url: str) -> str:
    return database_url.replace("postgresql+psycopg://", "postgresql://", 1)


def _database(settings: ServeSettings, stack: ExitStack, processes: Processes) -> str:
    if settings.database_url:
        return sqlalchemy_url(settings.database_url)

    def say(zh: str, en: str) -> None:
        processes.say("service", f"{zh} / {en}")

    server = stack.enter_context(postgres.start(settings.var_dir, say, processes.asked_to_stop))
    processes.attend("database", server.pid)
    return server.url


def _environment(settings: ServeSettings, database_url: str) -> dict[str, str]:
    environment = {
        "DATABASE_URL": database_url,
        "VAR_DIR": str(settings.var_dir.resolve()),
        "HOST": settings.host,
        "PORT": str(settings.port),
    }
    if settings.demonstration:
        port = settings.sandbox_port or _free_port(settings.port + 1)
        environment["SANDBOX_PORT"] = str(port)
        environment["SANDBOX_URL"] = f"http://127.0.0.1:{port}"
    return {**environment, **settings.environment}


def _programs(settings: ServeSettings, environment: Mapping[str, str]) -> Iterator[Program]:
    """In the order of their start; web comes last, so it is stopped first."""
    if settings.demonstration:
        yield Program("sandbox", settings.sandbox, environment)
    yield Program("worker", settings.worker, environment)
    yield Program("web", _gunicorn(settings), environment)


def _gunicorn(settings: ServeSettings) -> list[str]:
    arguments = [_PYTHON, "-m", "gunicorn", settings.app, "--worker-class", "gthread"]
    arguments += ["--workers", str(settings.workers), "--threads", str(settings.threads)]
    arguments += ["--bind", f"{_bracketed(settings.host)}:{settings.port}"]
    arguments += ["--timeout", "60", "--graceful-timeout", "8", "--no-control-socket"]
    arguments += ["--log-level", "warning"]
    if os.access("/dev/shm", os.W_OK):  # noqa: S108 - a heartbeat on a disk may stall
        arguments += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    return arguments


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _check_port_is_free(settings: ServeSettings) -> None:
    if not _can_listen(settings.host, settings.port):
        raise Conflict(
            "port_taken",
            f"无法监听 {settings.host}:{settings.port}（端口可能已被占用）。可用 PORT 另选端口，"
            "例如：PORT=8080 make run。",
            f"Cannot listen on {settings.host}:{settings.port} (the port may be in use). Choose "
            "another by PORT, for example: PORT=8080 make run.",
        )


def _can_listen(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            return False
    return True


def _free_port(wanted: int) -> int:
    if wanted < 65536 and _can_listen("127.0.0.1", wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(settings: ServeSettings, environment: Mapping[str, str]) -> bool:
    """Whether the web server says it is healthy and the sandbox, if there is one, listens."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        if settings.demonstration:
            port = int(environment["SANDBOX_PORT"])
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        with opener.open(f"{settings.address}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False
