"""Code that draws a tensor of a given type from a given domain: inputs of components, and initial state.

float32 (2, 8), values around 0 with spread 0.5    ->  torch.randn(2, 8) * 0.5
int64 (4,), values 0 to 9                          ->  torch.randint(0, 10, (4,))
as many True as in a mask of 4 x 8                 ->  torch.randperm(32).view(4, 8) < 5
every place once, in any order                     ->  torch.randperm(64)
a causal mask                                      ->  torch.ones(8, 8, dtype=torch.bool).tril()
"""

from __future__ import annotations

import ast
import functools
import math

import torch

from .graph import Domain, TensorType
from .literals import literal

HUGE = 1 << 26  # elements, from which on every operation of a draw costs memory that may be missing


def draw(type_: TensorType, domain: Domain) -> str:
    """An expression that makes a tensor of `type_` (shape, dtype and significant strides) from `domain`."""
    layout = _layout(type_)
    base, suffix = layout or (type_.shape, "")
    uncounted = math.prod(base) != math.prod(type_.shape)  # how many of a slice are True?
    if not suffix or (domain.exact and uncounted):
        return _values(type_, type_.shape, domain)
    code = _values(type_, base, domain)
    return f"{code if _is_call(code) else f'({code})'}{suffix}"


def _is_call(code: str) -> bool:
    """Whether a method can follow without parentheses: one call, not an operator expression."""
    return isinstance(ast.parse(code, mode="eval").body, ast.Call)


def _values(type_: TensorType, shape: tuple[int, ...], domain: Domain) -> str:
    match domain.kind:
        case "empty":
            return f"torch.zeros({_size(shape)}{_dtype(type_)})"
        case "constant":
            return _constant(type_, shape, domain.low)
        case "lower" | "upper" if len(shape) >= 2:
            return _triangle(type_, shape, domain)
        case "diagonal" if len(shape) >= 2 and shape[-1] == shape[-2]:
            return _diagonal(type_, shape, domain)
        case "arange":
            steps = f"torch.arange({int(domain.low)}, {int(domain.low) + shape[-1]}{_dtype(type_, 'int64')})"
            return (
                steps
                if len(shape) == 1
                else f"{steps}.repeat({', '.join(map(str, (*shape[:-1], 1)))})"
            )
        case "boolean" if 0 < domain.count < math.prod(shape) == math.prod(type_.shape):
            return _mask(shape, domain.count)
        case "flags" if 0 < domain.count < math.prod(shape) == math.prod(type_.shape):
            return f"({_mask(shape, domain.count)}).to(torch.{type_.dtype})"
        case "boolean" | "diagonal" | "lower" | "upper" if type_.dtype == "bool":
            return f"torch.rand({_size(shape)}) < {literal(domain.share or 0.5)}"
        case "listed" if len(shape) == 1 and shape[0] == len(domain.values):
            return f"torch.tensor({literal(list(domain.values))}{_dtype(type_, 'int64')})"
        case "permutation" if math.prod(shape) == math.prod(type_.shape):
            first = f" + {int(domain.low)}" if domain.low else ""
            return f"{_permutation(shape, _dtype(type_, 'int64'))}{first}"
        case "integer" | "flags" | "diagonal" | "listed" | "permutation":
            return f"torch.randint({int(domain.low)}, {int(domain.high) + 1}, {literal(shape)}{_dtype(type_, 'int64')})"
        case "complex":
            return f"torch.randn({_size(shape)}{_dtype(type_)}){_scaled(domain.std, 0.0)}"
    return _floats(type_, shape, domain)


def _permutation(shape: tuple[int, ...], dtype: str = "") -> str:
    place = f".view({_size(shape)})" if len(shape) != 1 else ""
    return f"torch.randperm({math.prod(shape)}{dtype}){place}"


def _mask(shape: tuple[int, ...], count: int) -> str:
    """As many True as were seen: other sizes may hang on their number."""
    return f"{_permutation(shape)} < {count}"


def _floats(type_: TensorType, shape: tuple[int, ...], domain: Domain) -> str:
    size, dtype = _size(shape), _dtype(type_)
    if domain.low >= 0 or domain.high <= 0:
        span, low = _digits(domain.high - domain.low), _digits(domain.low)
        if math.prod(shape) > HUGE and abs(low) < 1e-3 * span:
            low = 0.0
        text = f"torch.rand({size}{dtype}){_scaled(span, low)}"
    else:
        centre = domain.mean if abs(domain.mean) > 0.1 * domain.std else 0.0
        text = f"torch.randn({size}{dtype}){_scaled(domain.std, centre)}"
    if domain.share:
        text = f"({text}).masked_fill(torch.rand({size}) < {literal(domain.share)}, float('-inf'))"
    return text


def _scaled(scale: float, shift: float) -> str:
    text = "" if scale == 1 or scale == 0 else f" * {literal(scale)}"
    return text if shift == 0 else f"{text} {'-' if shift < 0 else '+'} {literal(abs(shift))}"


def _constant(type_: TensorType, shape: tuple[int, ...], value: float) -> str:
    if type_.dtype == "bool":
        return f"torch.{'ones' if value else 'zeros'}({_size(shape)}, dtype=torch.bool)"
    if value in (0, 1):
        return f"torch.{'ones' if value else 'zeros'}({_size(shape)}{_dtype(type_)})"
    whole = not type_.dtype.startswith(("float", "bfloat", "complex"))
    number = literal(int(value)) if whole and math.isfinite(value) else literal(float(value))
    return f"torch.full({literal(shape)}, {number}{_dtype(type_, 'int64' if whole else 'float32')})"


def _triangle(type_: TensorType, shape: tuple[int, ...], domain: Domain) -> str:
    """Below the diagonal `low`, above it `high`; the diagonal goes with `low` in "lower", with `high` in "upper"."""
    size = _size(shape)
    upper, lower = ("triu(1)", "tril()") if domain.kind == "lower" else ("triu()", "tril(-1)")
    if type_.dtype == "bool":
        return f"torch.ones({size}, dtype=torch.bool).{lower if domain.low else upper}"
    if domain.low == 0:
        return f"{_constant(type_, shape, domain.high)}.{upper}"
    if domain.high == 0:
        return f"{_constant(type_, shape, domain.low)}.{lower}"
    mask = f"torch.ones({size}, dtype=torch.bool).{upper}"
    return f"{_constant(type_, shape, domain.low)}.masked_fill({mask}, {literal(domain.high)})"


def _diagonal(type_: TensorType, shape: tuple[int, ...], domain: Domain) -> str:
    """The identity matrix, repeated as often as the leading dimensions say, or its complement."""
    eye = f"torch.eye({shape[-1]}{_dtype(type_)})"
    if len(shape) > 2:
        eye = f"{eye}.repeat({', '.join(map(str, (*shape[:-2], 1, 1)))})"
    if domain.share:
        return eye
    return f"{eye} == 0" if type_.dtype == "bool" else f"1 - {eye}"


def _dtype(type_: TensorType, default: str = "float32") -> str:
    return "" if type_.dtype == default else f", dtype=torch.{type_.dtype}"


def _size(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape)) if shape else "()"


def _digits(number: float) -> float:
    return float(f"{number:.2g}")


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
    layout = _plain_layout(TensorType(shape, "float32", stride))
    base, suffix = layout or (shape, "")
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


def _layout(type_: TensorType) -> tuple[tuple[int, ...], str] | None:
    """The contiguous shape to draw and the view that turns it into `type_`; None where it is contiguous anyway."""
    if _is_peculiar(type_.shape, type_.stride):
        return _as_strided(type_.shape, type_.stride)
    return _plain_layout(type_)


def _plain_layout(type_: TensorType) -> tuple[tuple[int, ...], str] | None:
    wanted = _plain(type_)
    if wanted == _plain(TensorType(type_.shape, type_.dtype, contiguous(type_.shape))):
        return None
    base = tuple(1 if step == 0 else size for size, step in zip(type_.shape, wanted, strict=True))
    expand = f".expand({_size(type_.shape)})" if base != type_.shape else ""
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


def _slice(sizes: list[int], steps: list[int]) -> tuple[tuple[int, ...], str] | None:
    """The contiguous shape of which a tensor with these strides, largest first, is a slice, and the slice.

    (128, 128) with strides (1024, 1)    ->    (128, 1024), "[:, :128]"
    """
    real = [place for place, size in enumerate(sizes) if size > 1]
    whole, cuts = list(sizes), [":"] * len(sizes)
    for place, outer in zip(reversed(real), [*reversed(real[:-1]), None], strict=True):
        last = place == real[-1]
        step = steps[place] if last else 1
        inside = 1 if last else steps[place]
        width = sizes[place] * step if outer is None else steps[outer] // inside
        exact = outer is None or steps[outer] % inside == 0
        if not exact or width < (sizes[place] - 1) * step + 1:
            return None
        whole[place] = width
        end = "" if width == sizes[place] * step else str((sizes[place] - 1) * step + 1)
        cuts[place] = f":{end}:{step}" if step > 1 else f":{end}"
    while cuts and cuts[-1] == ":":
        cuts.pop()
    return tuple(whole), f"[{', '.join(cuts)}]" if cuts else ""
