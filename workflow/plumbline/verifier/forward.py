"""One forward of either side on given inputs, and everything about it that is compared."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn as nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import _disable_current_modes

from .exchange import digest_value, read_value, write_value
from .modes import is_transformed
from .operations import ALLOCATIONS
from .recording import Recording
from .runtime import call_model, flat_tensors
from .scratch import LARGE
from .seeds import seed_of
from .state import Effects
from .values import Spec

Watch = Callable[[list[torch.Tensor]], contextlib.AbstractContextManager[Recording | None]]


def run_forward(
    model: nn.Module, state: Mapping[str, torch.Tensor], groups: Mapping[str, str], inputs: Path,
    spec: Spec, outputs: Path, seed: tuple[int, int], watch: Watch, keep_large: bool,
) -> tuple[Any, dict[str, Any]]:  # fmt: skip
    """The output, and what is said of it: written outputs, aliases of inputs, effects, recording.

    The model works on private copies of the inputs. ``watch`` stands around the call alone. Of a
    large output there is a digest instead of a file, unless ``keep_large``.
    """
    given = read_value(inputs, spec)
    tensors = flat_tensors(given)
    effects = Effects(given, state)
    with PlainMemory(), watch(tensors) as recording:
        torch.manual_seed(seed_of(seed[0], "forward", seed[1]))
        output = call_model(model, given)
        if recording is not None:
            recording.finish(output)
    told: dict[str, Any] = {"file": outputs.name, "mutated": None}
    told |= told_output(output, outputs.with_name(f"{outputs.name}.out"), keep_large)
    returned = flat_tensors(output)
    told["aliases"] = [
        [index for index, other in enumerate([*tensors, *returned[:place]]) if shares(one, other)]
        + [groups.get(name, name) for name, tensor in state.items() if shares(one, tensor)]
        for place, one in enumerate(returned)
    ]
    if changed := effects.changed(groups):
        told["mutated"] = write_value(outputs.with_name(f"{outputs.name}.changed"), changed)
    return output, told


class PlainMemory(TorchFunctionMode):
    """Memory that a model takes without writing it is zero: what is in it could not be compared.

    A buffer that one child fills in half, and another one to the end, passes between them so. And
    what batch norm writes into running statistics counts as written, which torch does not do itself.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name, given = getattr(func, "__name__", ""), [*args, *kwargs.values()]
        training = name == "batch_norm" and any(value is True for value in given)
        with statistics_counted(given) if training else contextlib.nullcontext():
            result = func(*args, **kwargs)
        taken = name in ALLOCATIONS and "out" not in kwargs
        if taken and not is_transformed() and is_plain(result):
            memory = result.untyped_storage()
            ctypes.memset(memory.data_ptr(), 0, memory.nbytes())  # seen by no recording
        return result


@contextlib.contextmanager
def statistics_counted(given: list[Any]) -> Iterator[None]:
    """What is written into vectors among the arguments counts as written; seen by no recording."""
    with _disable_current_modes():
        vectors = [value for value in given if isinstance(value, torch.Tensor) and value.dim() == 1]
        before = [value.clone() for value in vectors]
    yield
    with _disable_current_modes():
        for value, old in zip(vectors, before, strict=True):
            if not torch.equal(value, old):
                torch.autograd.graph.increment_version(value)


def is_plain(result: Any) -> bool:
    """Whether this is a tensor with memory of its own."""
    plain = type(result) is torch.Tensor and result.layout is torch.strided
    return plain and result.device.type == "cpu" and result.numel() > 0


def told_output(output: Any, path: Path, keep_large: bool) -> dict[str, Any]:
    """The description of an output, whose values are in a file or in a digest."""
    size = sum(tensor.numel() * tensor.element_size() for tensor in flat_tensors(output))
    if size < LARGE or keep_large:
        return {"outputs": write_value(path, output, dense=True)}
    spec, digest = digest_value(output)
    return {"outputs": spec, "digests": {"out": digest}}


def shares(one: torch.Tensor, two: torch.Tensor) -> bool:
    """Whether two tensors use the same storage."""
    return bool(one.numel()) and one.untyped_storage()._cdata == two.untyped_storage()._cdata
