"""What this machine has."""

import os
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def memory_mb() -> int:
    """Physical memory, or what a container or a batch job allows of it."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([total, *cgroup_limits(CGROUPS, OWN)]) // 2**20


def cgroup_limits(root: Path, own: Path) -> list[int]:
    """Limits of the cgroup that we are in, and of all above it, in bytes."""
    limits = []
    for line in [*_read(own).splitlines(), "0::/", ":memory:/"]:
        _, controllers, path = line.split(":", 2)
        group = PurePosixPath(path.lstrip("/"))
        for folder in (group, *group.parents):
            if controllers == "":  # version 2
                limits.append(_read(root / folder / "memory.max"))
            elif "memory" in controllers.split(","):
                limits.append(_read(root / "memory" / folder / "memory.limit_in_bytes"))
    return [int(text) for text in limits if text.isdigit()]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
