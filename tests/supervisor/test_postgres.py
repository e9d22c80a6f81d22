"""The program's own PostgreSQL: it keeps what it commits, survives kills and leaves nothing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from collectibles.errors import Unavailable
from collectibles.supervisor import pids, postgres
from collectibles.supervisor.postgres_place import Place

ROOT = Path(__file__).resolve().parents[2]
START_AND_WAIT = """
import sys
from pathlib import Path
from collectibles.supervisor import postgres
with postgres.start(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    sys.stdin.readline()
"""
START_IN_ROOTS_FOLDER = """
import os
from pathlib import Path
from collectibles.errors import Unavailable
from collectibles.supervisor import postgres
if os.geteuid() == 0:
    os.seteuid(65534)
try:
    postgres.start(Path("/"))
except Unavailable as error:
    print(error.en)
"""


@pytest.fixture
def var_dir() -> Iterator[Path]:
    # Not under pytest's own folder, which every new run closes to the database's account of root.
    folder = Path(tempfile.mkdtemp(prefix="diancang-test-"))
    yield folder
    for place in (folder, *folder.iterdir()):
        postgres.stop(place)
    shutil.rmtree(folder, ignore_errors=True)  # a killed initdb may still be writing


def elsewhere(var_dir: Path) -> subprocess.Popen[str]:
    """Another process that starts a server on `var_dir` and uses it until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(var_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def server_processes(var_dir: Path) -> list[int]:
    found = pids.working_in(Place(var_dir).data, "postgres")
    if found is None:
        pytest.fail("this system does not list processes, so what is left cannot be told")
    return found


def kill_everything(var_dir: Path) -> None:
    assert pids.end(server_processes(var_dir), (signal.SIGKILL, 20.0)) == []


def forget(server: postgres.Server) -> None:
    """What the system does to the share of a killed process."""
    os.close(server.share)


def test_a_new_server_is_durable_private_and_no_superusers_toy(var_dir: Path) -> None:
    server = postgres.start(var_dir)
    with connect(server.url) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
        }
        assert shown == {
            "fsync": ("on",),
            "synchronous_commit": ("on",),
            "full_page_writes": ("on",),
            "listen_addresses": ("",),
        }
        role = connection.execute(
            "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert role == (postgres.ROLE, False)
        connection.execute("CREATE TABLE kept (n int)")
    place = Place(var_dir)
    assert place.sockets.stat().st_mode & 0o777 == 0o700
    assert place.data.stat().st_uid == (os.geteuid() or place.data.stat().st_uid) != 0
    server.close()
    assert server_processes(var_dir) == []
    assert not place.pid_file.exists()


def test_settings_of_durability_cannot_be_changed_from_inside(var_dir: Path) -> None:
    with postgres.start(var_dir) as server, connect(server.admin_url) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
    with postgres.start(var_dir) as server, connect(server.url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW full_page_writes").fetchone() == ("on",)


def test_a_server_that_does_not_keep_what_it_commits_is_refused(var_dir: Path) -> None:
    with postgres.start(var_dir) as server:
        with connect(server.admin_url) as connection:
            connection.execute(f"ALTER ROLE {postgres.ADMIN} SET synchronous_commit = off")
        with pytest.raises(Unavailable) as refused:
            postgres.start(var_dir)
        assert refused.value.code == "database_not_durable"


def test_committed_rows_survive_the_kill_of_everything(var_dir: Path) -> None:
    server = postgres.start(var_dir)
    with closing(connect(server.url)) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        for number in range(20):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])
        with closing(connect(server.url)) as unfinished:
            unfinished.execute("BEGIN")
            unfinished.execute("INSERT INTO kept VALUES (1000)")
            kill_everything(var_dir)
    forget(server)
    assert pids.identity(server.pid) is None
    with postgres.start(var_dir) as again, connect(again.url) as connection:
        rows = connection.execute("SELECT n FROM kept ORDER BY n").fetchall()
        assert rows == [(number,) for number in range(20)]
        assert again.pid != server.pid


def test_a_new_server_waits_for_the_busy_children_of_a_killed_one(var_dir: Path) -> None:
    server = postgres.start(var_dir)
    with closing(connect(server.url)) as busy:
        busy.execute("CREATE TABLE kept (n int)")
        child = busy.info.backend_pid
        os.kill(child, signal.SIGSTOP)  # it cannot notice that its server is gone
        os.kill(server.pid, signal.SIGKILL)
        forget(server)
        assert pids.identity(child) is not None
        with postgres.start(var_dir) as again:
            assert pids.identity(child) is None
            with connect(again.url) as connection:
                assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_lock_files_that_name_somebody_elses_process_are_stale(var_dir: Path) -> None:
    server = postgres.start(var_dir)
    place = Place(var_dir)
    lines = place.pid_file.read_text().splitlines()
    kill_everything(var_dir)
    forget(server)
    bystander = subprocess.Popen(["/bin/sleep", "60"])
    try:
        stale = "\n".join([str(bystander.pid), *lines[1:]]) + "\n"
        socket = place.sockets / f".s.PGSQL.{place.port}"
        place.pid_file.write_text(stale)
        socket.with_name(f"{socket.name}.lock").write_text(stale)
        assert postgres.running_pid(var_dir) is None
        with postgres.start(var_dir) as again, connect(again.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_second_user_shares_the_server_and_the_last_one_stops_it(var_dir: Path) -> None:
    first = postgres.start(var_dir)
    second = elsewhere(var_dir)
    assert second.stdout is not None
    assert second.stdin is not None
    assert second.stdout.readline() == f"{first.pid}\n"
    first.close()
    assert postgres.running_pid(var_dir) == first.pid
    second.communicate("\n", timeout=60)
    assert second.returncode == 0
    assert server_processes(var_dir) == []


def test_a_user_that_is_killed_does_not_keep_the_server_alive(var_dir: Path) -> None:
    other = elsewhere(var_dir)
    assert other.stdout is not None
    pid = int(other.stdout.readline())
    server = postgres.start(var_dir)
    assert server.pid == pid
    other.kill()
    other.communicate(timeout=60)
    server.close()
    assert server_processes(var_dir) == []


def test_two_first_starts_at_once_make_one_server(var_dir: Path) -> None:
    both = [elsewhere(var_dir), elsewhere(var_dir)]
    told = []
    for one in both:
        assert one.stdout is not None
        told.append(int(one.stdout.readline()))
    assert told[0] == told[1] == postgres.running_pid(var_dir)
    for one in both:
        one.communicate("\n", timeout=60)
        assert one.returncode == 0
    assert server_processes(var_dir) == []


def test_a_first_start_killed_at_any_moment_is_made_good_by_the_next(
    var_dir: Path, rng: random.Random, counts: Callable[[int, int], int]
) -> None:
    for number in range(counts(3, 60)):
        folder = var_dir / str(number)
        starting = elsewhere(folder)
        time.sleep(rng.uniform(0.05, 1.5))
        starting.kill()
        starting.communicate(timeout=60)
        with postgres.start(folder) as server, connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert server_processes(folder) == []
        shutil.rmtree(folder, ignore_errors=True)


def test_a_start_that_is_called_off_leaves_nothing(var_dir: Path) -> None:
    postgres.start(var_dir).close()
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            postgres.start(var_dir, asked_to_stop=lambda: True)
        assert server_processes(var_dir) == []
        time.sleep(0.1)  # also none that was not yet to be seen
        assert server_processes(var_dir) == []


def test_a_server_killed_under_its_user_is_not_replaced_behind_its_back(var_dir: Path) -> None:
    using = elsewhere(var_dir)
    assert using.stdout is not None
    using.stdout.readline()
    kill_everything(var_dir)
    with pytest.raises(Unavailable) as refused:
        postgres.start(var_dir)
    assert refused.value.code == "database_elsewhere"
    using.communicate("\n", timeout=60)
    postgres.start(var_dir).close()


def test_the_data_of_another_version_are_left_alone(var_dir: Path) -> None:
    postgres.start(var_dir).close()
    version = Place(var_dir).data / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(Unavailable) as refused:
        postgres.start(var_dir)
    assert refused.value.code == "database_version"
    assert "15" in refused.value.en
    version.write_text("18\n")


def test_a_server_that_cannot_start_says_what_its_log_says(var_dir: Path) -> None:
    postgres.start(var_dir).close()
    (Place(var_dir).data / "global" / "pg_control").unlink()
    with pytest.raises(Unavailable) as refused:
        postgres.start(var_dir)
    assert refused.value.code == "database_not_started"
    assert "pg_control" in refused.value.en
    assert server_processes(var_dir) == []


def test_a_folder_of_another_user_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START_IN_ROOTS_FOLDER],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert "belongs to another user" in done.stdout


@pytest.mark.parametrize("name", ["x" * 120, "典藏 a,b'c%20"])
def test_any_folder_will_do(var_dir: Path, name: str) -> None:
    folder = var_dir / name
    with postgres.start(folder) as server, connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        sockets = Place(folder).sockets
        assert sockets.parent == Path("/tmp")
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()
