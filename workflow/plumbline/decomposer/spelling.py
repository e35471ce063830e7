"""One operation in several spellings, as one: what a call computes, whoever is asked for it.

F.silu(x), nn.SiLU()(x)                     ->  silu(x)
torch.softmax(x, -1), x.softmax(dim=-1)     ->  softmax(x, dim=-1)
x @ y, torch.matmul(x, y)                   ->  matmul(x, y)

Only calls of which it is certain are in the table: torch's function, method, functional and module are one kernel
there, and the arguments are known by place and by name. Any other call keeps the spelling it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from . import optable
from .graph import Operation, Ref

Setting = tuple[str, Any]
Spelled = tuple[str, tuple[Setting, ...]]

_HOME = re.compile(r"torch\.(Tensor\.|nn\.functional\.|nn\.)?\w+")
_NEEDED = object()  # an argument without a default
_INPLACE = ("inplace", False)
_OTHER = (("other", _NEEDED),)
_DIM = (("dim", _NEEDED), ("dtype", None))
_REDUCED = (("dim", None), ("keepdim", False), ("dtype", None))

_PLAIN = """exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin cos tan asin acos atan sinh cosh sigmoid tanh erf erfc
    erfinv abs square reciprocal floor ceil trunc frac sign isnan isinf isfinite logsigmoid tanhshrink softsign"""
_SWITCHES = "relu relu6 silu mish selu hardswish hardsigmoid"

# What follows the input, by place; names of operations without underscores.
_SETTINGS: dict[str, tuple[Setting, ...]] = {
    **dict.fromkeys(_PLAIN.split(), ()),
    **dict.fromkeys(_SWITCHES.split(), (_INPLACE,)),
    **dict.fromkeys("matmul maximum minimum eq ne lt le gt ge".split(), _OTHER),
    **dict.fromkeys("softmax logsoftmax cumsum cumprod".split(), _DIM),
    **dict.fromkeys("sum mean".split(), _REDUCED),
    **dict.fromkeys("argmax argmin".split(), _REDUCED[:2]),
    **dict.fromkeys("tril triu".split(), (("diagonal", 0),)),
    **dict.fromkeys("hardshrink softshrink".split(), (("lambd", 0.5),)),
    **dict.fromkeys("elu celu".split(), (("alpha", 1.0), _INPLACE)),
    "bmm": (("mat2", _NEEDED),),
    "pow": (("exponent", _NEEDED),),
    "maskedfill": (("mask", _NEEDED), ("value", _NEEDED)),
    "logsumexp": (("dim", _NEEDED), ("keepdim", False)),
    "glu": (("dim", -1),),
    "gelu": (("approximate", "none"),),
    "leakyrelu": (("negative_slope", 0.01), _INPLACE),
    "hardtanh": (("min_val", -1.0), ("max_val", 1.0), _INPLACE),
    "softplus": (("beta", 1.0), ("threshold", 20.0)),
    "linear": (("weight", _NEEDED), ("bias", None)),
}  # fmt: skip
_IMPLIED = {"linear": ("in_features", "out_features", "bias", "dtype")}  # by the module's state


def spelled(operation: Operation) -> Spelled | None:
    """The name of what is computed and its arguments, or None where the spelling itself has to tell."""
    name = optable.base_name(operation.target).replace("_", "")
    table = _SETTINGS.get(name)
    if table is None or not _HOME.fullmatch(operation.target):
        return None
    places, given = [*operation.args], _given(operation, name)
    if places and "input" not in given:
        given["input"] = places.pop(0)
    if len(places) > len(table):
        return None
    for (key, _), value in zip(table, places, strict=False):
        if key in given:
            return None
        given[key] = value
    if operation.target.endswith("_") and not operation.target.endswith("__"):
        given["inplace"] = True
    switch = () if _INPLACE in table else (_INPLACE,)
    arguments = _bound((("input", _NEEDED), *table, *switch), given)
    return None if arguments is None else (name, arguments)


def _given(operation: Operation, name: str) -> dict[str, Any]:
    """What is given by name; for a module, what it was made with and what it owns."""
    given = dict(operation.kwargs)
    if operation.module:
        implied = _IMPLIED.get(name, ())
        given |= {key: value for key, value in operation.module.arguments if key not in implied}
        given |= {key: Ref(value) for key, value in operation.module.state}
    return given


def _bound(table: Iterable[Setting], given: Mapping[str, Any]) -> tuple[Setting, ...] | None:
    """The arguments in the order of the table, defaults filled in; None where one is missing or unknown."""
    values = {key: given.get(key, default) for key, default in table}
    if given.keys() - values.keys() or any(value is _NEEDED for value in values.values()):
        return None
    floats = {key for key, default in table if isinstance(default, float)}
    return tuple((key, _same(value, key in floats)) for key, value in values.items())


def _same(value: Any, is_float: bool) -> Any:
    """Equal for values that mean the same: 1 and 1.0 for a slope, [0, 1] and (0, 1) for dimensions."""
    if is_float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return tuple(value) if isinstance(value, list) else value
