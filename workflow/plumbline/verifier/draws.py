"""Inputs of the trials: the file's own first, then others of the same kind.

A float tensor is redrawn with signs and another scale; an integer tensor among the range that was
seen; a boolean tensor with the density that was seen; float masks (few distinct values, or an
infinity) keep their values. ``jitter`` stays within 10 % of the file's own values: it is used where
the original does not accept the first kind; ``shuffled`` keeps them all, where it does not accept that either.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import torch

from .seeds import generator

SCALES = (1.0, 2.0, 0.5)
FLIPPED = 0.2  # of the elements of a boolean mask that has one value
Redraw = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


def redraw_value(value: Any, redraw: Redraw, seed: int, trial: int) -> Any:
    """Replace every tensor of a nested value; each leaf has a generator of its own."""
    counter = iter(range(1 << 30))

    def visit(part: Any) -> Any:
        match part:
            case torch.Tensor():
                return like(part, redraw(part, generator(seed, "input", trial, next(counter))))
            case list():
                return [visit(item) for item in part]
            case tuple():
                return tuple(visit(item) for item in part)
            case dict():
                return {key: visit(item) for key, item in part.items()}
        return part

    return visit(value)


def like(tensor: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """``values`` with the strides of ``tensor``; an overlapping tensor stays one."""
    if values is tensor or (values.stride() == tensor.stride() and values.dtype == tensor.dtype):
        return values
    overlapping = any(s == 0 and n > 1 for n, s in zip(tensor.shape, tensor.stride(), strict=True))
    if overlapping:
        return expanded(tensor, values)
    target = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype)
    return target.copy_(values)


def expanded(tensor: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """An expanded tensor: one slice of the new values, expanded the same way."""
    index = tuple(slice(0, 1) if step == 0 else slice(None) for step in tensor.stride())
    return values[index].to(tensor.dtype).contiguous().expand(tensor.shape)


def signed(scale: float) -> Redraw:
    """Floats with both signs and another scale; integers, masks and indices among seen values."""

    def redraw(tensor: torch.Tensor, source: torch.Generator) -> torch.Tensor:
        if not tensor.numel():
            return tensor
        if tensor.dtype == torch.bool:
            density = float(tensor.float().mean())
            return torch.rand(tensor.shape, generator=source) < density
        if tensor.is_complex():
            parts = torch.randn(2, *tensor.shape, generator=source) * rms(
                torch.view_as_real(tensor)
            )
            return torch.complex(parts[0], parts[1]).to(tensor.dtype) * scale
        if tensor.is_floating_point() and is_table(tensor):
            return tensor
        if is_whole(tensor):
            return whole(tensor, source)
        values = torch.randn(tensor.shape, generator=source, dtype=draw_dtype(tensor))
        return values.mul_(rms(tensor) * scale)

    return redraw


def varied(scale: float) -> Redraw:
    """As ``signed``, and what has one value in the file, or two, changes too: masks, first states, kinds."""
    plain = signed(scale)

    def redraw(tensor: torch.Tensor, source: torch.Generator) -> torch.Tensor:
        if not is_unvaried(tensor):
            return plain(tensor, source)
        if tensor.dtype == torch.bool:
            return tensor ^ (torch.rand(tensor.shape, generator=source) < FLIPPED)
        if not tensor.is_floating_point():
            return tensor + torch.randint(0, 2, tensor.shape, generator=source).to(tensor.dtype)
        if has_one_value(tensor):
            noise = torch.randn(tensor.shape, generator=source, dtype=draw_dtype(tensor))
            return (tensor + noise.mul_(0.5)).to(tensor.dtype)
        return shuffle(tensor, source)

    return redraw


def is_unvaried(tensor: torch.Tensor) -> bool:
    """Whether the ordinary draws would give a tensor of several elements the same values again."""
    if tensor.numel() < 3 or tensor.is_complex():
        return False
    return has_one_value(tensor) or (tensor.is_floating_point() and is_table(tensor))


def has_one_value(tensor: torch.Tensor) -> bool:
    """Whether all elements are equal; a sample tells almost all others."""
    flat = tensor.flatten() if tensor.is_contiguous() else tensor
    some = flat.flatten()[:4096]
    return bool((some == some[0]).all()) and bool((flat == some[0]).all())


def whole(tensor: torch.Tensor, source: torch.Generator) -> torch.Tensor:
    """Whole numbers among those seen. Where no two are equal, they are places to write to, and stay different."""
    count = tensor.numel()
    if 1 < count <= 1 << 20 and len(torch.unique(tensor)) == count:
        return tensor.flatten()[torch.randperm(count, generator=source)].view(tensor.shape)
    low, high = int(tensor.min()), int(tensor.max())
    return torch.randint(low, high + 1, tensor.shape, generator=source).to(tensor.dtype)


def shuffled(tensor: torch.Tensor, source: torch.Generator) -> torch.Tensor:
    """The file's own values in another order: no bound that they keep is left."""
    return tensor if is_table(tensor) else shuffle(tensor, source)


def shuffle(tensor: torch.Tensor, source: torch.Generator) -> torch.Tensor:
    """The same values in another order."""
    return tensor.flatten()[torch.randperm(tensor.numel(), generator=source)].view(tensor.shape)


def jitter(tensor: torch.Tensor, source: torch.Generator) -> torch.Tensor:
    """Floats within 10 % of the file's own; everything else as it is."""
    if not (tensor.is_floating_point() or tensor.is_complex()) or is_table(tensor):
        return tensor
    noise = torch.rand(tensor.shape, generator=source, dtype=draw_dtype(tensor))
    return noise.mul_(0.2).add_(0.9).to(tensor.dtype).mul_(tensor)


def draw_dtype(tensor: torch.Tensor) -> torch.dtype:
    """Random draws are made in float64 for float64 and in float32 for all others."""
    return torch.float64 if tensor.dtype == torch.float64 else torch.float32


def rms(tensor: torch.Tensor) -> float:
    """Root mean square of a float tensor, 1 where that is zero or not finite."""
    flat = tensor.detach().flatten()[: 1 << 20].float()
    value = float(flat.square().mean().sqrt()) if flat.numel() else 1.0
    return value if 0.0 < value < float("inf") else 1.0


def is_whole(tensor: torch.Tensor) -> bool:
    """Integers, and floats that hold nothing else: indices, counts, places."""
    if not tensor.is_floating_point():
        return True
    if tensor.dtype not in (torch.float32, torch.float64):
        return False  # from 256 on, bfloat16 holds nothing else
    flat = tensor.flatten()
    some = flat[:: max(1, flat.numel() >> 16)]
    low, high = (float(bound) for bound in torch.aminmax(some))
    return -(1 << 24) <= low < high <= 1 << 24 and bool((some == some.round()).all())


def is_table(tensor: torch.Tensor) -> bool:
    """A float mask or constant: an infinity in it, or hardly any distinct values."""
    sample = tensor.detach().flatten()[:4096]
    if tensor.numel() < 3 or tensor.is_complex():
        return False
    return bool(torch.isinf(sample).any()) or len(torch.unique(sample)) <= 2


@dataclasses.dataclass(frozen=True)
class Distribution:
    """How the inputs of one trial are made; ``fallback`` serves where the original refuses them."""

    name: str
    redraw: Redraw | None
    fallback: Distribution | None = None
    alike: bool = False  # only where the original runs the same operations as on its own inputs


def distribution(trial: int, unvaried: bool = False) -> Distribution:
    """The distribution of the n-th trial, counted from 0; ``unvaried``: an input would never change."""
    if trial == 0:
        return Distribution("own", None)
    scale = SCALES[(trial - 1) % len(SCALES)]
    name = f"signed, scale {scale:g}"
    last = Distribution("own values in another order", shuffled)
    usual = Distribution(name, signed(scale), Distribution("own values, jittered", jitter, last))
    if not unvaried:
        return usual
    return Distribution(f"{name}, constants varied", varied(scale), usual, alike=True)
