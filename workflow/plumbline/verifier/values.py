"""Nested values as descriptions in JSON: containers, numbers, and tensors by shape, strides and dtype."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch

from .runtime import Fields, UnknownValue, check_size

Spec = dict[str, Any]
LONGEST = 10_000  # bits of a number, characters of a string


def describe_tensor(tensor: torch.Tensor) -> Spec:
    """Shape, strides and dtype of a plain tensor."""
    kind = type(tensor)
    if kind not in (torch.Tensor, torch.nn.Parameter):
        raise UnknownValue(f"a {kind.__name__} is not a plain tensor")
    if tensor.is_meta:
        raise UnknownValue("a tensor of device meta has no values")
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
    check_size(value)
    return _described(value, tensors)


def _described(value: Any, tensors: list[torch.Tensor]) -> Spec:
    match value:
        case torch.Tensor():
            tensors.append(value)
            return describe_tensor(value)
        case int() if value.bit_length() > LONGEST:
            raise UnknownValue(f"a number of more than {LONGEST} bits")
        case str() if len(value) > LONGEST:
            raise UnknownValue(f"a string of more than {LONGEST} characters")
        case None | bool() | int() | str():
            return {"kind": type(value).__name__, "value": value}
        case float():
            return {"kind": "float", "value": value.hex()}
        case complex():
            return {"kind": "complex", "value": [value.real.hex(), value.imag.hex()]}
        case list() | tuple():
            kind = "list" if isinstance(value, list) else "tuple"
            return {"kind": kind, "items": [_described(item, tensors) for item in value]}
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
    items = [_described(value[key], tensors) for key in keys]
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
