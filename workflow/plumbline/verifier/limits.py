"""What a process can be told about limits, memory and orphans (Linux; elsewhere it is left out)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
LARGE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 32  # may be missed elsewhere


def prctl(option: int, value: int) -> None:
    """Ask the kernel; where there is no such call, nothing happens."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def tune_allocator() -> None:
    """Keep freed memory in the heap: giving it back costs a third of a large forward pass. What is
    so large that it may be missed elsewhere gets a mapping of its own, and is given back."""
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(M_MMAP_THRESHOLD, min(LARGE, 2**31 - 1))
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(M_TOP_PAD, 64 << 20)


def give_back_memory() -> None:
    """Return what is free in the heap to the machine, once, where nobody will soon ask for it again."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def machine_memory_mb() -> int:
    """Memory that this machine can still give, or a large number where nobody tells."""
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        found = next(line for line in lines if line.startswith("MemAvailable"))
        return int(found.split()[1]) // 1024
    return 1 << 20


def _pages_mb(pid: int | str, *, private: bool) -> int:
    """Private resident memory of a process, or the size of its data segment."""
    pages = [int(word) for word in Path(f"/proc/{pid}/statm").read_text().split()]
    count = pages[1] - pages[2] if private else pages[5]
    return count * os.sysconf("SC_PAGE_SIZE") >> 20


def used_mb(pid: int) -> int:
    """Private memory of another process; 0 where nobody tells."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return _pages_mb(pid, private=True)
    return 0


def limit_self(mem_mb: int) -> None:
    """No core files, and no more data than the limit allows, and as much again for what is no memory
    but counts: inputs that are mapped to be written to, and never are. The parent sees the rest."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError, IndexError):
        limit = (_pages_mb("self", private=False) + 2 * mem_mb + 512) << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def children_of(pid: int) -> set[int]:
    """Direct child processes."""
    found: set[int] = set()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.update(int(child) for child in path.read_text().split())
    return found


@contextlib.contextmanager
def no_strays() -> Iterator[None]:
    """Orphans of workers come to this process while the block runs, and are killed at its end."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    before = children_of(os.getpid())
    try:
        yield
    finally:
        for _ in range(50):  # a killed process hands its own children over
            strays = children_of(os.getpid()) - before
            if not strays:
                break
            for pid in strays:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
