"""The same model on the same inputs with the same seed must give the same outputs; else nothing could be compared."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .domains import sample
from .errors import Refusal
from .graph import leaves
from .modelfile import ModelFile

PLAIN = frozenset(
    """__future__ abc collections copy dataclasses enum functools itertools math numbers operator torch
    typing warnings""".split()
)  # modules that give the same every time
UNREPEATABLE = frozenset(
    """empty empty_like empty_permuted empty_strided eval exec hash id new new_empty new_empty_strided open
    resize_ seed FloatTensor Tensor __import__""".split()
)  # calls that need not: memory as it comes, seeds from the machine, addresses


@dataclass(frozen=True)
class Output:
    """What is kept of one output tensor: an output may fill half of the memory."""

    shape: torch.Size
    values: torch.Tensor  # evenly spread over it


def kept(outputs: Any) -> list[Output]:
    """What the comparison needs of the tensors in a tree of outputs."""
    tensors = [leaf for leaf in leaves(outputs) if isinstance(leaf, torch.Tensor)]
    return [Output(t.shape, _real(sample(t.detach()).clone())) for t in tensors]


def _real(values: torch.Tensor) -> torch.Tensor:
    return torch.view_as_real(values.resolve_conj()) if values.is_complex() else values


def must_repeat(text: str) -> bool:
    """Whether nothing in a model's source could give another output in another run, so that none is needed."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                found = {name.name.partition(".")[0] for name in names} <= PLAIN
            case ast.ImportFrom(module=str(module), level=0):
                found = module.partition(".")[0] in PLAIN
            case ast.ImportFrom():
                found = False
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                found = name not in UNREPEATABLE
            case _:
                found = True
        if not found:
            return False
    return True


def check_repeats(
    file: ModelFile,
    run: tuple[nn.Module, Any] | None,
    outputs: list[Output],
    seed: int,
    plain: Callable[[Any], Any],
) -> None:
    """Run the model once more on its inputs and compare with `outputs`; since a state that it keeps may be the reason,
    twice on fresh models if they differ, or if there is nothing to run again (forward wrote into its inputs). Raises
    Refusal. `plain` turns output objects into trees. A file that must repeat is spared.
    """
    if must_repeat(file.text):
        return
    if run and not _difference(outputs, kept(plain(_run(*run, seed)))):
        return
    first, second = (kept(plain(_run(*_fresh(file, seed), seed))) for _ in range(2))
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


def _difference(one: list[Output], other: list[Output]) -> str:
    """Where two outputs differ; empty if they do not. Sums in another order are no difference."""
    for number, (first, second) in enumerate(zip(one, other, strict=False)):
        if first.shape != second.shape:
            return f"output {number}: shape {list(first.shape)}, then {list(second.shape)}"
        left, right = first.values.double(), second.values.double()
        if not torch.allclose(left, right, rtol=1e-4, atol=1e-6, equal_nan=True):
            distance = (left - right).abs().max().item()
            return f"output {number} differs by up to {distance:.3g} from one run to the next"
    return ""
