"""The private folder of one judgement: where it lies, who holds it, and what killed ones have left.

It lies in shared memory, for speed. What is large lies on the disk, behind a link: it must not take
the memory that the forward needs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

STALE_SECONDS = 600.0
DISK = "disk"  # a link in the folder
# Bytes of one file, of which there are some six: half of the memory is left for the forward.
LARGE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 12
ALONE = 9 * LARGE  # and of the only large one


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder of this process, removed at the end."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_folder_in(roomy_folder()))
        disk = Path(tempfile.gettempdir())
        if folder.parent != disk:
            (folder / DISK).symlink_to(stack.enter_context(_folder_in(disk)))
        yield folder


@contextlib.contextmanager
def _folder_in(place: Path) -> Iterator[Path]:
    sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=f"plumbline-{os.getpid()}-", dir=place))
    lock = held(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def place_for(path: Path, size: int, alone: bool = False) -> Path:
    """Where a new file of the folder really lies; ``path`` leads there."""
    disk = path.parent / DISK
    roomy = size < (ALONE if alone else LARGE) and shutil.disk_usage(path.parent).free > size
    if roomy or not disk.exists():
        return path
    path.symlink_to(disk / path.name)
    return disk / path.name


def remove(path: Path) -> None:
    """Delete a file of the folder, and what of it lies on the disk; nothing that a link leads to elsewhere."""
    (path.parent / DISK / path.name).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def roomy_folder() -> Path:
    """Shared memory where there is room in it, else the ordinary temporary folder."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > 1 << 30
    return shared if roomy else Path(tempfile.gettempdir())


def sweep(place: Path) -> None:
    """Remove what earlier runs left that were killed before they could: old, and held by nobody."""
    for folder in place.glob("plumbline-*-*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > STALE_SECONDS:
                os.close(held(folder))
                shutil.rmtree(folder, ignore_errors=True)


def held(folder: Path) -> int:
    """A lock on a folder that lasts as long as the process; OSError where another has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle
