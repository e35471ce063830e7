"""One run at a time in a results folder, and no lock left behind by a run that was killed.

Snakemake's own locks are files. They stay when a run is killed, so that the next one refuses to
start, and the first of two runs that ends removes those of both. A lock of the operating system goes
with its process: whoever holds it knows that nobody else is alive in this folder, and that any locks
which Snakemake finds there are stale.
"""

import fcntl
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from snakemake.persistence import PersistenceBase

FILE = ".lock"
NEXT = "choose another folder: --config results_dir=OTHER"


def install(results: Path) -> None:
    """Wrap the lock that Snakemake takes before it runs jobs; a dry run takes none."""
    lock: Callable[[Any], AbstractContextManager[None]] = PersistenceBase.lock

    @contextmanager
    def exclusive(persistence: Any) -> Iterator[None]:
        with open_lock(results) as file:
            if take(file, results):
                forget_the_dead(Path(persistence.path, "locks"), results)
            with lock(persistence):
                yield

    PersistenceBase.lock = exclusive


def open_lock(results: Path) -> TextIO:
    """The file that says whose folder this is; it cannot be made where no result can be."""
    try:
        results.mkdir(parents=True, exist_ok=True)
        return (results / FILE).open("a+", encoding="utf-8")
    except OSError as error:
        sys.exit(
            f"results_dir: {str(results)!r} cannot be written: {error.strerror}\n"
            f"  next    make it writable, or {NEXT}"
        )


def take(file: TextIO, results: Path) -> bool:
    """Be the only run in this folder, or say which one is; True when the one before is dead.

    Where locks do not reach from one machine to another, only a run on this one is known to be dead.
    """
    file.seek(0)
    owner = file.read().strip()
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(
            f"another run is at work in {str(results)!r}: {owner}\n"
            f"  next    wait until it has ended, or {NEXT}"
        )
    except OSError:  # a file system without locks
        return False
    here = f"on {socket.gethostname()}"
    with suppress(OSError):  # on a full disk, jobs will say so
        file.truncate(0)
        file.write(f"process {os.getpid()} {here}\n")
        file.flush()
    return not owner or owner.endswith(here)


def forget_the_dead(locks: Path, results: Path) -> None:
    """Remove Snakemake's locks on files in this folder: their runs were killed."""
    for lock in locks.glob("*.lock"):
        with suppress(OSError):
            if any(line.startswith(f"{results}/") for line in lock.read_text().splitlines()):
                lock.unlink()
