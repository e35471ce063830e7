"""What a call of torch is named, and which of its arguments say nothing."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import resolve_name

from .graph import leaves

_GROUPED = getattr(torch, "_grouped_mm", None)  # older releases have none
_PUBLIC = {
    _GROUPED: "torch.nn.functional.grouped_mm",
    torch._C._nn.pad_sequence: "torch.nn.utils.rnn.pad_sequence",
    torch.Tensor.new: "torch.Tensor.new_empty",
}


def target_of(func: Callable[..., Any]) -> str:
    """The public name of a torch function: `torch.einsum`, wherever it is defined."""
    plain = getattr(func, "__name__", "")
    if func in _PUBLIC:
        return _PUBLIC[func]
    if getattr(torch, plain, None) is func:  # torch.mm, not its other name torch.spmm
        return f"torch.{plain}"
    name = (
        resolve_name(func)
        or f"{getattr(func, '__module__', '?')}.{getattr(func, '__name__', repr(func))}"
    )
    return name.replace("torch.functional.", "torch.")


def plain_result(result: Any) -> Any:
    """Named tuples of torch become tuples, so that results are trees of plain containers."""
    if isinstance(result, tuple):
        return tuple(plain_result(item) for item in result)
    return result


def holds_array(arguments: Any) -> bool:
    """Whether a tensor is made from an array of numpy: it comes from outside, and is written down where it is used."""
    return any(
        type(leaf).__module__ == "numpy" and getattr(leaf, "ndim", 0) for leaf in leaves(arguments)
    )


def spoken(func: Callable[..., Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments that say something; torch.nn.functional hands on all of its defaults.

    F.softmax(x, dim=-1, _stacklevel=3, dtype=None)    ->    dim=-1
    """
    usual = _defaults(func)
    return {
        key: value
        for key, value in kwargs.items()
        if key not in usual or type(value) is not type(usual[key]) or value != usual[key]
    }


@functools.cache
def _defaults(func: Callable[..., Any]) -> dict[str, Any]:
    try:
        parameters = inspect.signature(func).parameters.values()
    except (TypeError, ValueError):  # a builtin
        return {}
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def version(tensor: torch.Tensor) -> int:
    """How often a tensor was written."""
    try:
        return int(tensor._version)
    except RuntimeError:  # tensors of inference mode keep no version
        return 0


def says_cpu(key: str, value: Any) -> bool:
    """`device=x.device` and the like: where the graph runs is not part of it."""
    match key:
        case "device":
            return torch.device(value or "cpu").type == "cpu"
        case "layout":
            return value is torch.strided
    return key == "pin_memory" and not value


def is_nothing_of(tensor: torch.Tensor) -> bool:
    """Whether a tensor is a part without elements of one that has some: a write into it changes nothing."""
    return not tensor.numel() and bool(tensor.untyped_storage().nbytes())


def sets_nothing(tensor: torch.Tensor, index: Any) -> bool:
    """Whether `tensor[index] = value` is an assignment to no element, whatever the data: `x[-2:0] = 1`."""
    parts = index if isinstance(index, tuple) else (index,)
    if not all(part is None or part is ... or type(part) in (int, slice) for part in parts):
        return False
    numbers = [leaf for leaf in leaves(parts) if isinstance(leaf, torch.Tensor)]
    return not numbers and is_nothing_of(tensor[index])
