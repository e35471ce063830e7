"""The inputs of the trials: made once, drawn again for each trial, handed over in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from .draws import Distribution, distribution, is_unvaried, redraw_value
from .exchange import read_value, write_value
from .giants import Giants
from .runtime import flat_tensors
from .scratch import LARGE, remove
from .seeds import seed_of
from .values import Spec

OWN = "own.in"  # the inputs that the file itself gives


class Inputs:
    """Writes the inputs of one trial after the other into the folder."""

    def __init__(self, make: Callable[[], Any], folder: Path, seed: int, careful: bool) -> None:
        self.make, self.folder, self.seed = make, folder, seed
        self.spec: Spec = {}  # of the file's own, once they were made
        self.unvaried = self.large = False
        self.giants = Giants(folder, careful)

    def make_own(self) -> None:
        """Call get_inputs(); what it gives goes into a file."""
        torch.manual_seed(seed_of(self.seed, "inputs"))
        with self.giants:
            value = self.make()
        tensors = flat_tensors(value)
        self.unvaried = any(is_unvaried(tensor) for tensor in tensors)
        self.large = sum(tensor.nbytes for tensor in tensors) >= LARGE
        if self.large:
            self.spec = self.giants.hold(value)
        else:
            self.spec = write_value(self.folder / OWN, value)
            self.giants.remove()

    def first_choice(self, index: int) -> Distribution:
        """How the inputs of a trial are drawn, if the original takes them so."""
        if not self.spec:
            self.make_own()
        return distribution(index, index > 0 and self.unvaried)

    def write(self, name: str, index: int, wanted: Distribution) -> tuple[Spec, str]:
        """The file of one trial; returns what lies in it, and a fingerprint of large inputs."""
        first = self.first_choice(index)
        path, own = self.folder / f"{name}.in", self.folder / OWN
        if self.large:
            free = wanted.redraw is not None and wanted.name == first.name
            if self.giants.changed and not free:
                self.make_own()
            if wanted.redraw is not None:
                self.giants.redraw(wanted.redraw, self.seed, index, free)
            path.symlink_to(self.giants.path)
            return self.spec, self.giants.fingerprint()
        if wanted.redraw is None:
            path.symlink_to(own)
            return self.spec, ""
        value = redraw_value(read_value(own, self.spec), wanted.redraw, self.seed, index)
        return write_value(path, value), ""

    def drop(self, name: str) -> None:
        """A trial does not count."""
        remove(self.folder / f"{name}.in")
