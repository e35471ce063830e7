"""Module calls while a model is recorded: a leaf of torch.nn is one operation, any other module a scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn.utils.rnn import PackedSequence

from .dispatched import is_transformed
from .errors import Refusal
from .graph import ModuleCall, Scope
from .modules import construction, own_state
from .sources import caller

if TYPE_CHECKING:
    from .recorder import Recorder


def call_module(
    recorder: Recorder,
    module: nn.Module,
    plain: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Any,
) -> Any:
    """Stand in for nn.Module.__call__."""
    if recorder.inside:
        return plain(module, *args, **kwargs)
    path = recorder.names.get(id(module), "")
    with recorder.unwatched():
        leaf = _leaf(recorder, module, path, args)
        if leaf is not None:
            target = f"torch.nn.{leaf.class_name}"
            return recorder.record(
                target, args, kwargs, lambda: plain(module, *args, **kwargs), leaf
            )
    parent = recorder.stack[-1] if recorder.stack else -1
    source = caller() if recorder.stack else None
    scopes = recorder.graph.scopes
    scopes.append(Scope(len(scopes), parent, path, type(module).__name__, source))
    recorder.stack.append(len(scopes) - 1)
    try:
        return plain(module, *args, **kwargs)
    finally:
        recorder.stack.pop()


def _leaf(
    recorder: Recorder, module: nn.Module, path: str, args: tuple[Any, ...]
) -> ModuleCall | None:
    """The call as one operation; None where the module has to be looked into.

    A packed sequence is no tensor that one file could hand to another; its parts are.
    """
    if is_transformed() or any(isinstance(argument, PackedSequence) for argument in args):
        return None
    arguments = construction(module)
    state = _state(recorder, module, path) if arguments is not None else None
    if arguments is None or state is None:
        return None
    return ModuleCall(path, type(module).__name__, arguments, state)


def _state(recorder: Recorder, module: nn.Module, path: str) -> tuple[tuple[str, int], ...] | None:
    """The values of a leaf's own tensors; None where the forward has made or written one of them before."""
    state = []
    for name, tensor in own_state(module).items():
        value = recorder.bindings.value_of(tensor)
        if value is None:
            value = recorder.bindings.twin_of(tensor)
        if value is None:
            _check_reachable(module, path)
            value = recorder.bindings.bind(tensor, "state", f"{path}.{name}")
        if recorder.graph.values[value].origin != "state":
            return None
        state.append((name, value))
    return tuple(state)


def _check_reachable(module: nn.Module, path: str) -> None:
    """Refuse weights that no name leads to: nothing could say whose values they take."""
    if not path:
        source = caller()
        raise Refusal(
            "forward calls a module that the model does not hold",
            f"{source}: {source.text}",
            "modules in attributes, or in lists, tuples and dicts that are attributes",
            f"{type(module).__name__} with weights of its own, held by another object or by none",
            "assign it to an attribute of the model",
        )
