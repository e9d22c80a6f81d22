"""Starts the processes of the service, passes their output on, and stops every one of them.

A set stands and falls together: when one process ends by itself, or a signal asks for it, all are
stopped, the last started first. Nothing is left behind in any case:

- each process is a session of its own, so Ctrl-C reaches only the supervisor and a stop reaches
  the process with all its children;
- when the supervisor is killed outright, the system tells each process (Linux: PR_SET_PDEATHSIG);
- whatever survives even that is found by the next start, by pid and moment of start from the
  record file, and on Linux by a mark in the environment too, and is ended before anything starts;
- a lock on the folder, released by the system when the supervisor dies, keeps a second supervisor
  from taking the first one's processes for such left-overs.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

from collectibles.errors import Conflict
from collectibles.supervisor import locks, pids

MARK = "DIANCANG_SUPERVISED"  # environment variable that every process of a set carries
STOP_WITHIN_S = 15.0
_LINE_BYTES = 64 * 1024
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Runs before the program itself, in its process: asks the system for SIGTERM at the parent's death
# (1 is PR_SET_PDEATHSIG), then becomes the program. The parent may have died before the question.
_LEASH = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None, use_errno=True).prctl(1, 15, 0, 0, 0)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the supervisor is gone")
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    print(f"{sys.argv[2]}: {error.strerror}", flush=True)
    os._exit(127)
"""


@dataclass(frozen=True)
class Program:
    """A process to run: its name in the output, its arguments, what it adds to the environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ending:
    """Why a set ended: signal `code` asked for it (`name` is None), or the process `name` ended.

    Then `code` is its exit status, minus the number of the signal that ended it, or None where the
    process was not a child of ours.
    """

    name: str | None
    code: int | None

    @property
    def asked_for(self) -> bool:
        return self.name is None


class Processes:
    """A set of processes under one supervisor; `folder` keeps the lock and the record of what runs.

    A context: entering claims the folder and ends left-overs, leaving stops everything. Start
    processes from the main thread: the system counts that thread's death as the parent's.
    """

    def __init__(self, folder: Path, *, output: TextIO | None = None, cwd: Path | None = None):
        self._folder = folder.resolve()
        self._record = self._folder / "processes.json"
        self._mark = hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:24]
        self._output = output if output is not None else sys.stdout
        self._cwd = cwd
        self._claim = -1
        self._interruptible = False
        self._asked_to_stop = False
        self._writing = threading.Lock()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._attended: dict[str, tuple[int, str]] = {}
        self._forwarding: list[threading.Thread] = []
        self._events: queue.SimpleQueue[Ending] = queue.SimpleQueue()

    def __enter__(self) -> Processes:
        """Claims the folder; raises Conflict when another supervisor has it, or Unavailable."""
        self._claim = locks.open_lock(self._folder / "supervisor.lock")
        if not locks.take(self._claim):
            holder = os.read(self._claim, 40).decode("ascii", "replace").strip() or "?"
            os.close(self._claim)
            raise Conflict(
                "already_running",
                f"{self._folder} 上已有一个服务在运行（进程 {holder}）。"
                "请先停止它，或另选 VAR_DIR。",
                f"A service is already running on {self._folder} (process {holder}). Stop it "
                "first, or choose another VAR_DIR.",
            )
        os.ftruncate(self._claim, 0)
        os.write(self._claim, f"{os.getpid()}\n".encode())
        self._end_leftovers()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            os.close(self._claim)

    def _end_leftovers(self, within_s: float = 5.0) -> None:
        try:
            recorded = json.loads(self._record.read_text(encoding="utf-8"))
            known = {int(entry["pid"]): str(entry["identity"]) for entry in recorded}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            known = {}
        found = {pid for pid, which in known.items() if pids.identity(pid) == which}
        found.update(pids.carrying(MARK, self._mark))
        left = pids.end(found, (signal.SIGTERM, within_s), (signal.SIGKILL, within_s))
        # What those had started in the meantime.
        left += pids.end(pids.carrying(MARK, self._mark), (signal.SIGKILL, within_s))
        if left:
            raise Conflict(
                "leftovers",
                f"上次运行留下的进程 {left} 无法结束，请结束它们后重试。",
                f"Processes left by an earlier run {left} cannot be ended; end them and try again.",
            )
        if found:
            self.say(
                "service", f"已结束上次留下的进程 / ended left-over processes: {sorted(found)}"
            )
        self._record.unlink(missing_ok=True)

    def start(self, program: Program) -> int:
        """Starts one process, without waiting for it to be ready; returns its pid.

        A program that cannot be started at all ends at once with a line in the output.
        """
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LEASH, str(os.getpid()), *program.argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.env, MARK: self._mark},
            start_new_session=True,
        )
        self._running[program.name] = process
        self._write_record()
        assert process.stdout is not None
        for work, argument in ((self._forward, process.stdout), (self._watch, process)):
            thread = threading.Thread(target=work, args=(program.name, argument), daemon=True)
            thread.start()
            self._forwarding.append(thread)
        return process.pid

    def asked_to_stop(self) -> bool:
        """Whether a signal has asked for the end."""
        return self._asked_to_stop

    def attend(self, name: str, pid: int) -> None:
        """Counts the end of `pid`, a process started elsewhere, as the end of the set too."""
        self._attended[name] = (pid, pids.identity(pid) or "")

    def say(self, name: str, line: str) -> None:
        """Writes one line in the way the processes' own lines are written."""
        with self._writing:
            try:
                self._output.write(f"{name:<8} │ {line}\n")
                self._output.flush()
            except (BrokenPipeError, ValueError):  # nobody reads on; the service goes on
                return

    @contextmanager
    def listening(self) -> Iterator[None]:
        """SIGINT, SIGTERM and SIGHUP ask for the end of the set; a second one kills it."""

        def on_signal(number: int, _frame: object) -> None:
            again, self._asked_to_stop = self._asked_to_stop, True
            if again:
                self._signal_groups(signal.SIGKILL)
            self._events.put(Ending(None, number))
            if self._interruptible:
                self._interruptible = False
                raise KeyboardInterrupt

        before = {number: signal.getsignal(number) for number in _STOP_SIGNALS}
        for number, was in before.items():
            if number != signal.SIGHUP or was is not signal.SIG_IGN:  # nohup stays in force
                signal.signal(number, on_signal)
        try:
            yield
        finally:
            for number, was in before.items():
                signal.signal(number, was)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """While listening: inside, a signal (also one heard before) raises KeyboardInterrupt.

        Only for work that may be broken off anywhere.
        """
        self._interruptible = True
        if self._asked_to_stop:
            raise KeyboardInterrupt
        try:
            yield
        finally:
            self._interruptible = False

    def wait(self, for_s: float | None = None) -> Ending | None:
        """Waits for the first ending, at most `for_s` seconds (None: for ever)."""
        deadline = None if for_s is None else time.monotonic() + for_s
        while deadline is None or time.monotonic() < deadline:
            try:  # in short turns, so that signals are handled everywhere
                left = 0.5 if deadline is None else max(0.0, min(0.5, deadline - time.monotonic()))
                return self._events.get(timeout=left)
            except queue.Empty:
                for name, (pid, which) in self._attended.items():
                    if pids.identity(pid) != which:
                        return Ending(name, None)
        return None

    def wait_until(self, ready: Callable[[], bool], for_s: float) -> Ending | bool | None:
        """True once `ready()`; an Ending if the set ended before; None when the time is over."""
        deadline = time.monotonic() + for_s
        while time.monotonic() < deadline:
            if ready():
                return True
            ending = self.wait(0.05)
            if ending is not None:
                return ending
        return None

    def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """Stops all, the last started first, each with its children; kills what does not stop."""
        deadline = time.monotonic() + within_s
        for process in reversed(self._running.values()):
            self._signal_group(process, signal.SIGTERM)
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        self._signal_groups(signal.SIGKILL)
        for process in self._running.values():
            process.wait()
        pids.end(pids.carrying(MARK, self._mark), (signal.SIGKILL, 5.0))  # what outlived its parent
        for thread in self._forwarding:
            thread.join(2.0)
        self._running.clear()
        self._attended.clear()
        self._forwarding.clear()
        self._record.unlink(missing_ok=True)

    def _signal_groups(self, sign: signal.Signals) -> None:
        for process in list(self._running.values()):
            self._signal_group(process, sign)

    @staticmethod
    def _signal_group(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
        if process.poll() is None:
            os.killpg(process.pid, sign)

    def _write_record(self) -> None:
        entries = [
            {"name": name, "pid": process.pid, "identity": pids.identity(process.pid) or ""}
            for name, process in self._running.items()
        ]
        self._record.parent.mkdir(parents=True, exist_ok=True)
        aside = self._record.with_suffix(".new")
        aside.write_text(json.dumps(entries), encoding="utf-8")
        aside.replace(self._record)

    def _forward(self, name: str, stream: BinaryIO) -> None:
        with stream:
            while line := stream.readline(_LINE_BYTES):
                self.say(name, line.decode("utf-8", "replace").rstrip("\r\n"))

    def _watch(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self._events.put(Ending(name, process.wait()))
