"""Nested values between processes: a JSON description, and raw bytes in shared memory files.

Nothing is pickled. A tensor is written as the span of memory that it covers, so that strides
(also overlapping ones) come back as they were.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from .runtime import Fields
from .scratch import place_for

Spec = dict[str, Any]
ALIGNMENT = 64
PART = 1 << 26  # elements that are made dense at once


class UnknownValue(Exception):
    """A value that the output contract does not know."""


def describe_tensor(tensor: torch.Tensor) -> Spec:
    """Shape, strides and dtype of a plain tensor."""
    kind = type(tensor)
    if kind not in (torch.Tensor, torch.nn.Parameter):
        raise UnknownValue(f"a {kind.__name__} is not a plain tensor")
    if tensor.layout is not torch.strided:
        raise UnknownValue(f"a tensor of layout {tensor.layout} is not strided")
    return {
        "kind": "tensor",
        "shape": list(tensor.shape),
        "stride": list(tensor.stride()),
        "dtype": str(tensor.dtype).removeprefix("torch."),
    }


def describe_value(value: Any, tensors: list[torch.Tensor]) -> Spec:
    """Description of a nested value; its tensors are appended in order."""
    match value:
        case torch.Tensor():
            tensors.append(value)
            return describe_tensor(value)
        case None | bool() | int() | str():
            return {"kind": type(value).__name__, "value": value}
        case float():
            return {"kind": "float", "value": value.hex()}
        case complex():
            return {"kind": "complex", "value": [value.real.hex(), value.imag.hex()]}
        case list() | tuple():
            kind = "list" if isinstance(value, list) else "tuple"
            return {"kind": kind, "items": [describe_value(item, tensors) for item in value]}
        case Fields():
            return _describe_dict(value, tensors) | {"fields": True}
        case dict():
            return _describe_dict(value, tensors)
        case torch.dtype() | torch.device():
            return {"kind": type(value).__name__, "value": str(value)}
    raise UnknownValue(f"a value of type {type(value).__name__} is no tensor, number or container")


def _describe_dict(value: dict[Any, Any], tensors: list[torch.Tensor]) -> Spec:
    keys = list(value)
    if not all(isinstance(key, str | int) for key in keys):
        raise UnknownValue(f"a dict with keys {keys!r}; expected strings or integers")
    items = [describe_value(value[key], tensors) for key in keys]
    return {"kind": "dict", "keys": keys, "items": items}


def restore_value(spec: Spec, tensors: list[torch.Tensor]) -> Any:
    """The inverse of describe_value; takes tensors from the front of the list."""
    match spec["kind"]:
        case "tensor":
            return tensors.pop(0)
        case "NoneType" | "bool" | "int" | "str":
            return spec["value"]
        case "float":
            return float.fromhex(spec["value"])
        case "complex":
            return complex(*(float.fromhex(part) for part in spec["value"]))
        case "list" | "tuple" as kind:
            items = [restore_value(item, tensors) for item in spec["items"]]
            return items if kind == "list" else tuple(items)
        case "dict":
            values = [restore_value(item, tensors) for item in spec["items"]]
            return dict(zip(spec["keys"], values, strict=True))
        case "dtype":
            return getattr(torch, spec["value"].removeprefix("torch."))
    raise UnknownValue(f"cannot restore {spec['kind']}")


class Mismatch(Exception):
    """Two descriptions differ; the message says where, expected and found."""


def leaf_pairs(expected: Spec, found: Spec, where: str) -> Iterator[tuple[str, Spec, Spec]]:
    """Leaves of two values of equal nesting, shapes and dtypes; else a Mismatch."""
    if expected["kind"] != found["kind"]:
        raise Mismatch(f"{where}: expected {_named(expected)}, found {_named(found)}")
    for key in ("shape", "dtype"):
        if expected.get(key) != found.get(key):
            raise Mismatch(f"{where}: expected {key} {expected[key]}, found {found[key]}")
    if "items" not in expected:
        yield where, expected, found
        return
    left, right = _entries(expected, expected), _entries(found, expected)
    if set(left) != set(right):
        what = "keys" if expected["kind"] == "dict" else "items"
        wanted, got = (sorted(map(str, side)) if "keys" in expected else len(side)
                       for side in (left, right))  # fmt: skip
        raise Mismatch(f"{where}: expected {what} {wanted}, found {got}")
    for key in left:
        yield from leaf_pairs(left[key], right[key], f"{where}[{key!r}]")


def _entries(spec: Spec, expected: Spec) -> dict[Any, Spec]:
    """Items by key or index; fields of an output object that are None may be left out."""
    entries = dict(zip(spec.get("keys", range(len(spec["items"]))), spec["items"], strict=True))
    if expected.get("fields"):
        return {key: value for key, value in entries.items() if value["kind"] != "NoneType"}
    return entries


def _named(spec: Spec) -> str:
    if spec["kind"] == "tensor":
        return f"a tensor {spec['dtype']}{spec['shape']}"
    return f"a {spec['kind']}" + (f" of {len(spec['items'])}" if "items" in spec else "")


def leaf_specs(spec: Spec) -> list[Spec]:
    """All leaves of a description, in order."""
    if "items" not in spec:
        return [spec]
    return [leaf for item in spec["items"] for leaf in leaf_specs(item)]


def tensor_specs(spec: Spec) -> list[Spec]:
    """The tensors among the leaves."""
    return [leaf for leaf in leaf_specs(spec) if leaf["kind"] == "tensor"]


def span(shape: list[int], stride: list[int]) -> int:
    """Elements of memory between the first and the last element of a strided tensor."""
    if math.prod(shape) == 0:
        return 0
    return 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))


def item_size(dtype: str) -> int:
    """Bytes of one element."""
    kind: torch.dtype = getattr(torch, dtype)
    return kind.itemsize


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
            if tensor.numel():
                plain = tensor.detach().resolve_conj().resolve_neg()
                write_parts(handle, one["place"], plain if dense else whole_span(plain))
    finally:
        os.close(handle)
    return spec


def write_parts(handle: int, place: int, tensor: torch.Tensor) -> None:
    """Write the values of a tensor in order. Writing costs half of mapping a new file, page by page."""
    if tensor.device.type != "cpu":
        raise UnknownValue(f"a tensor of device {tensor.device} has no values here")
    rows = max(1, (PART * len(tensor) // tensor.numel()) if tensor.dim() else 1)
    parts = [tensor] if tensor.is_contiguous() else torch.split(tensor, rows)
    for part in parts:
        dense = part.contiguous()
        left, address = dense.numel() * dense.element_size(), dense.data_ptr()
        while left:
            count = min(left, 1 << 30)
            done = os.pwrite(handle, (ctypes.c_char * count).from_address(address), place)
            left, address, place = left - done, address + done, place + done


def copy_span(target: torch.Tensor, tensor: torch.Tensor) -> None:
    """Copy the whole span of memory under a tensor, gaps and overlaps included."""
    source = whole_span(tensor.detach().resolve_conj().resolve_neg())
    torch.as_strided(target, source.shape, (1,)).copy_(source)


def whole_span(tensor: torch.Tensor) -> torch.Tensor:
    """The memory under a tensor as a flat one, gaps and overlaps included."""
    count = span(list(tensor.shape), list(tensor.stride()))
    return torch.as_strided(tensor, (count,), (1,), tensor.storage_offset())


def read_value(path: Path, spec: Spec) -> Any:
    """Map a written value; the caller may change the tensors without changing the file."""
    file = SharedFile(path)
    return restore_value(spec, [file.tensor(one) for one in tensor_specs(spec)])
