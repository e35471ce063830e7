"""Operations that no torch function asked for: what vmap, TorchScript and gradients hand to the dispatcher.

torch.vmap(torch.dot)(x, y)    ->    unsqueeze, unsqueeze, bmm, squeeze, squeeze: on whole tensors, as they ran

They are told as the public functions of torch that do the same:

aten::mm(x, y)                 ->    torch.mm(x, y)
aten::slice(x, 1, 2, 5)        ->    x[:, 2:5]
aten::index(x, [None, i])      ->    x[:, i]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .graph import leaves


class Dispatched(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Hands every operation to `record` that runs while `inside()` no recorded call does."""

    def __init__(self, inside: Callable[[], bool], record: Callable[..., Any]):
        super().__init__()  # type: ignore[no-untyped-call]
        self.inside, self.record = inside, record

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: marking this mode for the compiler would import it, which takes a second."""
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Any = None,
    ) -> Any:
        kwargs = kwargs or {}
        if self.inside():
            return func(*args, **kwargs)
        return self.record(func, args, kwargs)


def is_transformed() -> bool:
    """Whether a transformation of functions (vmap, grad) is under way: its tensors are not what they seem."""
    return torch._C._functorch.peek_interpreter_stack() is not None


def written_by(func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[torch.Tensor]:
    """The tensors that an operation writes, by its schema: their versions were counted before it came here."""
    schema = getattr(func, "_schema", None)
    if schema is None:  # several operations of one name: an author's call, which counts
        return []
    given = {a.name: value for a, value in zip(schema.arguments, args, strict=False)} | dict(kwargs)
    written = [a.name for a in schema.arguments if a.alias_info and a.alias_info.is_write]
    found = leaves([given.get(name) for name in written])
    return [leaf for leaf in found if isinstance(leaf, torch.Tensor)]


Spelled = tuple[str, tuple[Any, ...], dict[str, Any]]

# One operation, two names: what the dispatcher calls `_unsafe_view` is `view` of a result that nobody else has.
_OTHER_NAMES = {
    "_unsafe_view": "view",
    "_to_copy": "to",
    "_reshape_alias": "as_strided",
    "_adaptive_avg_pool2d": "adaptive_avg_pool2d",
    "_adaptive_avg_pool3d": "adaptive_avg_pool3d",
}
_SPACES = ("linalg", "fft", "special")  # aten::linalg_cross is torch.linalg.cross
_END = sys.maxsize  # where a slice ends that goes on to the end


def spelled_publicly(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Spelled:
    """The public function that a dispatched operation is, with its arguments.

    An operation that has none keeps its own name.
    """
    packet = getattr(func, "overloadpacket", func)
    space, _, name = packet._qualified_op_name.partition("::")
    if space == "aten":
        match name, args:
            case "index", (x, places):
                index = tuple(slice(None) if place is None else place for place in places)
                return "torch.Tensor.__getitem__", (x, index if len(index) > 1 else index[0]), {}
            case "slice", (x, *rest):
                return "torch.Tensor.__getitem__", (x, _sliced(x.dim(), *rest)), {}
            case (("_softmax" | "_log_softmax"), (x, dim, False)):  # without a cast
                return f"torch.{name[1:]}", (x, dim), {}
    return _public(space, name), args, kwargs


def _sliced(
    dims: int, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """The index that `aten::slice` stands for."""
    part = slice(start or None, None if end == _END else end, None if step == 1 else step)
    before = (slice(None),) * (dim % dims)
    return (*before, part) if before else part


def _public(space: str, name: str) -> str:
    """aten::mm -> torch.mm, aten::expand -> torch.Tensor.expand, aten::linalg_cross -> torch.linalg.cross."""
    name = _OTHER_NAMES.get(name, name)
    if space == "aten" and not name.startswith("_"):
        for home, prefix in (
            (torch, "torch"),
            (torch.Tensor, "torch.Tensor"),
            (torch._C._nn, "torch.nn.functional"),
        ):
            if callable(getattr(home, name, None)):
                return f"{prefix}.{name}"
        home_name, _, short = name.partition("_")
        if home_name in _SPACES and callable(getattr(getattr(torch, home_name), short, None)):
            return f"torch.{home_name}.{short}"
    return f"{space}::{name}"
