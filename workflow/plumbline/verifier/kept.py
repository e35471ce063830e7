"""What a refactored model keeps in Python from one call to the next: a fingerprint of all attributes."""

from __future__ import annotations

import itertools
import types
import weakref
from typing import Any

import torch
import torch.nn as nn

_fresh = itertools.count()
PLAIN = (
    type(None), bool, int, float, complex, str, torch.dtype, torch.Size, torch.device,
    torch.memory_format, torch.layout,
)  # fmt: skip
CODE = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)


def python_state(model: nn.Module) -> dict[str, str]:
    """Everything but the values of tensors that a model could keep from one call to the next."""
    modules = dict(model.named_modules())
    known = {id(module) for module in modules.values()}
    return {
        f"{prefix}.{name}": fingerprint(value, known, is_torchs_own(module))
        for prefix, module in modules.items()
        for name, value in vars(module).items()
    }


def is_torchs_own(module: nn.Module) -> bool:
    """Judged code assigns attributes of its own classes only."""
    return type(module).__module__.startswith("torch.nn.")


def fingerprint(value: Any, known: set[int], trusted: bool = False) -> str:
    """Equal for equal contents. What could change without a trace never has the same fingerprint twice,
    unless it is ``trusted``: what a module of torch keeps for itself."""
    match value:
        case dict():
            return str([(repr(k), fingerprint(v, known, trusted)) for k, v in value.items()])
        case torch.Size():
            return repr(value)
        case list() | tuple() | set():
            return str([fingerprint(item, known, trusted) for item in value])
        case torch.Tensor():
            return f"tensor {id(value)} {tuple(value.shape)} {value.stride()}"
        case nn.Module() if id(value) not in known:
            known = known | {id(value)}
            own = is_torchs_own(value)
            return str([(k, fingerprint(v, known, own)) for k, v in vars(value).items()])
        case nn.Module() | weakref.ref():
            return f"{type(value).__name__} {id(value)}"
        case _ if isinstance(value, PLAIN):
            return repr(value)
        case _ if isinstance(value, CODE) and is_stateless(value):
            return f"{type(value).__name__} {getattr(value, '__qualname__', '')}"
    trusted = trusted and type(value).__module__.startswith(
        "torch."
    )  # it may hold what it was given
    return f"{type(value).__name__} {id(value) if trusted else next(_fresh)}"


def is_stateless(value: Any) -> bool:
    """A class or a function; a method only of a module, a class or a namespace."""
    owner = getattr(value, "__self__", None)
    return owner is None or isinstance(owner, type | types.ModuleType | nn.Module)
