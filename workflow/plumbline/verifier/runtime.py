"""How a model is called and under which settings, the same for both sides."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import torch
import torch.nn as nn


def prepare_runtime(threads: int) -> None:
    """Same number of threads, no fused fast path, no gradients: bits depend on all of them."""
    torch.set_num_threads(threads)
    torch.backends.mha.set_fastpath_enabled(False)
    torch.set_grad_enabled(False)


def build_model(module: types.ModuleType) -> nn.Module:
    """``Model(*get_init_inputs())`` of a file, in eval mode; a dict gives keyword arguments."""
    arguments: Any = getattr(module, "get_init_inputs", list)()
    keywords: dict[str, Any] = arguments if isinstance(arguments, dict) else {}
    model = module.Model(*([] if keywords else arguments), **keywords)
    if not isinstance(model, nn.Module):
        raise TypeError(f"Model() gives a {type(model).__name__}, which is no nn.Module")
    return model.eval()


def call_model(model: nn.Module, inputs: Any) -> Any:
    """``get_inputs`` gives a list of positional inputs, or a dict of keyword inputs."""
    if isinstance(inputs, dict):
        return model(**inputs)
    if isinstance(inputs, list | tuple):
        return model(*inputs)
    return model(inputs)


def flat_tensors(value: Any) -> list[torch.Tensor]:
    """The tensors of a nested value, in order."""
    match value:
        case torch.Tensor():
            return [value]
        case list() | tuple():
            return [tensor for item in value for tensor in flat_tensors(item)]
        case dict():
            return [tensor for item in value.values() for tensor in flat_tensors(item)]
    if hasattr(value, "__dataclass_fields__"):
        return [
            t for name in value.__dataclass_fields__ for t in flat_tensors(getattr(value, name))
        ]
    return []


def map_tensors(change: Callable[[torch.Tensor], torch.Tensor], value: Any) -> Any:
    """A nested value of the same kind with every tensor changed."""
    match value:
        case torch.Tensor():
            return change(value)
        case list():
            return [map_tensors(change, item) for item in value]
        case tuple():
            items = [map_tensors(change, item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        case dict():
            return {key: map_tensors(change, item) for key, item in value.items()}
    return value
