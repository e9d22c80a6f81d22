"""The set of processes: it stands and falls together, and nothing of it is ever left behind."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from collectibles.errors import Conflict
from collectibles.supervisor import pids
from collectibles.supervisor.processes import Ending, Processes, Program

ROOT = Path(__file__).resolve().parents[2]
SLEEP = [sys.executable, "-c", "import time; print('up'); time.sleep(600)"]
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print("child", child.pid, flush=True)
child.wait()
"""
SUPERVISOR = """
import sys
from pathlib import Path
from collectibles.supervisor.processes import Processes, Program
processes = Processes(Path(sys.argv[1]))
with processes.listening(), processes:
    for number, code in enumerate(sys.argv[2:]):
        program = Program(f"p{number}", [sys.executable, "-c", code])
        print("started", processes.start(program), flush=True)
    print("ready", flush=True)
    ending = processes.wait()
    print("ending", ending.name, ending.code, flush=True)
"""


def until(true: Callable[[], object], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False


def number_after(word: str, text: str) -> int:
    return int(text.split(word)[1].split()[0])


def supervisor(folder: Path, *codes: str) -> tuple[subprocess.Popen[str], list[int]]:
    """A supervisor in its own process, once it runs; and the pids of what it started."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(folder), *codes],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    started = []
    while (line := process.stdout.readline()) != "ready\n":
        assert line, "the supervisor ended before it was ready"
        if line.startswith("started"):
            started.append(int(line.split()[1]))
    return process, started


def test_output_bears_the_name_and_the_environment_arrives(tmp_path: Path) -> None:
    output = io.StringIO()
    code = "import os; print(os.environ['COLOUR']); print('残 line', flush=True)"
    with Processes(tmp_path, output=output) as processes:
        processes.start(Program("one", [sys.executable, "-c", code], {"COLOUR": "青"}))
        assert processes.wait(20.0) == Ending("one", 0)
    assert output.getvalue() == "one      │ 青\none      │ 残 line\n"


def test_the_first_to_end_is_named_and_the_others_are_stopped(tmp_path: Path) -> None:
    with Processes(tmp_path, output=io.StringIO()) as processes:
        steady = processes.start(Program("steady", SLEEP))
        processes.start(Program("brief", [sys.executable, "-c", "raise SystemExit(3)"]))
        ending = processes.wait(20.0)
        assert ending == Ending("brief", 3)
        assert ending is not None
        assert not ending.asked_for
        assert pids.identity(steady) is not None
    assert pids.identity(steady) is None
    assert not (tmp_path / "processes.json").exists()


def test_a_process_from_elsewhere_that_is_attended_counts_too(tmp_path: Path) -> None:
    guest = subprocess.Popen(["/bin/sleep", "600"])
    with Processes(tmp_path, output=io.StringIO()) as processes:
        processes.attend("guest", guest.pid)
        assert processes.wait(0.7) is None
        guest.kill()
        assert processes.wait(20.0) == Ending("guest", None)
    guest.wait()


def test_a_program_that_is_not_there_ends_with_a_line(tmp_path: Path) -> None:
    output = io.StringIO()
    with Processes(tmp_path, output=output) as processes:
        processes.start(Program("ghost", ["/nonexistent/program"]))
        assert processes.wait(20.0) == Ending("ghost", 127)
    assert "/nonexistent/program: No such file" in output.getvalue()


def test_stop_ends_the_last_started_first(tmp_path: Path) -> None:
    note = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    open(sys.argv[1], 'a').write(sys.argv[2])\n"
        "    raise SystemExit\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(600)"
    )
    output = io.StringIO()
    with Processes(tmp_path, output=output) as processes:
        for name in "abc":
            processes.start(Program(name, [sys.executable, "-c", code, str(note), name]))
        assert until(lambda: output.getvalue().count("up") == 3)
    assert note.read_text() == "cba"


def test_stop_ends_the_deaf_and_their_children_in_time(tmp_path: Path) -> None:
    output = io.StringIO()
    with Processes(tmp_path, output=output) as processes:
        parent = processes.start(Program("parent", [sys.executable, "-c", PARENT, DEAF]))
        alone = processes.start(Program("alone", [sys.executable, "-c", DEAF]))
        assert until(lambda: output.getvalue().count("deaf") == 2)
        child = number_after("child", output.getvalue())
        before = time.monotonic()
        processes.stop(within_s=1.0)
        assert time.monotonic() - before < 10.0
    assert [pids.identity(pid) for pid in (parent, alone, child)] == [None, None, None]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_set(tmp_path: Path, sign: signal.Signals) -> None:
    process, started = supervisor(tmp_path, "import time; time.sleep(600)", DEAF)
    process.send_signal(sign)
    time.sleep(0.3)
    process.send_signal(sign)  # a second one does not wait for the deaf
    before = time.monotonic()
    output, _ = process.communicate(timeout=60)
    assert time.monotonic() - before < 10.0
    assert process.returncode == 0
    assert f"ending None {int(sign)}" in output
    assert [pids.identity(pid) for pid in started] == [None, None]


def test_processes_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    process, started = supervisor(tmp_path, "import time; time.sleep(600)")
    process.kill()
    process.communicate(timeout=60)
    assert until(lambda: pids.identity(started[0]) is None)


def test_what_survives_a_killed_supervisor_is_ended_by_the_next(tmp_path: Path) -> None:
    code = f"import sys; sys.argv[1] = {DEAF!r}\n{PARENT}".replace("sys.argv[1] =", "DEAF =")
    process, started = supervisor(tmp_path, DEAF, code.replace("sys.argv[1]]", "DEAF]"))
    assert process.stdout is not None
    said = ""
    while "child" not in said or said.count("deaf") < 2:
        said += process.stdout.readline()
    child = number_after("child", said)
    process.kill()
    process.communicate(timeout=60)
    assert until(lambda: pids.identity(started[1]) is None)
    assert pids.identity(started[0]) is not None
    assert pids.identity(child) is not None
    output = io.StringIO()
    with Processes(tmp_path, output=output):
        assert pids.identity(started[0]) is None
        assert pids.identity(child) is None
    assert str(started[0]) in output.getvalue()


def test_a_recorded_number_that_is_somebody_elses_now_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["/bin/sleep", "600"])
    record = [{"name": "web", "pid": bystander.pid, "identity": "an earlier boot:1"}]
    (tmp_path / "processes.json").write_text(json.dumps(record))
    with Processes(tmp_path, output=io.StringIO()):
        assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"pid": "x", "identity": 1}]', "null"])
def test_a_torn_record_stops_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "processes.json").write_text(content)
    with Processes(tmp_path, output=io.StringIO()) as processes:
        processes.start(Program("brief", [sys.executable, "-c", ""]))
        assert processes.wait(20.0) == Ending("brief", 0)


def test_a_second_supervisor_is_refused_and_harms_nobody(tmp_path: Path) -> None:
    with Processes(tmp_path, output=io.StringIO()) as processes:
        running = processes.start(Program("steady", SLEEP))
        with pytest.raises(Conflict) as refused, Processes(tmp_path):
            pytest.fail("a second supervisor came in")
        assert str(os.getpid()) in refused.value.en
        assert pids.identity(running) is not None
