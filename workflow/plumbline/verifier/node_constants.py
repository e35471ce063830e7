"""The constants of a dispatched operation, as text that is equal for equal operations."""

from __future__ import annotations

from typing import Any

import torch

IGNORED = frozenset(
    {"layout", "device", "pin_memory", "memory_format", "non_blocking", "generator"}
)


def constants(schema: Any, args: Any, kwargs: Any, real: bool, depth: int) -> str:
    """What an operation was given besides tensors, however it was spelled.

    Defaults are left out, a pool's stride is its window where none is given, dimensions count from
    the front, and a number is a float where the result is one: ``x * 2`` is ``x * 2.0``.
    """
    given = dict(zip((argument.name for argument in schema.arguments), args, strict=False))
    given |= {name: value for name, value in kwargs.items() if name not in IGNORED}
    if given.get("stride") == given.get("kernel_size"):
        given.pop("stride", None)
    shown = []
    for argument in schema.arguments:
        if argument.name not in given or isinstance(value := given[argument.name], torch.Tensor):
            continue
        if argument.has_default_value() and value == argument.default_value:
            continue
        if real and type(value) is int and str(argument.type) in NUMBERS:
            value = float(value)
        if argument.name in DIMENSIONS and depth:
            value = _from_front(value, depth)
        if text := _text(value):
            shown.append(f"{argument.name}={text}")
    return ", ".join(shown)


DIMENSIONS = ("dim", "dim1", "dim2", "dimension")
NUMBERS = ("number", "Optional[number]", "Tensor")


def _from_front(dim: Any, depth: int) -> Any:
    """Dimensions counted from the front: -1 of three is 2."""
    if isinstance(dim, list | tuple):
        return sorted(_from_front(one, depth) for one in dim)
    return dim % depth if type(dim) is int else dim


def _text(value: Any) -> str:
    """A constant, but for its rounding (``8 ** -0.5``); the tensors of a list are left out."""
    if isinstance(value, list | tuple):
        parts = [_text(item) for item in value if not isinstance(item, torch.Tensor)]
        return f"[{', '.join(parts)}]" if parts or not value else ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
