"""Tensors between processes: raw bytes in shared files, laid out by a description of the value.

Nothing is pickled. A tensor is written as the span of memory that it covers, so that strides
(also overlapping ones) come back as they were.
"""

from __future__ import annotations

import ctypes
import hashlib
import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from .runtime import UnknownValue
from .scratch import place_for
from .values import Spec, describe_value, item_size, restore_value, span, tensor_specs

ALIGNMENT = 64
PART = 1 << 26  # elements that are made dense at once


def lay_out(specs: list[Spec]) -> int:
    """Give each tensor description an aligned place; returns the size of the file."""
    place = 0
    for spec in specs:
        spec["place"] = place
        size = span(spec["shape"], spec["stride"]) * item_size(spec["dtype"])
        place += -(-size // ALIGNMENT) * ALIGNMENT
    return place


class SharedFile:
    """A file of tensors, mapped. Writers share the pages; readers may write to private copies."""

    def __init__(self, path: Path, size: int = 0, create: bool = False) -> None:
        flags = os.O_RDWR | (os.O_CREAT | os.O_EXCL if create else 0)
        self.handle = os.open(place_for(path, size) if create else path, flags, 0o600)
        try:
            if create:
                os.ftruncate(self.handle, size)
            length = os.fstat(self.handle).st_size
            access = mmap.MAP_SHARED if create else mmap.MAP_PRIVATE
            self.memory = mmap.mmap(self.handle, length, flags=access) if length else None
        finally:
            if not create:
                os.close(self.handle)

    def reserve(self, spec: Spec) -> torch.Tensor:
        """The room of a tensor in a new file. Where there is none, that is an error now, not a SIGBUS later."""
        size = span(spec["shape"], spec["stride"]) * item_size(spec["dtype"])
        if size:
            os.posix_fallocate(self.handle, spec["place"], size)
        return self.tensor(spec)

    def unmap_pages(self) -> None:
        """What was written is in the file; this process need not count it as its own."""
        if self.memory is not None and hasattr(mmap, "MADV_DONTNEED"):
            self.memory.madvise(mmap.MADV_DONTNEED)

    def tensor(self, spec: Spec) -> torch.Tensor:
        """A view of one described tensor; writing to it writes to this mapping."""
        dtype: torch.dtype = getattr(torch, spec["dtype"])
        count = span(spec["shape"], spec["stride"])
        if not count or self.memory is None:
            return torch.empty_strided(spec["shape"], spec["stride"], dtype=dtype)
        flat = torch.frombuffer(self.memory, dtype=dtype, count=count, offset=spec["place"])
        return flat.as_strided(spec["shape"], spec["stride"])


def write_value(path: Path, value: Any, dense: bool = False) -> Spec:
    """Write a nested value to a new file. ``dense`` drops the strides (for outputs)."""
    tensors: list[torch.Tensor] = []
    spec = describe_value(value, tensors)
    specs = tensor_specs(spec)
    if dense:
        for one, tensor in zip(specs, tensors, strict=True):
            one["stride"] = list(torch.empty(tensor.shape, device="meta").stride())
    size = lay_out(specs)
    handle = os.open(place_for(path, size), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.ftruncate(handle, size)
        for one, tensor in zip(specs, tensors, strict=True):
            write_parts(handle, one["place"], tensor if dense else whole_span(tensor))
    finally:
        os.close(handle)
    return spec


def write_parts(handle: int, place: int, tensor: torch.Tensor) -> None:
    """Write the values of a tensor in order. Writing costs half of mapping a new file, page by page."""
    for part in dense_parts(tensor):
        done = 0
        while done < part.nbytes:  # one call writes two gigabytes at most
            count = os.pwrite(handle, part[done:], place)
            done, place = done + count, place + count


def dense_parts(tensor: torch.Tensor) -> Iterator[memoryview]:
    """The bytes of a tensor, its values in order."""
    if tensor.device.type != "cpu":
        raise UnknownValue(f"a tensor of device {tensor.device} has no values here")
    if not tensor.numel():
        return
    plain = tensor.detach().resolve_conj().resolve_neg()
    rows = max(1, (PART * len(plain) // plain.numel()) if plain.dim() else 1)
    for part in [plain] if plain.is_contiguous() else torch.split(plain, rows):
        dense = part.contiguous()
        size = dense.numel() * dense.element_size()
        yield memoryview((ctypes.c_char * size).from_address(dense.data_ptr())).cast("B")


def digest_value(value: Any) -> tuple[Spec, str]:
    """The description of a nested value, and SHA-256 of the values of its tensors in order."""
    tensors: list[torch.Tensor] = []
    spec = describe_value(value, tensors)
    digest = hashlib.sha256()
    for tensor in tensors:
        for part in dense_parts(tensor):
            digest.update(part)
    return spec, digest.hexdigest()


def copy_span(target: torch.Tensor, tensor: torch.Tensor) -> None:
    """Copy the whole span of memory under a tensor, gaps and overlaps included."""
    source = whole_span(tensor)
    torch.as_strided(target, source.shape, (1,)).copy_(source)


def whole_span(tensor: torch.Tensor) -> torch.Tensor:
    """The memory under a tensor as a flat one, gaps and overlaps included."""
    plain = tensor.detach().resolve_conj().resolve_neg()
    count = span(list(plain.shape), list(plain.stride()))
    return torch.as_strided(plain, (count,), (1,), plain.storage_offset())


def read_value(path: Path, spec: Spec) -> Any:
    """Map a written value; the caller may change the tensors without changing the file."""
    file = SharedFile(path)
    return restore_value(spec, [file.tensor(one) for one in tensor_specs(spec)])
