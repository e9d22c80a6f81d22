"""The account that PostgreSQL runs under when the supervisor is root.

PostgreSQL refuses to run as root. So root lends it an account: the one that owns the data if there
are data, else a system account of its own. Everybody else runs it as themselves.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collectibles.errors import Unavailable

Say = Callable[[str, str], None]

ACCOUNT = "diancang-db"


@dataclass(frozen=True)
class Account:
    """The system account that the server of a root supervisor runs under."""

    uid: int
    gid: int

    def may_pass(self, folder: Path) -> bool:
        """Whether this account can go through `folder` to something inside whose name it knows."""
        facts = folder.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & stat.S_IXUSR)
        if facts.st_gid == self.gid:
            return bool(facts.st_mode & stat.S_IXGRP)
        return bool(facts.st_mode & stat.S_IXOTH)

    def open_way_to(self, target: Path, say: Say) -> None:
        """Opens the folders down to `target`, and itself, for passage but not for reading."""
        for folder in [*reversed(target.parents), target]:
            if not self.may_pass(folder):
                folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
                say(
                    f"已允许数据库账户穿过文件夹 {folder}（o+x，不可读取内容）。",
                    f"Let the database's account pass through {folder} (o+x, no reading).",
                )


def account_for(data: Path, say: Say) -> Account | None:
    """The account to run the server of `data` under; None means as ourselves.

    Raises Unavailable when the data are somebody else's or no account can be made.
    """
    me = os.geteuid()
    owner = data.stat() if data.exists() else None
    if me == 0:
        if owner is not None and owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
        entry = _system_account(say)
        return Account(entry.pw_uid, entry.pw_gid)
    if owner is not None and owner.st_uid != me:
        raise Unavailable(
            "database_not_ours",
            f"{data} 由另一个用户（可能是 root）建立，请以该用户运行，或另选 VAR_DIR。",
            f"{data} was made by another user (perhaps root): run as that user or choose another "
            "VAR_DIR.",
        )
    return None


def _system_account(say: Say) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    say(
        f"PostgreSQL 不能以 root 运行：正在建立系统账户 {ACCOUNT}。",
        f"PostgreSQL does not run as root: making the system account {ACCOUNT}.",
    )
    maker = shutil.which("useradd") or "/usr/sbin/useradd"
    said = "useradd"
    try:
        made = subprocess.run(
            [maker, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
             "--shell", "/usr/sbin/nologin", ACCOUNT],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        said = made.stderr.strip()
        return pwd.getpwnam(ACCOUNT)  # another process may have made it meanwhile
    except (OSError, KeyError) as error:
        raise Unavailable(
            "account_not_made",
            f"无法建立系统账户 {ACCOUNT}（{said}）：请手工建立它，或以普通用户运行，"
            "或用 DATABASE_URL 指定数据库。",
            f"The system account {ACCOUNT} cannot be made ({said}): make it by hand, run as an "
            "ordinary user, or name a database by DATABASE_URL.",
        ) from error


def let_all_read(top: Path) -> None:
    """Lets everybody read and run what is under `top`: programs installed with a strict umask."""
    for path in [top, *top.rglob("*")] if top.is_dir() else []:
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        passage = stat.S_IXOTH if mode & stat.S_IXUSR else 0
        path.chmod(mode | stat.S_IROTH | passage)
