"""Room in memory: a model that does not fit is refused at once, with what it needs and what there is."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import select
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from torch import nn

from .dataless import unfilled
from .errors import Refusal

ALLOCATION = re.compile(r"tried to allocate (\d+) bytes")
PATIENCE = 30  # seconds for making a model without values
RESERVE_MB = 256  # for everything else that runs here
CGROUP = Path("/sys/fs/cgroup")


@contextlib.contextmanager
def within_memory() -> Iterator[None]:
    """Let an allocation fail that the machine cannot fulfil. Without a limit the kernel promises more than there is,
    and kills the process later, without a word."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = used_mb() + max(available_mb() - RESERVE_MB, 0)
    resource.setrlimit(resource.RLIMIT_DATA, (limit * 2**20, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def available_mb() -> int:
    """What this machine, or the container, has left."""
    sizes = _table(Path("/proc/meminfo"))
    free = sizes["MemAvailable"] // 2**10
    limit, used = _number(CGROUP / "memory.max"), _number(CGROUP / "memory.current")
    return min(free, (limit - used) // 2**20) if limit and used else free


def used_mb() -> int:
    """The data of this process, as its limit counts it."""
    return _table(Path("/proc/self/status"))["VmData"] // 2**10


def _table(path: Path) -> dict[str, int]:
    lines = (line.partition(":") for line in path.read_text("ascii", "replace").splitlines())
    found = ((name, value.split()) for name, _, value in lines)
    return {name: int(value[0]) for name, value in found if value and value[0].isdigit()}


def _number(path: Path) -> int:
    try:
        text = path.read_text("ascii").strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def check_room(doing: str, where: str, make: Callable[[], nn.Module]) -> None:
    """Refuse a model whose weights alone are more than there is, before any of them is made."""
    needed, available = weights_mb(make), available_mb()
    if needed > available:
        raise _refusal(doing, where, available, f"about {needed} MB for the weights alone")


def too_large(doing: str, where: str, wanted: int) -> Refusal:
    """The refusal of a model that asked for more memory than there was."""
    tensor = f"one more tensor of {wanted // 2**20} MB" if wanted >= 2**20 else "more than that"
    return _refusal(doing, where, available_mb(), tensor)


def _refusal(doing: str, where: str, available: int, needed: str) -> Refusal:
    return Refusal(
        f"{doing} does not fit in memory", where, f"at most {available} MB, which this machine has available",
        needed, "run it on a larger machine, or give the model smaller sizes",
    )  # fmt: skip


def weights_mb(make: Callable[[], nn.Module]) -> int:
    """What the model's weights will take. 0 where that cannot be told.

    The model is made without values, in a child process: the author's code may keep tensors in globals.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.write(writer, str(_bytes_of(make)).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as answer:
        ready, _, _ = select.select([answer], [], [], PATIENCE)
        text = answer.read(32) if ready else b""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return int(text or 0) // 2**20


def _bytes_of(make: Callable[[], nn.Module]) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what it prints is printed by the model itself
    os.dup2(1, 2)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(
        resource.RLIMIT_DATA, (hard, hard)
    )  # memory that is only promised counts as well
    with unfilled():
        model = make()
    tensors = [*model.parameters(), *model.buffers()]
    return sum(int(tensor.numel()) * int(tensor.element_size()) for tensor in tensors)
