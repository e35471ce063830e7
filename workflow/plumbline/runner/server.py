"""The warm process: torch imported, no operation run, one fork for each job.

    python server.py LISTENING_FD ADDRESS

An address that ends in `.light` asks for a server without torch: it is there at once, and forking
it costs a third. The jobs that need no tensors use it.

Clients send a command with their output files; a forked child calls `main(argv)` of that script in
workflow/scripts, and its exit code goes back. A client that disappears takes its job with it, and a
server that disappears takes its jobs with it. The server ends when it is told to and has nothing to
do, or after a short time without work.

It must never run a tensor operation itself: a process that has used torch's threads cannot fork.
"""

import contextlib
import ctypes
import functools
import gc
import importlib
import os
import pkgutil
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

WORKFLOW = Path(__file__).resolve().parents[2]
SCRIPTS = WORKFLOW / "scripts"
IDLE_SECONDS = 20.0
STOP = "stop"  # in place of a script: end as soon as nothing is running
Main = Callable[[Sequence[str]], int]


@dataclass(frozen=True)
class Request:
    """What a client asks for, and the two files that take the job's output."""

    directory: str
    environment: dict[str, str]
    command: list[str]
    files: list[int]


class Server:
    """Accepts requests, forks jobs and reaps them, all in one thread (threads do not fork well)."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.jobs: dict[int, socket.socket] = {}  # process id -> the client that waits for it
        self.stopping = False
        self.wakeup, self._wakeup_end = os.pipe()
        for end in (self.wakeup, self._wakeup_end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wakeup_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to be woken up

    def serve(self) -> None:
        last_work = time.monotonic()
        while self.jobs or not (self.stopping or time.monotonic() - last_work > IDLE_SECONDS):
            watched: list[socket.socket | int] = [self.listener, self.wakeup, *self.jobs.values()]
            ready, _, _ = select.select(watched, [], [], 1.0)
            if self.wakeup in ready:
                os.read(self.wakeup, 4096)
            self.reap()
            for pid, client in list(self.jobs.items()):
                if client in ready:  # it has hung up, or was killed
                    end_group(pid)
            if self.listener in ready:
                self.accept()
            if ready:
                last_work = time.monotonic()

    def accept(self) -> None:
        client, _ = self.listener.accept()
        client.settimeout(10)
        try:
            request = receive(client)
        except (OSError, ValueError):
            client.close()
            return
        if request.command == [STOP]:
            self.stopping = True
            client.close()
        elif has_left(client):
            client.close()
        else:
            self.start(client, request)
        for file in request.files:
            os.close(file)

    def start(self, client: socket.socket, request: Request) -> None:
        script = find_script(request.command[0])
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            self.listener.close()
            run_job(request, script)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)  # here as well as in the child: whoever comes first
        self.jobs[pid] = client

    def reap(self) -> None:
        while self.jobs:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            end_group(pid)  # whatever the job has left behind
            code = os.waitstatus_to_exitcode(status)
            client = self.jobs.pop(pid)
            with contextlib.suppress(OSError):  # the client has gone: nobody wants to know
                client.sendall(b"%d" % (code if code >= 0 else 128 - code))
            client.close()


def receive(client: socket.socket) -> Request:
    header, files, _, _ = socket.recv_fds(client, 10, 2)
    length = int(header)
    body = b""
    while len(body) < length:
        chunk = client.recv(length - len(body))
        if not chunk:
            raise OSError("the client left in the middle of its request")
        body += chunk
    directory, count, *fields = (os.fsdecode(field) for field in body.split(b"\0"))
    pairs = (field.partition("=") for field in fields[: int(count)])
    environment = {name: value for name, _, value in pairs}
    return Request(directory, environment, fields[int(count) :], list(files))


def has_left(client: socket.socket) -> bool:
    """A client may have been killed while its request was waiting here."""
    readable, _, _ = select.select([client], [], [], 0)
    return bool(readable)  # clients send nothing more, so this is the end of the file


def end_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def run_job(request: Request, script: Main) -> NoReturn:
    """Become the job, in the forked child: the client's files, directory and environment."""
    code = 1
    try:
        os.setpgid(0, 0)
        die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for target, file in enumerate(request.files, start=1):
            os.dup2(file, target)
            os.close(file)
        os.chdir(request.directory)
        os.environ.clear()
        os.environ.update(request.environment)
        name, *argv = request.command
        sys.argv = [str(SCRIPTS / name), *argv]
        code = int(script(argv) or 0)
    except SystemExit as exit_:
        code = exit_code(exit_)
    except BaseException:  # the last frame of a process: everything has to end here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def exit_code(exit_: SystemExit) -> int:
    """As the interpreter would: None is 0, a message is printed and means 1."""
    if exit_.code is None or isinstance(exit_.code, int):
        return int(exit_.code or 0)
    print(exit_.code, file=sys.stderr)
    return 1


def die_with_parent() -> None:
    """End this job when the server is killed, so that a client may safely start it again."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def keep_freed_memory() -> None:
    """Let glibc keep freed memory: page faults are a third of a convolution network's forward.

    Not what is very large: holes of that size in the heap would be missed.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        m_mmap_threshold, m_trim_threshold, m_top_pad = -3, -1, -2
        large = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 32
        mallopt(m_mmap_threshold, min(large, 2**31 - 1))
        mallopt(m_trim_threshold, 2**31 - 1)
        mallopt(m_top_pad, 64 * 2**20)


@functools.cache
def find_script(name: str) -> Main:
    """The main function of a script, imported here, in the parent, so that no job has to do it."""
    try:
        script: Main = importlib.import_module(name.removesuffix(".py")).main
    except Exception:
        reason = traceback.format_exc()

        def script(_: Sequence[str]) -> int:
            print(reason, file=sys.stderr)
            return 1

    return script


def import_rooms() -> None:
    """Torch, and whatever the jobs import late."""
    import torch  # noqa: F401  (the reason for this process)

    for room in ("plumbline.decomposer", "plumbline.verifier"):
        path = WORKFLOW.joinpath(*room.split("."))
        for module in pkgutil.iter_modules([str(path)], prefix=f"{room}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def main() -> int:
    listening_fd, address = int(sys.argv[1]), sys.argv[2]
    identity = os.stat(address).st_ino
    listener = socket.socket(fileno=listening_fd)
    sys.path[0] = str(SCRIPTS)  # as for a script that is run by itself
    sys.path.insert(1, str(WORKFLOW))
    if not address.endswith(".light"):
        keep_freed_memory()
        import_rooms()
    gc.collect()
    gc.freeze()  # no child's collection touches, and so copies, the pages of these objects
    Server(listener).serve()
    log = Path(f"{address}.log")
    if os.path.exists(address) and os.stat(address).st_ino == identity:
        os.unlink(address)  # and not that of a server which has taken our place
        if log.stat().st_size == 0:
            log.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
