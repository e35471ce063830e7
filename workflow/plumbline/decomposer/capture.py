"""Capture: run a model once and write down what it did (design, section 4).

class Model:  def forward(self, x): return torch.relu(self.fc(x))
->
%0 = input x; %1, %2 = state fc.weight, fc.bias
%3 = torch.nn.Linear[fc](%0);  %4 = torch.relu(%3);  return %4
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .calls import version
from .dispatched import Dispatched
from .errors import Refusal
from .givens import check_complete, check_input, check_output, seeds_refused
from .graph import Graph, leaves, tree_map
from .modelfile import ModelFile
from .module_calls import call_module
from .recorder import Recorder
from .repeat import check_repeats, kept
from .state import named_modules, named_state


def capture(file: ModelFile, seed: int = 0) -> Graph:
    """Build the model of `file`, run it on its own inputs, return the graph. Raises Refusal.

    Real tensors are used, not fake ones: the domains of all values come out of the same run, and branches on data
    need no second attempt.
    """
    torch.backends.mha.set_fastpath_enabled(False)
    torch.manual_seed(seed)
    model, inputs = file.build()
    model.requires_grad_(False)  # as in the judge: matmul chooses its kernel by it
    given = [(leaf, version(leaf)) for leaf in leaves(inputs) if isinstance(leaf, torch.Tensor)]
    torch.manual_seed(seed)
    try:
        held = {path for path, _ in named_modules(model)}
        graph, outputs = _recorded(model, inputs, file.name)
        check_complete(file.name, model, held)
        seen = kept(outputs)
        del outputs
        untouched = all(version(tensor) == before for tensor, before in given)
        check_repeats(file, (model, inputs) if untouched else None, seen, seed, plain_output)
        return graph
    except Refusal:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        passed_on = last.name == "<lambda>" or "func(*args" in (last.line or "")
        if Path(last.filename).parent == Path(__file__).parent and not passed_on:
            raise  # a fault of ours, not of a call that we pass on: not to be told as the author's
        raise file.refusal("forward()", error) from None


def capture_call(model: nn.Module, inputs: Any, name: str) -> Graph:
    """Run `model` (in eval mode, without gradients) on `inputs`: a list of positional, or a dict of keyword inputs."""
    return _recorded(model, inputs, name)[0]


def _recorded(model: nn.Module, inputs: Any, name: str) -> tuple[Graph, Any]:
    """The graph, and the outputs themselves."""
    graph = Graph(name)
    recorder = Recorder(graph, {})
    for path, module in named_modules(model):
        recorder.names.setdefault(id(module), path)
        graph.containers[path] = type(module).__name__
    for path, tensor in named_state(model):
        if isinstance(tensor, nn.Parameter):
            graph.parameters.add(path)
        known = recorder.bindings.value_of(tensor)
        if known is None:
            recorder.bindings.bind(tensor, "state", path)
        elif graph.values[known].name != path:
            graph.aliases[path] = graph.values[known].name
    args, kwargs = ((), dict(inputs)) if isinstance(inputs, Mapping) else (tuple(inputs), {})
    _bind_inputs(graph, recorder, model, args, kwargs)
    beneath = Dispatched(lambda: recorder.inside > 0, recorder.dispatched)
    with torch.no_grad(), seeds_refused(), beneath, recorder, _watched(recorder):
        result = model(*args, **kwargs)
    outputs = plain_output(result)
    check_output(name, outputs)
    graph.outputs = tree_map(recorder.use, outputs)
    return graph, outputs


def _bind_inputs(
    graph: Graph,
    recorder: Recorder,
    model: nn.Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """Name the inputs by forward's parameters and make every tensor in them a value."""
    names = _parameter_names(model, len(args))
    graph.positional = len(args)
    for name, value in [*zip(names, args, strict=True), *kwargs.items()]:
        check_input(name, value)
        for leaf in leaves(value):
            if isinstance(leaf, torch.Tensor) and recorder.bindings.value_of(leaf) is None:
                recorder.bindings.bind(leaf, "input", name)
        graph.inputs[name] = tree_map(recorder.use, value)


def _parameter_names(model: nn.Module, count: int) -> list[str]:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(model.forward).parameters.values()
    names = [p.name for p in parameters if p.kind in positional][:count]
    return names + [f"input_{i}" for i in range(len(names), count)]


@contextlib.contextmanager
def _watched(recorder: Recorder) -> Iterator[None]:
    """Route every module call through the recorder while the context lasts."""
    plain = nn.Module.__call__

    def watched(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        return call_module(recorder, module, plain, args, kwargs)

    nn.Module.__call__ = watched  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.__call__ = plain  # type: ignore[method-assign]


def plain_output(result: Any) -> Any:
    """A dataclass or a library's output object becomes the dict of its fields (design, section 10)."""
    if isinstance(result, Mapping):
        return {key: plain_output(value) for key, value in result.items()}
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return {
            field.name: plain_output(getattr(result, field.name))
            for field in dataclasses.fields(result)
        }
    if isinstance(result, tuple):
        return tuple(plain_output(item) for item in result)
    if isinstance(result, list):
        return [plain_output(item) for item in result]
    if isinstance(result, torch.Tensor) or not hasattr(result, "__dict__"):
        return result
    return _fields(result)


def _fields(result: Any) -> dict[str, Any] | None:
    """The attributes of an output object (a cache, say) that hold tensors; None if none does."""
    fields = {
        name: plain_output(value)
        for name, value in vars(result).items()
        if not name.startswith("_")
    }
    kept = {
        n: v for n, v in fields.items() if any(isinstance(leaf, torch.Tensor) for leaf in leaves(v))
    }
    return kept or None
