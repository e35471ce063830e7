"""The same model on the same inputs with the same seed must give the same outputs; else nothing could be compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from .errors import Refusal
from .graph import leaves, tree_map
from .modelfile import ModelFile


def copied(inputs: Any) -> Any:
    """The inputs once more: forward may write into them."""
    return tree_map(lambda leaf: leaf.clone() if isinstance(leaf, torch.Tensor) else leaf, inputs)


def check_repeats(
    file: ModelFile,
    model: nn.Module,
    inputs: Any,
    outputs: Any,
    seed: int,
    plain: Callable[[Any], Any],
) -> None:
    """Run once more and compare with `outputs`; since a state that is kept may be the reason, twice on fresh models
    if they differ. Raises Refusal. `plain` turns output objects into trees.
    """
    if not _difference(outputs, plain(_run(model, inputs, seed))):
        return
    first, second = (plain(_run(*_fresh(file, seed), seed)) for _ in range(2))
    place = _difference(first, second)
    if place:
        raise Refusal(
            "different outputs for the same input and seed", str(file.path),
            "outputs that depend on the inputs, the weights and torch's own random numbers alone", place,
            "look in forward and __init__ for `random`, numpy, the time, id() or the order of a set; draw with torch",
        )  # fmt: skip


def _fresh(file: ModelFile, seed: int) -> tuple[nn.Module, Any]:
    torch.manual_seed(seed)
    return file.build()


def _run(model: nn.Module, inputs: Any, seed: int) -> Any:
    torch.manual_seed(seed)
    with torch.no_grad():
        return model(**inputs) if isinstance(inputs, dict) else model(*inputs)


def _difference(one: Any, other: Any) -> str:
    """Where two outputs differ; empty if they do not. Sums in another order are no difference."""
    pairs = [*zip(_tensors(one), _tensors(other), strict=False)]
    for number, (first, second) in enumerate(pairs):
        if first.shape != second.shape:
            return f"output {number}: shape {list(first.shape)}, then {list(second.shape)}"
        if not torch.allclose(first, second, rtol=1e-4, atol=1e-6, equal_nan=True):
            distance = (first.double() - second.double()).abs().max().item()
            return f"output {number} differs by up to {distance:.3g} from one run to the next"
    return ""


def _tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in leaves(tree) if isinstance(leaf, torch.Tensor)]
