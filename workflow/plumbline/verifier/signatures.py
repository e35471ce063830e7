"""The values that a forward receives, in the order of its parameters, however it was called."""

from __future__ import annotations

import inspect
from typing import Any

import torch.nn as nn


def bound_values(module: nn.Module, args: Any, kwargs: Any) -> list[Any]:
    """Values by parameter; a call that does not fit raises TypeError as the call itself would."""
    bound = inspect.signature(module.forward).bind(*args, **kwargs)
    bound.apply_defaults()
    return list(bound.arguments.values())
