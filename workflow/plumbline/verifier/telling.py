"""How much an output of the original tells: finite values, and whether two inputs move it."""

from __future__ import annotations

import math

import torch

from .settings import POWER, Settings

MASKED = 1 / 64  # share of finite values from which on minus infinity is taken for a mask


def finite_share(tensors: list[torch.Tensor]) -> float:
    """Share of finite values among all values of the outputs."""
    total = finite = 0
    for tensor in tensors:
        total += tensor.numel()
        whole = tensor.is_floating_point() or tensor.is_complex()
        if whole and not torch.isfinite(tensor.sum()):  # one cheap pass clears almost every tensor
            finite += int(torch.isfinite(tensor).sum())
        else:
            finite += tensor.numel()
    return finite / total if total else 1.0


def telling_share(tensors: list[torch.Tensor]) -> float:
    """Share of values that comparing says something of: finite ones, and the places that a mask leaves out.

    A mask is minus infinity alone, among finite values; what overflows has other infinities, or NaN.
    """
    if finite_share(tensors) == 1.0:
        return 1.0
    masks = [tensor for tensor in tensors if tensor.is_floating_point() and is_masked(tensor)]
    rest = [tensor for tensor in tensors if not any(tensor is mask for mask in masks)]
    total, left = (sum(tensor.numel() for tensor in some) for some in (tensors, rest))
    return (total - left + finite_share(rest) * left) / total if total else 1.0


def is_masked(tensor: torch.Tensor) -> bool:
    """Whether the only values that are not finite are minus infinity, and not almost all are that."""
    if tensor.numel() == 0 or not bool(tensor.max() < math.inf):  # of NaN, too
        return False
    return finite_share([tensor]) >= MASKED


def moved(one: torch.Tensor, two: torch.Tensor, settings: Settings) -> bool:
    """Whether two outputs differ by at least POWER tolerances, in the root mean square."""
    if one.shape != two.shape:
        return True
    if not one.is_floating_point():
        return not torch.equal(one, two)
    tolerance = settings.tolerance(str(one.dtype).removeprefix("torch."))
    difference, level = rms_finite(one.float() - two.float()), rms_finite(one.float())
    allowed = tolerance.atol * min(1.0, level) + tolerance.rtol * level
    return difference >= min(POWER * allowed, 0.1 * level) and difference > 0.0


def sample(tensor: torch.Tensor) -> torch.Tensor:
    """About a quarter of a million values, evenly spread."""
    flat = tensor.flatten()
    return flat[:: max(1, flat.numel() >> 18)].clone()


def rms_finite(tensor: torch.Tensor) -> float:
    """Root mean square of the finite values."""
    finite = tensor[torch.isfinite(tensor)]
    return math.sqrt(float(finite.double().square().mean())) if finite.numel() else 0.0
