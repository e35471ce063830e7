"""Code that draws a tensor of a given type from a given domain: inputs of components, and initial state.

float32 (2, 8), values around 0 with spread 0.5    ->  torch.randn(2, 8) * 0.5
int64 (4,), values 0 to 9                          ->  torch.randint(0, 10, (4,))
as many True as in a mask of 4 x 8                 ->  torch.randperm(32).view(4, 8) < 5
every place once, in any order                     ->  torch.randperm(64)
the corners of boxes                               ->  torch.randint(0, 10, (4, 4)).sort(-1).values
a causal mask                                      ->  torch.ones(8, 8, dtype=torch.bool).tril()
"""

from __future__ import annotations

import ast
import math

from .graph import Domain, TensorType
from .layouts import layout, sizes
from .literals import literal

HUGE = 1 << 26  # elements, from which on every operation of a draw costs memory that may be missing


def draw(type_: TensorType, domain: Domain) -> str:
    """An expression that makes a tensor of `type_` (shape, dtype and significant strides) from `domain`.

    A mask that sizes hang on is drawn without its strides where only a slice of a larger one would have them.
    """
    if domain.kind == "factor":
        return _factor(type_, domain)
    base, suffix = layout(type_) or (type_.shape, "")
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
            return f"torch.zeros({sizes(shape)}{_dtype(type_)})"
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
        case "definite" if len(shape) >= 2 and shape[-1] == shape[-2]:
            return _covariance(type_, shape, domain.std)
        case "boolean" if 0 < domain.count < math.prod(shape) == math.prod(type_.shape):
            return _mask(shape, domain.count)
        case "flags" if 0 < domain.count < math.prod(shape) == math.prod(type_.shape):
            return f"({_mask(shape, domain.count)}).to(torch.{type_.dtype})"
        case "boolean" | "diagonal" | "lower" | "upper" if type_.dtype == "bool":
            return f"torch.rand({sizes(shape)}) < {literal(domain.share or 0.5)}"
        case "listed" if len(shape) == 1 and shape[0] == len(domain.values):
            return f"torch.tensor({literal(list(domain.values))}{_dtype(type_, 'int64')})"
        case "integer" if domain.exact and math.prod(shape) == len(domain.values):
            return f"torch.tensor({literal(list(domain.values))}{_dtype(type_, 'int64')}).view({sizes(shape)})"
        case "sorted" if shape:
            return f"{_integers(type_, shape, domain)}.sort(-1).values"
        case "permutation" if math.prod(shape) == math.prod(type_.shape):
            first = f" + {int(domain.low)}" if domain.low else ""
            return f"{_permutation(shape, _dtype(type_, 'int64'))}{first}"
        case "integer" | "flags" | "diagonal" | "listed" | "permutation" | "sorted":
            return _integers(type_, shape, domain)
        case "bounded":
            return f"torch.rand({sizes(shape)}{_dtype(type_)}) * 1.9 - 0.95"
        case "complex":
            return f"torch.randn({sizes(shape)}{_dtype(type_)}){_scaled(domain.std, 0.0)}"
    return _floats(type_, shape, domain)


def _integers(type_: TensorType, shape: tuple[int, ...], domain: Domain) -> str:
    bounds = f"{int(domain.low)}, {int(domain.high) + 1}"
    return f"torch.randint({bounds}, {literal(shape)}{_dtype(type_, 'int64')})"


def _permutation(shape: tuple[int, ...], dtype: str = "") -> str:
    place = f".view({sizes(shape)})" if len(shape) != 1 else ""
    return f"torch.randperm({math.prod(shape)}{dtype}){place}"


def _mask(shape: tuple[int, ...], count: int) -> str:
    """As many True as were seen: other sizes may hang on their number."""
    return f"{_permutation(shape)} < {count}"


def _floats(type_: TensorType, shape: tuple[int, ...], domain: Domain) -> str:
    size, dtype = sizes(shape), _dtype(type_)
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
        return f"torch.{'ones' if value else 'zeros'}({sizes(shape)}, dtype=torch.bool)"
    if value in (0, 1):
        return f"torch.{'ones' if value else 'zeros'}({sizes(shape)}{_dtype(type_)})"
    whole = not type_.dtype.startswith(("float", "bfloat", "complex"))
    number = literal(int(value)) if whole and math.isfinite(value) else literal(float(value))
    return f"torch.full({literal(shape)}, {number}{_dtype(type_, 'int64' if whole else 'float32')})"


def _triangle(type_: TensorType, shape: tuple[int, ...], domain: Domain) -> str:
    """Below the diagonal `low`, above it `high`; the diagonal goes with `low` in "lower", with `high` in "upper"."""
    size = sizes(shape)
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


def _covariance(type_: TensorType, shape: tuple[int, ...], scale: float) -> str:
    """A positive definite matrix, repeated as often as the leading dimensions say."""
    code = f"torch.cov(torch.randn({shape[-1]}, {2 * shape[-1]}{_dtype(type_)}))"
    if len(shape) > 2:
        code = f"{code}.repeat({', '.join(map(str, (*shape[:-2], 1, 1)))})"
    return f"{code}{_scaled(scale, 0.0)}"


def _factor(type_: TensorType, domain: Domain) -> str:
    """The Cholesky factor of such a matrix; torch gives it column by column."""
    return f"torch.linalg.cholesky({_covariance(type_, type_.shape, _digits(domain.std**2))})"


def _dtype(type_: TensorType, default: str = "float32") -> str:
    return "" if type_.dtype == default else f", dtype=torch.{type_.dtype}"


def _digits(number: float) -> float:
    return float(f"{number:.2g}")
