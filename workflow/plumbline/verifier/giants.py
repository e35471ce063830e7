"""Inputs that take a good part of the memory: one file for all trials, in which torch draws them.

A disk would take several times as long to keep those of every trial, and a copy beside the file
would take the memory that the forward needs. So there is one set of large inputs at a time; another
trial's take its place, and another side's are made again from the same seeds.
"""

from __future__ import annotations

import ctypes
import hashlib
import math
import mmap
import os
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from .draws import Redraw
from .exchange import whole_span, write_parts
from .runtime import flat_tensors
from .scratch import LARGE, place_for, remove
from .seeds import generator
from .telling import sample
from .values import Spec, describe_value, item_size, span, tensor_specs

PART = LARGE // 8  # bytes of a tensor that is drawn where it will lie
BLOCK = 1 << 24  # elements that are drawn again at once
PUNCH_HOLE = 3  # with the size of the file as it was
FACTORIES = ("rand", "randn")


class Giants(TorchFunctionMode):
    """While active, large tensors of random numbers are made in a file that others may read."""

    def __init__(self, folder: Path, careful: bool) -> None:
        super().__init__()
        self.path, self.alone = folder / "giants.in", not careful
        self.handle = -1
        self.end = 0  # of what has a place in the file
        self.places: dict[int, tuple[int, int]] = {}  # address -> place and size
        self.memory: list[torch.Tensor] = []  # under each tensor that has some
        self.excerpts: list[torch.Tensor] = []  # of the values that get_inputs() gave
        self.changed = False  # since then

    def __enter__(self) -> Any:
        self.end, self.changed = 0, False
        self.places.clear()
        return super().__enter__()  # type: ignore[no-untyped-call]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in FACTORIES and args and not kwargs:
            shape = args[0] if isinstance(args[0], tuple | list) else args
            size = math.prod(shape) * torch.get_default_dtype().itemsize
            if size >= PART:
                place = self.take(size)
                out = self.mapped(place, size, torch.get_default_dtype())
                self.places[out.data_ptr()] = (place, size)
                return func(*args, out=out.view(*shape))
        return func(*args, **(kwargs or {}))

    def take(self, size: int) -> int:
        """The place of the next tensor; where there is no room for it, that is an error now."""
        if self.handle < 0:
            known = self.path.exists()
            path = self.path if known else place_for(self.path, size, self.alone)
            self.handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        place = self.end
        self.end += -(-size // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
        os.posix_fallocate(self.handle, place, self.end - place)
        return place

    def mapped(self, place: int, size: int, dtype: torch.dtype) -> torch.Tensor:
        """A part of the file as a flat tensor."""
        return torch.frombuffer(mmap.mmap(self.handle, size, offset=place), dtype=dtype)

    def hold(self, value: Any) -> Spec:
        """The description of a value, of which every tensor gets a place in the file, if it has none."""
        spec, tensors = describe_value(value, []), flat_tensors(value)
        for address in set(self.places) - {t.untyped_storage().data_ptr() for t in tensors}:
            self.free(*self.places.pop(address))
        self.memory = []
        for one, tensor in zip(tensor_specs(spec), tensors, strict=True):
            size = span(one["shape"], one["stride"]) * item_size(one["dtype"])
            if not size:
                one["place"] = 0
            elif self.lies(tensor):
                one["place"] = self.places[tensor.data_ptr()][0]
            else:
                one["place"] = self.take(size)
                write_parts(self.handle, one["place"], whole_span(tensor))
            if size:
                self.memory.append(self.mapped(one["place"], size, tensor.dtype))
        self.excerpts = [memory[:BLOCK].clone() for memory in self.memory]
        return spec

    def lies(self, tensor: torch.Tensor) -> bool:
        """Whether the memory of a tensor is one that torch has filled in the file."""
        _, size = self.places.get(tensor.data_ptr(), (0, -1))
        return whole_span(tensor).nbytes == size

    def free(self, place: int, size: int) -> None:
        """Give back the memory under what get_inputs() has thrown away."""
        start, length = ctypes.c_int64(place), ctypes.c_int64(size)
        ctypes.CDLL(None).fallocate(self.handle, PUNCH_HOLE, start, length)

    def redraw(self, redraw: Redraw, seed: int, trial: int, free: bool) -> None:
        """Values like the file's own take the place of what lies there, block by block.

        ``free``: of no value but such an excerpt they have to be made. Tables stay what they are.
        """
        self.changed = True
        for number, (memory, excerpt) in enumerate(zip(self.memory, self.excerpts, strict=True)):
            source = generator(seed, "input", trial, number)
            for start in range(0, memory.numel(), BLOCK):
                block = memory[start : start + BLOCK]
                given = excerpt[: block.numel()] if free else block
                drawn = redraw(given, source)
                if drawn is not given:
                    block.copy_(drawn)

    def remove(self) -> None:
        """Together they were not so large."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1
            remove(self.path)

    def fingerprint(self) -> str:
        """Of values evenly spread: two draws that agree in them are the same."""
        digest = hashlib.sha256()
        for memory in self.memory:
            digest.update(repr(sample(memory).tolist()).encode())
        return digest.hexdigest()
