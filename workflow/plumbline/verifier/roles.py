"""Fresh values of the state, by the role that a tensor's name, owners and values show.

weights ~ N(0, gain^2 / fan_in); norm weights and running variances ~ U(0.5, 1.5); biases and means
~ N(0, 0.1); what was non-negative stays so. Integers, masks, tables and other buffers keep their
values.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn as nn

TABLE_NAMES = ("pos", "token", "embed", "query", "cls")


class Role(NamedTuple):
    """How a tensor is drawn: normal, weight (scaled by the gain), absolute, positive or signed."""

    kind: str
    scale: float = 1.0


def draw(role: Role, target: torch.Tensor, gain: float, source: torch.Generator) -> None:
    """Fill a tensor with fresh values of its role."""
    scale = role.scale * (gain if role.kind in ("weight", "absolute") else 1.0)
    fast = target.dtype in (torch.float32, torch.float64) and target.is_contiguous()
    if role.kind in ("normal", "weight") and fast:
        target.normal_(0.0, scale, generator=source)
        return
    if role.kind in ("normal", "weight", "absolute"):
        values = torch.randn(target.shape, generator=source)
        if target.is_complex():
            values = torch.complex(values, torch.randn(target.shape, generator=source))
        values = values.abs() if role.kind == "absolute" else values
    else:
        values = torch.rand(target.shape, generator=source) + 0.5
        if role.kind == "signed":
            values *= torch.randint(0, 2, target.shape, generator=source) * 2 - 1
    target.copy_(values * scale)


def role_of(
    tensor: torch.Tensor, name: str, owners: list[nn.Module], parameter: bool
) -> Role | None:
    """The role of a tensor; None where it keeps its values."""
    last = name.rsplit(".", 1)[-1].lower()
    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.dtype.itemsize == 1:
        return None
    if "running_var" in last:
        return Role("positive")
    if "running_mean" in last:
        return Role("normal", 0.1)
    if not tensor.numel():
        return None
    if not parameter:
        return _constant_role(tensor)
    if tensor.is_complex():
        return Role("normal", 1.0 / math.sqrt(max(1, tensor.shape[-1])) if tensor.dim() else 0.5)
    low, high = float(tensor.min()), float(tensor.max())
    normed = any("norm" in type(owner).__name__.lower() for owner in owners)
    if "bias" in last:
        return Role("normal", 0.1)
    if normed or low == high > 0:
        return Role("positive")
    if not math.isfinite(low + high):
        return Role("normal", 0.1)
    if sum(size > 1 for size in tensor.shape) <= 1:
        return _vector_role(tensor, last, low, high)
    return Role("absolute" if low >= 0 < high else "weight", _weight_std(tensor, last, owners))


def _constant_role(tensor: torch.Tensor) -> Role | None:
    """Buffers and attributes keep their values, unless they have one: two such would be the same."""
    if tensor.numel() < 2 or tensor.is_complex() or not bool((tensor == tensor.flatten()[0]).all()):
        return None
    value = float(tensor.flatten()[0])
    if value == 0.0:
        return Role("normal", 0.1)
    return Role("positive", value) if math.isfinite(value) else None


def _vector_role(tensor: torch.Tensor, last: str, low: float, high: float) -> Role:
    if any(word in last for word in TABLE_NAMES):
        return Role("normal", 0.5)
    if low >= 0 < high:
        rms = float(tensor.float().square().mean().sqrt())
        return Role("positive", rms if 0.1 <= rms <= 10.0 else 1.0)
    return Role("signed")


def _weight_std(tensor: torch.Tensor, last: str, owners: list[nn.Module]) -> float:
    shape = tensor.shape
    if owners and all(isinstance(owner, nn.Embedding | nn.EmbeddingBag) for owner in owners):
        return 1.0
    if any(isinstance(owner, nn.modules.conv._ConvTransposeNd) for owner in owners):
        return 1.0 / math.sqrt(max(1, tensor.numel() // shape[1]))
    if not owners or not type(owners[0]).__module__.startswith("torch.nn."):
        if any(word in last for word in TABLE_NAMES):
            return 0.5
        if tensor.dim() == 3 and shape[-1] > 9:  # a stack of matrices, whichever way they lie
            return float((shape[-1] * shape[-2]) ** -0.25)
    return 1.0 / math.sqrt(max(1, tensor.numel() // shape[0]))
