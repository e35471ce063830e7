"""Python values as source text: a closed set, refused outside of it."""

from __future__ import annotations

import ast
import cmath
import math
from typing import Any

import torch


class NotPrintable(TypeError):
    """A value that has no exact literal."""


def literal(value: Any) -> str:
    """Source text with `eval(literal(v)) == v`, given torch. Raises NotPrintable for anything unknown.

    >>> literal((1, float("-inf"), torch.float32))
    '(1, float("-inf"), torch.float32)'
    """
    match value:
        case None | bool() | int() | str():
            return repr(value) if not isinstance(value, str) else _string(value)
        case float():
            return _float(value)
        case complex():
            return _complex(value)
        case torch.dtype() | torch.memory_format() | torch.layout():
            return str(value)
        case type():
            return _type(value)
        case torch.device():
            return f'torch.device("{value}")'
        case tuple():
            return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
        case slice():
            return f"slice({literal(value.start)}, {literal(value.stop)}, {literal(value.step)})"
    if value is Ellipsis:
        return "..."
    if (
        type(value).__module__ == "numpy"
        and hasattr(value, "item")
        and getattr(value, "ndim", 1) == 0
    ):
        return literal(value.item())
    raise NotPrintable(f"{type(value).__name__} {value!r} has no literal")


def _type(value: type) -> str:
    """`bool` and `torch.LongTensor` name dtypes too."""
    dtypes = {bool: torch.bool, int: torch.int64, float: torch.float64, complex: torch.complex128}
    dtype = dtypes.get(value) or getattr(value, "dtype", None)
    if isinstance(dtype, torch.dtype):
        return str(dtype)
    raise NotPrintable(f"the class {value.__name__} has no literal")


def _float(value: float) -> str:
    if math.isnan(value):
        return 'float("nan")'
    if math.isinf(value):
        return 'float("inf")' if value > 0 else 'float("-inf")'
    exact, short = repr(float(value)), f"{value:g}"
    return short if "e" in short and len(short) < len(exact) and float(short) == value else exact


def _complex(value: complex) -> str:
    """`1j`, as an author writes it; a call where signs of zero or infinities would be lost."""
    real, size = (_float(part).removesuffix(".0") for part in (value.real, abs(value.imag)))
    sign = "-" if value.imag < 0 else "+"
    for text in (f"{size}j", f"({real} {sign} {size}j)"):
        if cmath.isfinite(value) and repr(ast.literal_eval(text)) == repr(value):
            return text
    return f"complex({_float(value.real)}, {_float(value.imag)})"


def _string(value: str) -> str:
    text = repr(value)
    return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in value else text
