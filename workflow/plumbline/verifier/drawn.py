"""Making a model, or inputs, without drawing values that nobody uses, and unseen by the file that asks for them.

    nn.Linear(4096, 4096)                       its weights are not drawn: the weight map overwrites them
    float(torch.rand(1)), w.nonzero().shape     refused: what would be drawn decides what is made

A constructor that saw what was left out could tell a judge from a user.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from .recording import READS, ROUTING, storage_key
from .runtime import flat_tensors

INITIALISERS = frozenset({"normal_", "uniform_", "exponential_", "random_", "log_normal_"})
FACTORIES = frozenset({"randn", "rand", "randint"})
SCALING = frozenset({"mul", "add", "sub", "div", "true_divide"})


class SeenWhileMade(RuntimeError):
    """A file looks at random values while it makes a model or inputs."""


class Undrawn(TorchFunctionMode):
    """Random initialisers and factories leave memory as it is; ``scaled``: nor are floats scaled and shifted."""

    def __init__(self, scaled: bool = False) -> None:
        super().__init__()
        self.scaled = scaled
        self.guard = _Guard()

    def __enter__(self) -> Undrawn:
        self.guard.__enter__()  # type: ignore[no-untyped-call]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        self.guard.__exit__(*error)  # type: ignore[no-untyped-call]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in INITIALISERS or getattr(func, "__module__", "") == "torch.nn.init":
            return self.guard.hide(args[0] if args else kwargs["tensor"])
        if name in FACTORIES and "generator" not in kwargs:
            return self.guard.hide(_empty(name, args, kwargs))
        if self.scaled and name in SCALING and _floats_and_number(args):
            return self.guard.hide(torch.empty_like(args[0]))
        if name == "tensor_split":  # takes sizes out of a tensor past the dispatcher
            self.guard.look(args[1:])
        return func(*args, **kwargs)


class _Guard(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Knows which memory holds nothing that was drawn, and refuses to read it into Python."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.hidden: dict[
            int, StorageWeakRef
        ] = {}  # held, lest a later memory has the same identity

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: as in modes."""
        return False

    def hide(self, tensor: torch.Tensor) -> torch.Tensor:
        """What is made of this one is hidden, too."""
        reference = StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
        self.hidden.setdefault(storage_key(tensor), reference)
        return tensor

    def look(self, values: Any) -> None:
        """Refuse to tell a number, or a size, that hangs on what is hidden."""
        if any(storage_key(tensor) in self.hidden for tensor in flat_tensors(values)):
            raise SeenWhileMade("a random value is read while the model or its inputs are made")

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        ins = flat_tensors((args, kwargs))
        result = func(*args, **kwargs)
        if any(storage_key(tensor) in self.hidden for tensor in ins):
            name = func._schema.name.split("::")[-1]
            masked = name == "index" and any(tensor.dtype == torch.bool for tensor in ins)
            if name in READS or name in ROUTING or masked:
                self.look(ins)
            for tensor in flat_tensors(result):
                self.hide(tensor)
        return result


def _floats_and_number(args: Any) -> bool:
    """A tensor scaled or shifted by a number is another of its shape and dtype: its pages need no touch."""
    return (
        len(args) == 2
        and isinstance(args[0], torch.Tensor)
        and args[0].is_floating_point()
        and isinstance(args[1], int | float)
    )


def _empty(name: str, args: Any, kwargs: dict[str, Any]) -> torch.Tensor:
    """An uninitialised tensor of the size and dtype that a random factory was asked for."""
    if name != "randint":
        return torch.empty(*args, **kwargs)
    size = kwargs.pop("size", args[-1])
    for bound in ("low", "high"):
        kwargs.pop(bound, None)
    return torch.empty(size, **{"dtype": torch.int64, **kwargs})
