"""The interpreter: replay a graph, call by call. The first test of every capture."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from .contexts import entered
from .graph import Graph, Operation, Ref, leaves, tree_map

Environment = dict[int, torch.Tensor]


def replay(graph: Graph, inputs: Mapping[str, Any], state: Mapping[str, torch.Tensor]) -> Any:
    """Run `graph` on `inputs` (trees like `graph.inputs`) with `state` by dotted name; returns the output tree."""
    environment: Environment = {}
    for value in graph.values:
        if value.origin == "state":
            environment[value.object] = state[value.name]
    for name, tree in graph.inputs.items():
        for seen, given in zip(leaves(tree), leaves(inputs[name]), strict=True):
            if isinstance(seen, Ref):
                environment[graph.values[seen.value].object] = given
    last = _last_uses(graph)
    with torch.no_grad():
        for operation in graph.operations:
            run(graph, operation, environment)
            for dead in last.get(operation.index, ()):
                environment.pop(dead, None)
    return tree_map(lambda leaf: _read(graph, environment, leaf), graph.outputs)


def run(graph: Graph, operation: Operation, environment: Environment) -> None:
    args, kwargs = tree_map(
        lambda leaf: _read(graph, environment, leaf), (operation.args, dict(operation.kwargs))
    )
    with entered(operation.context):
        if operation.module:
            result = _module(graph, operation, environment)(*args, **kwargs)
        else:
            result = resolve(operation.target)(*args, **kwargs)
    for slot, made in zip(leaves(operation.result), leaves(result), strict=False):
        if isinstance(slot, Ref):
            environment[graph.values[slot.value].object] = made


def _read(graph: Graph, environment: Environment, leaf: Any) -> Any:
    return environment[graph.values[leaf.value].object] if isinstance(leaf, Ref) else leaf


def _module(graph: Graph, operation: Operation, environment: Environment) -> nn.Module:
    """The leaf module of a call, made anew and given the state of the environment."""
    assert operation.module
    module: nn.Module = getattr(nn, operation.module.class_name)(
        **dict(operation.module.arguments)
    ).eval()
    for name, value in operation.module.state:
        path, _, leaf = name.rpartition(".")
        owner = module.get_submodule(path)
        tensor = environment[graph.values[value].object]
        if leaf in owner._parameters:
            owner._parameters[leaf] = nn.Parameter(tensor, requires_grad=False)
        else:
            owner._buffers[leaf] = tensor
    if isinstance(module, nn.RNNBase):
        module._init_flat_weights()
    return module


@functools.cache
def resolve(target: str) -> Any:
    """The callable that a target names: "torch.nn.functional.relu", "torch.Tensor.T.__get__"."""
    name, _, rest = target.partition(".")
    found: Any = {"torch": torch}[name]
    for part in rest.split("."):
        found = getattr(found, part)
    return found


def _last_uses(graph: Graph) -> dict[int, list[int]]:
    """Operation -> the objects that nothing reads after it, so that their memory can go."""
    last: dict[int, int] = {}
    for operation in graph.operations:
        for value in [*operation.reads, *operation.makes]:
            last[graph.values[value].object] = operation.index
    kept = {
        graph.values[leaf.value].object for leaf in leaves(graph.outputs) if isinstance(leaf, Ref)
    }
    dead: dict[int, list[int]] = {}
    for number, index in last.items():
        if number not in kept:
            dead.setdefault(index, []).append(number)
    return dead
