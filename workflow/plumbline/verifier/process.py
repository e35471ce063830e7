"""Worker processes: forked, limited, driven by JSON lines, and gone when the step ends.

The parent never runs a tensor operation, so it may fork at any time (forking after an operation
on several threads hangs). Workers answer requests with one JSON line each; what they print goes to
a pipe that is read and cut off, so a flood can neither block nor fill anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from json import dumps, loads  # by name: an original may patch the module
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Handler = Callable[[Json], Json]
KEPT_OUTPUT = 4000
POLL_SECONDS = 0.05
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


class WorkerFailed(Exception):
    """A worker raised, died, or went over a limit. ``kind`` is raised, died, time or memory."""

    def __init__(self, kind: str, message: str, where: str = "", output: str = "") -> None:
        super().__init__(message)
        self.kind, self.message, self.where, self.output = kind, message, where, output


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def tune_allocator() -> None:
    """Keep freed memory in the heap: giving it back costs a third of a large forward pass."""
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(-4, 0)
        mallopt(-1, 2**31 - 1)
        mallopt(-2, 64 << 20)


def machine_memory_mb() -> int:
    """Memory that this machine can still give, or a large number where nobody tells."""
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        return (
            int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) // 1024
        )
    return 1 << 20


def children_of(pid: int) -> set[int]:
    """Direct child processes of ``pid`` (Linux; elsewhere none are found)."""
    found: set[int] = set()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(int(child) for child in path.read_text().split())
    return found


@contextlib.contextmanager
def no_strays() -> Iterator[None]:
    """Orphans of workers come to this process while the block runs, and are killed at its end."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    before = children_of(os.getpid())
    try:
        yield
    finally:
        for _ in range(50):
            strays = children_of(os.getpid()) - before
            if not strays:
                break
            for pid in strays:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(OSError):
                    os.waitpid(pid, 0)


class Worker:
    """One forked process that answers requests until it is stopped."""

    def __init__(
        self, make_handler: Callable[[], Handler], deadline: float, mem_mb: int | None
    ) -> None:
        self.deadline = deadline
        self.mem_mb = mem_mb or int(machine_memory_mb() * 0.95)
        self.output = b""
        request_read, self.requests = os.pipe()
        self.replies, reply_write = os.pipe()
        self.printed, print_write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            for fd in (self.requests, self.replies, self.printed):
                os.close(fd)
            _become_worker(
                parent, request_read, reply_write, print_write, self.mem_mb, make_handler
            )
        for fd in (request_read, reply_write, print_write):
            os.close(fd)
        self.buffer = b""

    def ask(self, request: Json) -> Json:
        """Send one request and wait for its reply, within the limits."""
        try:
            os.write(self.requests, dumps(request).encode() + b"\n") if len(
                line := dumps(request).encode()
            ) < 60000 else self._write_all(line + b"\n")
        except OSError as error:
            raise self._died() from error
        while b"\n" not in self.buffer:
            self._pump()
        line, self.buffer = self.buffer.split(b"\n", 1)
        reply: Json = loads(line)
        if "raised" in reply:
            raise WorkerFailed("raised", reply["raised"], reply["where"], self._tail())
        return reply

    def _write_all(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.requests, data) :]

    def _pump(self) -> None:
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
            raise WorkerFailed("time", "went over the time limit", output=self._tail())
        if not ready or len(ready) < 2:
            self._check_memory()

    def _check_memory(self) -> None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()
            used = (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE") >> 20
            if used > self.mem_mb:
                self.stop()
                message = f"used {used} MB; the limit is {self.mem_mb} MB"
                raise WorkerFailed("memory", message, output=self._tail())

    def _tail(self) -> str:
        return self.output.decode("utf-8", "replace")[-500:]

    def _died(self) -> WorkerFailed:
        self.stop()
        status = self.status
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return WorkerFailed(
                "died", f"was killed by signal {number} ({signal.strsignal(number)})"
            )
        code = os.waitstatus_to_exitcode(status)
        return WorkerFailed("died", f"ended by itself with exit code {code}", output=self._tail())

    def stop(self) -> None:
        """Kill the worker and its process group, and wait for it. May be called again."""
        if self.pid <= 0:
            return
        pid, self.pid = self.pid, 0
        done, self.status = _wait_briefly(pid)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        if not done:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            _, self.status = os.waitpid(pid, 0)
        for fd in (self.requests, self.replies, self.printed):
            os.close(fd)

    status = 0

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _wait_briefly(pid: int) -> tuple[bool, int]:
    """Collect a process that has just closed its pipes by dying; a living one is left alone."""
    for _ in range(3):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return True, status
        time.sleep(0.002)
    return False, 0


def _become_worker(
    parent: int,
    requests: int,
    replies: int,
    printed: int,
    mem_mb: int,
    make_handler: Callable[[], Handler],
) -> None:
    """Set up the forked process and serve; never returns."""
    code = 1
    try:
        os.setsid()
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        sys.argv = ["worker"]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = (_data_mb() + mem_mb + 512) << 20
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        gc.freeze()
        tune_allocator()
        _serve(make_handler, os.fdopen(requests, "rb"), replies)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _data_mb() -> int:
    with contextlib.suppress(OSError, IndexError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        return pages * os.sysconf("SC_PAGE_SIZE") >> 20
    return 4096


def _serve(make_handler: Callable[[], Handler], requests: Any, replies: int) -> None:
    handler: Handler | None = None
    for line in requests:
        try:
            handler = handler or make_handler()
            answer = handler(loads(line))
        except BaseException as error:  # whatever judged code raises is reported, never passed on
            answer = {"raised": describe(error), "where": location(error)}
        sys.stdout.flush()
        data = dumps(answer).encode() + b"\n"
        while data:
            data = data[os.write(replies, data) :]


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
    own, torch_home = str(Path(__file__).parent), os.sep + "torch" + os.sep
    judged = [f for f in frames if not f.filename.startswith(own) and torch_home not in f.filename]
    return f"{Path(judged[-1].filename).name}:{judged[-1].lineno}" if judged else ""
