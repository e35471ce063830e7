"""Modules without data: made on the meta device, to ask for their shapes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

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
