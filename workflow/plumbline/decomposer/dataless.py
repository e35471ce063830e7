"""Modules whose values nobody needs: made on the meta device, or in memory that is never touched."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

RANDOM_WRITES = frozenset({"normal_", "uniform_", "exponential_", "log_normal_"})
RESHAPING = frozenset("resize_ squeeze_ unsqueeze_ transpose_ t_ set_ as_strided_".split())


class _NoWrites(TorchFunctionMode):
    """In-place operations, as initialisers use them, are left out.

    Without data they do nothing, but some of them import 800 modules of torch to find that out: two
    seconds for every process that makes an embedding.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        inplace = name.endswith("_") and not name.endswith("__") and name not in RESHAPING
        target = args[0] if args else kwargs.get("tensor")  # torch.nn.init passes it by keyword
        if inplace and isinstance(target, torch.Tensor) and target.is_meta:
            return target
        return func(*args, **kwargs)


@contextlib.contextmanager
def dataless() -> Iterator[None]:
    """What is made inside has shapes and dtypes, and no values."""
    with torch.device("meta"), _NoWrites():
        yield


class _Unfilled(TorchFunctionMode):
    """Initialisers do nothing and random tensors are memory as it comes; what is computed from them is computed."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if getattr(func, "__module__", "") == "torch.nn.init" or name in RANDOM_WRITES:
            return args[0] if args else kwargs["tensor"]
        if name in ("rand", "randn") and "generator" not in kwargs:
            return torch.empty(*args, **kwargs)
        return func(*args, **kwargs)


@contextlib.contextmanager
def unfilled() -> Iterator[None]:
    """What is made inside has the sizes of the real thing, and costs hardly any time or memory.

    On the meta device, half of all models would import sympy and torch's compiler: two seconds.
    """
    with _Unfilled():
        yield
