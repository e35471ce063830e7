"""Does a child matter? One backward pass answers for all children; a disturbance for the rest."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn as nn

from .runtime import flat_tensors, map_tensors
from .seeds import generator

FACTOR = 1.5  # of floats in a disturbed output
PART = 1 << 24  # elements that are changed at once


class _Start(torch.autograd.Function):
    """Gives the memory of a tensor a place in the graph, without a copy; it is no leaf and no view.

    (A leaf could not be written in place by what follows, nor could a view.)
    """

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor, anchor: torch.Tensor) -> torch.Tensor:
        same = torch.empty(0, dtype=tensor.dtype)
        return same.set_(
            tensor.untyped_storage(), tensor.storage_offset(), tensor.shape, tensor.stride()
        )

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0], None


class _Loss(torch.autograd.Function):
    """The sum of all outputs times their weights, of which nobody needs the value.

    (``torch.autograd.backward(outputs, weights)`` says the same and imports sympy: 0.3 s.)
    """

    @staticmethod
    def forward(ctx: Any, weights: list[torch.Tensor], *outputs: torch.Tensor) -> torch.Tensor:
        ctx.weights = weights
        return torch.zeros(())

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return None, *ctx.weights


def norm(tensor: torch.Tensor) -> float:
    """Euclidean norm of the finite values."""
    value = float(torch.linalg.vector_norm(tensor.detach(), dtype=torch.float32))
    if math.isfinite(value):
        return value
    return float(
        torch.linalg.vector_norm(tensor.detach().nan_to_num(0.0, 0.0, 0.0), dtype=torch.float32)
    )


def norm_of_product(one: torch.Tensor, other: torch.Tensor) -> float:
    """Euclidean norm of an elementwise product that is never held as a whole."""
    parts = (torch.split(tensor.detach().flatten(), 1 << 24) for tensor in (one, other))
    return math.sqrt(sum(norm(left * right) ** 2 for left, right in zip(*parts, strict=True)))


class _ChildCalls:
    """Runs a function on the result of every call of a child while active."""

    def __init__(self, names: dict[int, str], after: Callable[[str, Any], Any]) -> None:
        self.names, self.after, self.depth = names, after, 0

    def __enter__(self) -> None:
        self.plain = nn.Module.__call__
        plain = self.plain

        def watched(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if id(module) not in self.names:
                return plain(module, *args, **kwargs)
            return self.after(self.names[id(module)], plain(module, *args, **kwargs))

        nn.Module.__call__ = watched  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        nn.Module.__call__ = self.plain  # type: ignore[method-assign]


class Probe:
    """Records gradients with respect to the outputs of children, and of nothing else."""

    def __init__(self, names: dict[int, str]) -> None:
        self.names = names
        self.found: dict[str, float] = dict.fromkeys(names.values(), 0.0)
        self.anchor = torch.zeros((), requires_grad=True)
        self.calls = _ChildCalls(names, self.after)
        self.outputs: list[torch.Tensor] = []
        self.failure = ""

    def __enter__(self) -> Probe:
        torch.set_grad_enabled(True)
        self.calls.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.calls.__exit__()
        torch.set_grad_enabled(False)

    def after(self, name: str, result: Any) -> Any:
        """Hook every float output of a child."""

        def hooked(tensor: torch.Tensor) -> torch.Tensor:
            if not tensor.is_floating_point():
                return tensor
            if not tensor.requires_grad:
                tensor = _Start.apply(tensor, self.anchor)  # type: ignore[no-untyped-call]
            level = norm(tensor) / max(1, tensor.numel()) ** 0.5
            made = tensor.grad_fn  # a hook of the tensor crashes where a view is written later
            assert made is not None
            made.register_prehook(self.hook(name, level, tensor.output_nr))
            return tensor

        return map_tensors(hooked, result)

    def hook(self, name: str, level: float, place: int) -> Callable[[Any], None]:
        """First-order change of the loss under a random relative disturbance of this output."""

        def note(gradients: Any) -> None:
            change = 0.0 if gradients[place] is None else norm(gradients[place]) * level
            if math.isfinite(change):
                self.found[name] = max(self.found[name], change)

        return note

    def effects(self, output: Any, seed: int) -> dict[str, Any]:
        """Largest relative effect per child; an empty answer when there is no gradient."""
        floats = [t for t in flat_tensors(output) if t.is_floating_point() and t.requires_grad]
        if not floats:
            return {}
        weights = [
            torch.randn(tensor.shape, generator=generator(seed, "loss", index)).to(tensor.dtype)
            for index, tensor in enumerate(floats)
        ]
        scale = max(norm_of_product(*pair) for pair in zip(floats, weights, strict=True))
        with torch.enable_grad():
            _Loss.apply(weights, *floats).backward()  # type: ignore[no-untyped-call]
        return {name: effect / scale if scale else 0.0 for name, effect in self.found.items()}


@contextlib.contextmanager
def disturbed(names: dict[int, str], target: str, seed: int) -> Iterator[None]:
    """Change the output of one child: floats scaled, integers permuted, booleans flipped."""

    def change(name: str, result: Any) -> Any:
        if name == target:
            for index, tensor in enumerate(flat_tensors(result)):
                disturb(tensor, generator(seed, "disturb", index))
        return result

    with _ChildCalls(names, change):
        yield


def disturb(tensor: torch.Tensor, source: torch.Generator) -> None:
    """Change a tensor in place."""
    if not tensor.numel():
        return
    if any(
        step == 0 and size > 1 for size, step in zip(tensor.shape, tensor.stride(), strict=True)
    ):
        tensor = tensor[
            tuple(slice(0, 1) if step == 0 else slice(None) for step in tensor.stride())
        ]
    rows = max(1, PART * len(tensor) // tensor.numel()) if tensor.dim() else 1
    for part in torch.split(tensor, rows) if tensor.dim() else [tensor]:
        disturb_part(part, source)


def disturb_part(tensor: torch.Tensor, source: torch.Generator) -> None:
    """Change a part of a tensor that is small enough to be copied."""
    if tensor.dtype == torch.bool:
        tensor.logical_not_()
    elif tensor.is_floating_point() or tensor.is_complex():
        noise = torch.rand(tensor.shape, generator=source) + FACTOR
        tensor.copy_(
            torch.where(tensor == 0, noise.to(tensor.dtype), tensor * noise.to(tensor.dtype))
        )
    else:
        order = torch.randperm(tensor.numel(), generator=source)
        tensor.copy_(tensor.flatten()[order].reshape(tensor.shape).clone())
