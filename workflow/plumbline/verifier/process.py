"""Worker processes: forked, limited, driven by JSON lines, and gone when the step ends.

The parent never runs a tensor operation, so it may fork at any time (forking after an operation
on several threads hangs). Workers answer requests with one JSON line each; what they print goes to
a pipe that is read and cut off, so a flood can neither block nor fill anything.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from json import dumps, loads  # by name: an original may patch the module
from pathlib import Path
from typing import Any, NoReturn

from .limits import (
    PR_SET_PDEATHSIG,
    limit_self,
    machine_memory_mb,
    prctl,
    tune_allocator,
    used_mb,
)

Json = dict[str, Any]
Handler = Callable[[Json], Json]
KEPT_OUTPUT = 500
POLL_SECONDS = 0.05


class Ending:
    """Whether this process was told to end. An exception that a signal raises can be lost, inside of a
    collection of garbage for example; who waits for a worker asks here."""

    asked = False

    @classmethod
    def now(cls, *_: object) -> NoReturn:
        """The handler of the signal."""
        cls.asked = True
        sys.exit(143)


class WorkerFailed(Exception):
    """A worker raised, died, or went over a limit. ``kind`` is raised, died, time or memory."""

    def __init__(self, kind: str, message: str, where: str = "", output: bytes = b"") -> None:
        super().__init__(message)
        self.kind, self.message, self.where = kind, message, where
        self.side = "refactored"
        self.output = output.decode("utf-8", "replace").strip()


class Worker:
    """One forked process that answers requests until it is stopped."""

    def __init__(self, make: Callable[[], Handler], deadline: float, mem_mb: int | None) -> None:
        self.deadline, self.mem_mb = deadline, mem_mb or int(machine_memory_mb() * 0.95)
        self.started = time.monotonic()
        self.output = self.buffer = b""
        self.status = 0
        request_read, self.requests = os.pipe()
        self.replies, reply_write = os.pipe()
        self.printed, print_write = os.pipe()
        own, theirs = self._ends(), (request_read, reply_write, print_write)
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _close(own)
            _become_worker(parent, theirs, self.mem_mb, make)
        _close(theirs)

    def _ends(self) -> tuple[int, int, int]:
        return self.requests, self.replies, self.printed

    def ask(self, request: Json) -> Json:
        """Send one request and wait for its reply, within the limits."""
        try:
            _write(self.requests, request)
        except OSError as error:
            raise self._died() from error
        while b"\n" not in self.buffer:
            self._pump()
        line, self.buffer = self.buffer.split(b"\n", 1)
        reply: Json = loads(line)
        if "raised" in reply:
            raise WorkerFailed("raised", reply["raised"], reply["where"], self.output)
        return reply

    def _pump(self) -> None:
        if Ending.asked:
            Ending.now()
        ready, _, _ = select.select([self.replies, self.printed], [], [], POLL_SECONDS)
        if self.printed in ready:
            self.output = (self.output + os.read(self.printed, 65536))[-KEPT_OUTPUT:]
        if self.replies in ready:
            chunk = os.read(self.replies, 1 << 20)
            if not chunk:
                raise self._died()
            self.buffer += chunk
        if time.monotonic() > self.deadline:
            self.stop()
            allowed = self.deadline - self.started
            message = f"went over the time limit ({allowed:.0f} s were left for it)"
            raise WorkerFailed("time", message, output=self.output)
        if len(ready) < 2 and (used := used_mb(self.pid)) > self.mem_mb:
            self.stop()
            message = f"used {used} MB; the limit is {self.mem_mb} MB"
            raise WorkerFailed("memory", message, output=self.output)

    def _died(self) -> WorkerFailed:
        self.stop()
        if os.WIFSIGNALED(self.status):
            number = os.WTERMSIG(self.status)
            message = f"was killed by signal {number} ({signal.strsignal(number)})"
        else:
            message = f"ended by itself with exit code {os.waitstatus_to_exitcode(self.status)}"
        return WorkerFailed("died", message, output=self.output)

    def stop(self) -> None:
        """Kill the worker and its process group, and wait for it. May be called again."""
        if self.pid <= 0:
            return
        pid, self.pid = self.pid, 0
        done = False
        for _ in range(3):  # one that has just closed its pipes by dying keeps its exit status
            done, self.status = _collect(pid)
            if done:
                break
            time.sleep(0.002)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        if not done:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            _, self.status = os.waitpid(pid, 0)
        _close(self._ends())

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _collect(pid: int) -> tuple[bool, int]:
    done, status = os.waitpid(pid, os.WNOHANG)
    return bool(done), status


def _close(ends: tuple[int, ...]) -> None:
    for end in ends:
        os.close(end)


def _write(end: int, message: Json) -> None:
    data = dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(end, data) :]


def _become_worker(
    parent: int, ends: tuple[int, int, int], mem_mb: int, make: Callable[[], Handler]
) -> None:
    """Set up the forked process and serve; never returns."""
    requests, replies, printed = ends
    try:
        os.setsid()
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        for end, number in ((os.open(os.devnull, os.O_RDONLY), 0), (printed, 1), (printed, 2)):
            os.dup2(end, number)
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        sys.argv = ["worker"]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        limit_self(mem_mb)
        gc.freeze()
        tune_allocator()
        _serve(make, os.fdopen(requests, "rb"), replies)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _serve(make: Callable[[], Handler], requests: Any, replies: int) -> None:
    handler: Handler | None = None
    for line in requests:
        try:
            handler = handler or make()
            answer = handler(loads(line))
        except BaseException as error:  # whatever judged code raises is reported, never passed on
            answer = {"raised": describe(error), "where": location(error)}
        sys.stdout.flush()
        _write(replies, answer)


def describe(error: BaseException) -> str:
    """Type and first lines of an exception."""
    try:
        text = str(error)
    except BaseException:
        text = "(its message cannot be printed)"
    return f"{type(error).__name__}: {text}"[:600]


def location(error: BaseException) -> str:
    """The deepest line of judged code in a traceback, which is where its author should look."""
    frames = traceback.extract_tb(error.__traceback__)
    own, library = str(Path(__file__).parent), str(Path(os.__file__).parent)
    torch_home = os.sep + "torch" + os.sep
    judged = [f for f in frames if not f.filename.startswith((own, library, "<frozen"))
              and torch_home not in f.filename]  # fmt: skip
    return f"{Path(judged[-1].filename).name}:{judged[-1].lineno}" if judged else ""
