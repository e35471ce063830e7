"""The domain of a tensor: what its values looked like in the author's run."""

from __future__ import annotations

import math

import torch

from .graph import Domain

SAMPLE = 1 << 14  # elements looked at for mean and spread; bounds are exact up to FULL
FULL = 1 << 22
UNUSUAL = 1 << 52
COUNTED = 1 << 12  # of a mask up to this size, as many elements are drawn True as were seen
WHOLE = 1 << 24  # up to here float32 holds every whole number
LISTED = 32  # a row of integers up to this length is written down
KEPT = 64  # so many integers of any shape, where sizes hang on them
PATTERN = 1 << 21  # larger tensors are not compared with triangular patterns


def observe(tensor: torch.Tensor, *, sampled: bool = False) -> Domain:
    """Summarise `tensor` (any shape and dtype). `sampled`: never look at more than a sample."""
    if tensor.numel() == 0:
        return Domain("empty")
    data = tensor.detach()
    if data.is_complex():
        spread = torch.view_as_real(sample(data).resolve_conj()).double().std(correction=0).item()
        return Domain("complex", std=_rounded(spread))
    if data.dtype == torch.bool:
        share = _rounded(sample(data).double().mean().item())
        return _pattern(data) or Domain("boolean", share=share, count=_count(data))
    if not data.is_floating_point():
        return _integer(data, sampled)
    return _floating(data, sampled)


def _integer(data: torch.Tensor, sampled: bool) -> Domain:
    low, high = torch.aminmax(sample(data) if sampled else data)
    if (
        not -UNUSUAL < low <= high < UNUSUAL
    ):  # what a cast makes of infinity is no example to follow
        usual = data[(data > -UNUSUAL) & (data < UNUSUAL)]
        low, high = torch.aminmax(usual) if usual.numel() else (low, high)
    kind = "constant" if low == high else "integer"
    if data.dim() and data.numel() > 1 and data.numel() <= PATTERN:
        steps = torch.arange(data.shape[-1], dtype=data.dtype) + data.reshape(-1)[0]
        if kind == "integer" and torch.equal(data, steps.expand_as(data)):
            kind = "arange"
    if kind == "integer" and data.dim() == 1 and data.numel() <= LISTED:
        return Domain("listed", low=low.item(), high=high.item(), values=tuple(data.tolist()))
    if kind == "integer" and 1 < data.numel() <= PATTERN and high - low == data.numel() - 1:
        kind = "permutation" if len(torch.unique(data)) == data.numel() else kind
    if kind == "integer" and low == 0 and high == 1 and data.numel() <= COUNTED:
        return Domain("flags", low=0, high=1, count=_count(data))
    few = data.flatten().tolist() if kind == "integer" and data.numel() <= KEPT else []
    return Domain(kind, low=low.item(), high=high.item(), values=tuple(few))


def _count(mask: torch.Tensor) -> int:
    return int(mask.sum()) if mask.numel() <= COUNTED else 0


def _floating(data: torch.Tensor, sampled: bool) -> Domain:
    some = sample(data)
    bounds = some if sampled or data.numel() > FULL else data
    low, high = (float(bound) for bound in torch.aminmax(bounds))
    if low == high:
        return Domain("constant", low=low, high=high)
    if not (math.isfinite(low) and math.isfinite(high)):
        return _pattern(data) or _masked(some)
    if data.numel() <= PATTERN and data.dim() >= 2 and (low == 0.0 or high == 0.0 or low < -1e4):
        pattern = _pattern(data)
        if pattern:
            return pattern
    if _is_whole(some) and -WHOLE <= low < high <= WHOLE:
        return Domain("integer", low, high)
    if kind := _matrix(data):
        scale = data.diagonal(dim1=-2, dim2=-1).mean().item()
        return Domain(kind, low, high, std=_rounded(scale))
    exact = some.double()
    return Domain(
        "float", low, high, _rounded(exact.mean().item()), _rounded(exact.std(correction=0).item())
    )


def _is_whole(some: torch.Tensor) -> bool:
    """Whether floats are counts, places or flags: whole numbers all, as random ones never are."""
    return some.dtype in (torch.float32, torch.float64) and bool((some == some.round()).all())


def _masked(some: torch.Tensor) -> Domain:
    """Floats some of which are infinite or NaN: the finite part, and how much of it was -inf."""
    finite = some[some.isfinite()].double()
    share = _rounded((some == -math.inf).double().mean().item())
    if finite.numel() == 0:
        return Domain("constant", low=-math.inf if share else math.nan, share=share)
    low, high = (float(bound) for bound in torch.aminmax(finite))
    return Domain(
        "float",
        low,
        high,
        _rounded(finite.mean().item()),
        _rounded(finite.std(correction=0).item()),
        share,
    )


def _pattern(data: torch.Tensor) -> Domain | None:
    """A triangular mask: two values only, split by the diagonal of the last two dimensions."""
    if (
        data.dim() < 2
        or data.numel() > PATTERN
        or data.shape[-1] < 2
        or data.shape[-2] != data.shape[-1]
    ):
        return None
    below, above = (
        data.reshape(-1, *data.shape[-2:])[0, -1, 0].item(),
        data.reshape(-1, *data.shape[-2:])[0, 0, -1].item(),
    )
    if below == above:
        return _diagonal(data)
    lower = torch.ones(data.shape[-2:], dtype=torch.bool).tril()
    for name, keep in (("lower", lower), ("upper", lower.tril(-1))):
        pattern = torch.full(data.shape[-2:], above, dtype=data.dtype).masked_fill(keep, below)
        if torch.equal(data, pattern.expand_as(data)):
            return Domain(name, low=float(below), high=float(above))
    return None


def _diagonal(data: torch.Tensor) -> Domain | None:
    """The identity matrix, or zeros in a matrix of ones."""
    eye = torch.eye(data.shape[-1])
    for share, matrix in ((1.0, eye), (0.0, 1 - eye)):
        if torch.equal(data, matrix.to(data.dtype).expand_as(data)):
            return Domain("diagonal", low=0.0, high=1.0, share=share)
    return None


def _matrix(data: torch.Tensor) -> str:
    """What a determinant or a solver needs: positive definite matrices ("definite"), or their Cholesky "factor"."""
    size = data.shape[-1] if data.dim() >= 2 and data.shape[-1] == data.shape[-2] else 0
    exact = data.dtype in (torch.float32, torch.float64)
    if not exact or size < 2 or data.numel() > PATTERN:
        return ""
    if not bool((data.diagonal(dim1=-2, dim2=-1) > 0).all()):
        return ""
    corner = data[..., :2, :2]  # of most matrices, it tells enough
    if not bool(corner[..., 0, 1].any()):
        by_columns = data.stride(-2) == 1  # as LAPACK leaves it; a mask or a decay lies by rows
        return "factor" if by_columns and torch.equal(data, data.tril()) else ""
    if not torch.allclose(corner, corner.mT, rtol=1e-4) or not torch.allclose(data, data.mT, 1e-4):
        return ""
    return "" if bool(torch.linalg.cholesky_ex(data)[1].any()) else "definite"


def sample(data: torch.Tensor) -> torch.Tensor:
    """At most SAMPLE elements, evenly spread, without copying the rest."""
    count = data.numel()
    if count <= SAMPLE:
        return data.reshape(-1)
    picks, index = torch.arange(SAMPLE) * (count // SAMPLE), []
    for size in reversed(data.shape):  # torch.unravel_index imports sympy for this: half a second
        index.append(picks % size)
        picks = picks // size
    return data[tuple(reversed(index))]


def _rounded(number: float) -> float:
    """Two significant digits: an input's scale, not its fingerprint."""
    return float(f"{number:.2g}") if math.isfinite(number) else 1.0
