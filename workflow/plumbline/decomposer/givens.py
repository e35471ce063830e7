"""What a capture starts from: inputs that files can hold, modules that are complete, one stream of random numbers."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from .errors import Refusal
from .graph import leaves
from .sources import caller
from .state import named_modules


def check_input(name: str, value: Any) -> None:
    """Refuse an input that a printed get_inputs() could not give: an object around tensors, a tensor of a subclass."""
    found = next(filter(None, map(_special, _parts(value))), "")
    if found:
        raise Refusal(
            "an input is not made of plain tensors and values",
            f"get_inputs(): the input `{name}`",
            "tensors, numbers, strings, None, and lists, tuples and dicts of these",
            found,
            "pass its fields, or a dict of them; make the object in forward",
        )


def check_output(file: str, outputs: Any) -> None:
    """Refuse a value among the outputs that is neither a tensor nor a plain literal."""
    for leaf in leaves(outputs):
        if not isinstance(leaf, torch.Tensor | None | bool | int | float | complex | str):
            raise Refusal(
                "an output of forward is neither a tensor nor a plain value",
                file,
                "tensors, numbers, strings, None, and lists, tuples and dicts of these",
                f"{leaf!r:.80}, a {type(leaf).__name__}",
                "leave it out of what forward returns",
            )


def _parts(tree: Any) -> Iterator[Any]:
    """A tree and all that is in it, containers too."""
    yield tree
    inner = (
        tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list | tuple) else ()
    )
    for item in inner:
        yield from _parts(item)


def _special(part: Any) -> str:
    """What a part of an input is, where no plain container or tensor can stand for it."""
    name = type(part).__name__
    if isinstance(part, torch.Tensor):
        plain = type(part) in (torch.Tensor, nn.Parameter)
        return "" if plain else f"a tensor of the subclass {name}"
    if isinstance(part, tuple) and hasattr(part, "_fields"):
        return f"a named tuple {name}"
    if dataclasses.is_dataclass(part) or _holds_tensors(part):
        return f"an object of the class {name}"
    return ""


def _holds_tensors(leaf: Any) -> bool:
    fields = getattr(leaf, "__dict__", {})
    return any(isinstance(part, torch.Tensor) for part in leaves(dict(fields)))


def check_complete(file: str, model: nn.Module, held: set[str]) -> None:
    """Refuse a model whose forward makes modules that were not `held` before: what made them, no later call does."""
    found = [path for path, _ in named_modules(model) if path not in held]
    if found:
        raise Refusal(
            "the first forward of the model makes weights",
            f"{file}: {', '.join(found[:3])}",
            "a model whose constructor makes all of its modules and weights",
            "modules that forward has made",
            "make them in __init__; where the sizes come from the inputs, torch has lazy ones (nn.LazyLinear)",
        )


class _Watched:
    """The default generator of random numbers, for a forward that must not set it to another state."""

    def __init__(self, generator: torch.Generator):
        self.generator = generator

    def __getattr__(self, name: str) -> Any:
        if name in ("manual_seed", "seed"):
            raise _seeded(name)
        return self.set_state if name == "set_state" else getattr(self.generator, name)

    def set_state(self, state: torch.Tensor) -> torch.Generator:
        """Going back is refused; putting back what is there (checkpoint, fork_rng) changes nothing."""
        now = self.generator.get_state()
        if now.tolist() != state.tolist():
            raise _seeded("set_rng_state")
        return self.generator


def _seeded(name: str) -> Refusal:
    source = caller()
    return Refusal(
        "forward seeds the random numbers of torch",
        f"{source}: {source.text}",
        "draws that go on where the last one ended: parts that run alone know of no seed",
        f"torch.{name}",
        "draw what is the same in every call once, in __init__, into a buffer",
    )


@contextlib.contextmanager
def seeds_refused() -> Iterator[None]:
    """torch.manual_seed, torch.seed and torch.set_rng_state raise a Refusal inside."""
    home: Any = torch.random
    real = home.default_generator
    home.default_generator = _Watched(real)
    try:
        yield
    finally:
        home.default_generator = real
