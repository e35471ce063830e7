"""One line of code per operation, as its author would have written it.

torch.Tensor.add(%3, %1)                    ->  x = x + residual
torch.nn.functional.softmax(%4, dim=-1)     ->  weights = F.softmax(scores, dim=-1)
torch.Tensor.__setitem__(%5, (:, 0), %6)    ->  out[:, 0] = first
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import optable
from .errors import Refusal
from .graph import Operation, Ref
from .literals import NotPrintable, literal

Name = Callable[[int], str]  # value -> the text that stands for it

OPERATORS = {
    **{name: sign for name, sign in optable.ARITHMETIC.items() if name not in ("neg", "negative")},
    "matmul": "@", "pow": "**", "gt": ">", "lt": "<", "ge": ">=", "le": "<=", "eq": "==", "ne": "!=",
    "and": "&", "or": "|", "xor": "^", "bitwise_and": "&", "bitwise_or": "|", "floordiv": "//",
    "remainder": "%", "mod": "%", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
AUGMENTED = {  # `x.add_(y)` is told as `x += y` too
    **{name: OPERATORS[name] for name in ("add", "sub", "mul", "div")},
    **{f"i{name}": sign for name, sign in OPERATORS.items()},
}
REVERSED = frozenset(
    {"rsub", "rdiv", "rtruediv", "rpow", "rmatmul", "rfloordiv", "radd", "rmul", "rmod"}
)
UNARY = {"neg": "-", "negative": "-", "invert": "~", "bitwise_not": "~"}


def expression(operation: Operation, name: Name, module: str | None = None) -> str:
    """The right-hand side that computes `operation`; `module` is the text of the leaf module to call."""
    try:
        if module:
            return f"{module}({_arguments(operation.args, operation.kwargs, name)})"
        return _operator(operation, name) or _subscript(operation, name) or _call(operation, name)
    except NotPrintable as error:
        raise Refusal(
            f"an argument of {operation.target} cannot be written down",
            f"{operation.source}: {operation.source.text}", "tensors, numbers, strings, dtypes and containers of these",
            str(error), "pass a plain value instead",
        ) from None  # fmt: skip


def in_place_statement(operation: Operation, name: Name) -> str | None:
    """The whole statement, for operations that are statements: `x[i] = y` and `x += y`."""
    base = optable.base_name(operation.target)
    if base == "setitem":
        target, index, value = operation.args
        return f"{operand(target, name)}[{_index(index, name)}] = {operand(value, name)}"
    symbol = AUGMENTED.get(base)
    plain = len(operation.args) == 2 and not operation.kwargs and isinstance(operation.args[0], Ref)
    if symbol and plain and operation.writes and operation.target.startswith("torch.Tensor."):
        return f"{operand(operation.args[0], name)} {symbol}= {operand(operation.args[1], name)}"
    return None


def operand(leaf: Any, name: Name) -> str:
    """An argument: a variable, a literal, or a container of these."""
    match leaf:
        case Ref():
            return name(leaf.value)
        case tuple():
            return f"({', '.join(operand(item, name) for item in leaf)}{',' if len(leaf) == 1 else ''})"
        case list():
            return f"[{', '.join(operand(item, name) for item in leaf)}]"
        case dict():
            return (
                "{" + ", ".join(f"{literal(k)}: {operand(v, name)}" for k, v in leaf.items()) + "}"
            )
        case slice():
            return f"slice({operand(leaf.start, name)}, {operand(leaf.stop, name)}, {operand(leaf.step, name)})"
        case _:
            return literal(leaf)


def _operator(operation: Operation, name: Name) -> str | None:
    base = optable.base_name(operation.target)
    if (
        operation.kwargs
        or operation.writes
        or any(isinstance(arg, tuple | list | dict) for arg in operation.args)
    ):
        return None
    if base in UNARY and len(operation.args) == 1:
        return f"{UNARY[base]}{operand(operation.args[0], name)}"
    plain = base[1:] if base in REVERSED else base
    plain = {"rsub": "sub"}.get(base, plain)
    symbol = OPERATORS.get(plain)
    if symbol is None or len(operation.args) != 2:
        return None
    left, right = operation.args[::-1] if base in REVERSED else operation.args
    return f"{_grouped(operand(left, name))} {symbol} {_grouped(operand(right, name))}"


def _grouped(text: str) -> str:
    """A negative literal as an operand of `**` binds the wrong way without parentheses."""
    return f"({text})" if text.startswith("-") else text


def _subscript(operation: Operation, name: Name) -> str | None:
    if optable.base_name(operation.target) != "getitem":
        return None
    return f"{operand(operation.args[0], name)}[{_index(operation.args[1], name)}]"


def _index(index: Any, name: Name) -> str:
    if isinstance(index, tuple) and index:
        return ", ".join(_index_part(part, name) for part in index) + (
            "," if len(index) == 1 else ""
        )
    return _index_part(index, name)


def _index_part(part: Any, name: Name) -> str:
    if not isinstance(part, slice):
        return operand(part, name)
    text = ":".join(
        "" if bound is None else operand(bound, name) for bound in (part.start, part.stop)
    )
    return text if part.step is None else f"{text}:{operand(part.step, name)}"


def _call(operation: Operation, name: Name) -> str:
    target = operation.target
    if target.endswith(".__get__"):
        return f"{operand(operation.args[0], name)}.{target.split('.')[-2]}"
    if target.startswith("torch.Tensor."):
        method = target.removeprefix("torch.Tensor.")
        return f"{operand(operation.args[0], name)}.{method}({_arguments(operation.args[1:], operation.kwargs, name)})"
    function = target.replace("torch.nn.functional.", "F.")
    return f"{function}({_arguments(operation.args, operation.kwargs, name)})"


def _arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any], name: Name) -> str:
    return ", ".join(
        [operand(arg, name) for arg in args]
        + [f"{key}={operand(arg, name)}" for key, arg in kwargs.items()]
    )
