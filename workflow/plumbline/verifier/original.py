"""The original in its workers: run alone, and asked again for large inputs while the other side runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from .process import Handler, Json, Worker, WorkerFailed
from .reference import Reference
from .scratch import DISK, remove
from .settings import Settings

MakeWorker = Callable[[Callable[[], Handler]], Worker]


class Original:
    """Runs the original of one step. What its workers fail with is marked as the original's."""

    def __init__(
        self, settings: Settings, text: str, folder: Path, make: MakeWorker,
        stack: contextlib.ExitStack,
    ) -> None:  # fmt: skip
        self.settings, self.text, self.folder = settings, text, folder
        self.make, self.stack = make, stack
        self.careful = False  # after a first one has died
        self.trials: list[Json] = []
        self.maker: Worker | None = None  # of large inputs, from the first that are asked for
        self.provided = -1  # the trial whose large inputs are there

    def worker(self) -> Worker:
        """A process of the original."""
        settings, text, folder, careful = self.settings, self.text, self.folder, self.careful
        return self.make(lambda: Reference(settings, text, folder, careful))

    def run(self, recalled: Json | None) -> Json:
        """Every trial; a worker that dies is asked again, with tamer inputs."""
        try:
            with marked(), self.worker() as worker:
                reference = worker.ask({"recalled": recalled})
        except WorkerFailed as error:
            if error.kind != "died" or self.careful:
                raise
            for path in self.folder.iterdir():
                if path.name != DISK:
                    remove(path)
            self.careful = True
            return self.run(recalled)
        self.trials = reference["trials"]
        return reference

    def provide(self, index: int) -> None:
        """Large inputs are made again, those of one trial at a time; all others lie in their files."""
        trial = self.trials[index]
        if not trial["drawn"] or self.provided == index:
            return
        for other in self.trials:
            remove(self.folder / f"{other['file']}.in")
        with marked():
            if self.maker is None:
                self.maker = self.stack.enter_context(self.worker())
            self.maker.ask({"again": trial, "index": index})
        self.provided = index


@contextlib.contextmanager
def marked() -> Iterator[None]:
    """Say of a failure that it is the original's."""
    try:
        yield
    except WorkerFailed as error:
        error.side = "original"
        raise
