"""Every tensor a model keeps, by the name the author would use for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn


def named_state(model: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Parameters and buffers first (tied names included), then tensors in plain attributes, lists and dicts.

    Modules in plain lists or dicts are walked like registered ones: `self.blocks = [Block(), ...]` gives
    `blocks.0.weight`.
    """
    named: list[tuple[str, torch.Tensor]] = [
        *model.named_parameters(remove_duplicate=False),
        *model.named_buffers(remove_duplicate=False),
    ]
    yield from named
    known = {id(tensor) for _, tensor in named}  # an LSTM lists its weights once more
    registered = {id(module) for module in model.modules()}
    for prefix, module in model.named_modules():
        for name, tensor in _hidden(prefix, vars(module), registered):
            if id(tensor) not in known:
                yield name, tensor


def named_modules(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Registered modules, then modules in plain lists and dicts."""
    yield from model.named_modules()
    registered = {id(module) for module in model.modules()}
    for prefix, module in list(model.named_modules()):
        for name, value in vars(module).items():
            if not name.startswith("_"):
                yield from _hidden_modules(_join(prefix, name), value, registered)


def _hidden(
    prefix: str, attributes: dict[str, Any], registered: set[int]
) -> Iterator[tuple[str, torch.Tensor]]:
    for name, value in attributes.items():
        if name not in ("_parameters", "_buffers", "_modules"):
            yield from _tensors(_join(prefix, name), value, registered)


def _tensors(name: str, value: Any, registered: set[int]) -> Iterator[tuple[str, torch.Tensor]]:
    match value:
        case torch.Tensor():
            yield name, value
        case nn.Module() if id(value) not in registered:
            for inner, tensor in named_state(value):
                yield _join(name, inner), tensor
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _tensors(f"{name}.{index}", item, registered)
        case dict():
            for key, item in value.items():
                yield from _tensors(f"{name}.{key}", item, registered)


def _hidden_modules(name: str, value: Any, registered: set[int]) -> Iterator[tuple[str, nn.Module]]:
    match value:
        case nn.Module() if id(value) not in registered:
            for inner, module in named_modules(value):
                yield _join(name, inner), module
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _hidden_modules(f"{name}.{index}", item, registered)
        case dict():
            for key, item in value.items():
                yield from _hidden_modules(f"{name}.{key}", item, registered)


def _join(prefix: str, name: str) -> str:
    return ".".join(part for part in (prefix, name) if part)
