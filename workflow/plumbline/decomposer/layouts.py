"""How a tensor lies in memory, and the view of a contiguous one that lies so.

(128, 64) with strides (1, 128)    ->    torch.randn(64, 128).permute(1, 0)
(128, 64) with strides (256, 1)    ->    torch.randn(128, 256)[:, :64]
"""

from __future__ import annotations

import functools
import math

import torch

from .graph import TensorType
from .literals import literal


def sizes(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape)) if shape else "()"


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a contiguous tensor."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def significant(type_: TensorType) -> tuple[int, ...]:
    """Strides, with those of dimensions of size 1 (or of an empty tensor) set to 0: they carry no meaning, except
    where torch would take a tensor for one of another memory format because of them."""
    return type_.stride if _is_peculiar(type_.shape, type_.stride) else _plain(type_)


def _plain(type_: TensorType) -> tuple[int, ...]:
    if 0 in type_.shape:
        return (0,) * len(type_.shape)
    return tuple(
        0 if size == 1 else step for size, step in zip(type_.shape, type_.stride, strict=True)
    )


@functools.cache
def _is_peculiar(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether the strides of dimensions of size 1 decide the memory format: drawn anew, it would be another one."""
    if len(shape) not in (4, 5) or 1 not in shape or 0 in shape:
        return False
    base, suffix = _plain_layout(TensorType(shape, "float32", stride)) or (shape, "")
    drawn = eval(f"torch.empty({base}, device='meta'){suffix}", {"torch": torch}).stride()
    return _is_channels_last(shape, stride) != _is_channels_last(shape, drawn)


def _is_channels_last(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """As torch decides it for 4 and 5 dimensions (c10/core/MemoryFormat.h), dimensions of size 1 included."""
    least = 0
    for place in (1, *reversed(range(2, len(shape))), 0):
        if stride[1] == 0 or stride[place] < least or (place == 0 and least == stride[1]):
            return False
        least = stride[place] * shape[place]
    return True


def layout(type_: TensorType) -> tuple[tuple[int, ...], str] | None:
    """The contiguous shape to draw and the view that turns it into `type_`; None where it is contiguous anyway."""
    if _is_peculiar(type_.shape, type_.stride):
        return _as_strided(type_.shape, type_.stride)
    return _plain_layout(type_)


def _plain_layout(type_: TensorType) -> tuple[tuple[int, ...], str] | None:
    wanted = _plain(type_)
    if wanted == _plain(TensorType(type_.shape, type_.dtype, contiguous(type_.shape))):
        return None
    base = tuple(1 if step == 0 else size for size, step in zip(type_.shape, wanted, strict=True))
    expand = f".expand({sizes(type_.shape)})" if base != type_.shape else ""
    if _plain(TensorType(base, type_.dtype, contiguous(base))) == wanted:
        return base, expand
    order = sorted(range(len(base)), key=lambda d: (-wanted[d] if base[d] > 1 else -math.inf, d))
    packed, steps = [base[d] for d in order], [wanted[d] for d in order]
    found = _slice(packed, steps)
    if found is None:
        return _as_strided(type_.shape, wanted)
    whole, cut = found
    inverse = [order.index(d) for d in range(len(order))]
    moved = f".permute({', '.join(map(str, inverse))})" if order != sorted(order) else ""
    return whole, f"{cut}{moved}{expand}"


def _as_strided(shape: tuple[int, ...], steps: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
    extent = 1 + sum((size - 1) * step for size, step in zip(shape, steps, strict=True))
    return (extent,), f".as_strided({literal(shape)}, {literal(steps)})"


def _slice(extents: list[int], steps: list[int]) -> tuple[tuple[int, ...], str] | None:
    """The contiguous shape of which a tensor with these strides, largest first, is a slice, and the slice.

    (128, 128) with strides (1024, 1)    ->    (128, 1024), "[:, :128]"
    """
    real = [place for place, size in enumerate(extents) if size > 1]
    whole, cuts = list(extents), [":"] * len(extents)
    for place, outer in zip(reversed(real), [*reversed(real[:-1]), None], strict=True):
        last = place == real[-1]
        step = steps[place] if last else 1
        inside = 1 if last else steps[place]
        width = extents[place] * step if outer is None else steps[outer] // inside
        exact = outer is None or steps[outer] % inside == 0
        if not exact or width < (extents[place] - 1) * step + 1:
            return None
        whole[place] = width
        end = "" if width == extents[place] * step else str((extents[place] - 1) * step + 1)
        cuts[place] = f":{end}:{step}" if step > 1 else f":{end}"
    while cuts and cuts[-1] == ":":
        cuts.pop()
    return tuple(whole), f"[{', '.join(cuts)}]" if cuts else ""
