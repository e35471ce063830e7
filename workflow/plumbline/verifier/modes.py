"""Watch one forward at two levels at once, without changing a bit of it.

A function mode sees the calls that the author wrote (and which child made them); a dispatch mode
sees the nodes that really run. Both are cheap, so the record comes from a counted trial.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn as nn
from torch._ops import OpOverload
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from .node_constants import constants
from .operations import COMPOSITE_FUNCTIONS, call_class, call_name, is_leaf_module
from .recording import Call, ChildCall, Recording, storage_key
from .runtime import bound_values, flat_tensors
from .values import describe_value


class _NodeMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes nodes. One that no call asked for (vmap and TorchScript run those) is a call of its own."""

    def __init__(self, recording: Recording, calls: _CallMode) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recording, self.calls = recording, calls

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: marking this mode for the compiler would import it, which costs seconds a process."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.is_inference_mode_enabled() and func._can_decompose() and is_composite(func):
            with self:  # elsewhere the dispatcher takes these apart before they come here
                return func.decompose(*args, **kwargs)
        if self.calls.inside:
            return self.node(func, *args, **kwargs)
        return self.calls.record(func, args, kwargs, functools.partial(self.node, func))

    def node(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """Run and note one dispatched operation."""
        ins = flat_tensors((args, kwargs))
        result = func(*args, **kwargs)
        outs = flat_tensors(result)
        real = bool(outs) and (outs[0].is_floating_point() or outs[0].is_complex())
        depth = ins[0].dim() if ins else 0
        self.recording.node(func, ins, outs, constants(func._schema, args, kwargs, real, depth))
        return result


def is_transformed() -> bool:
    """Whether vmap is at work: its tensors have no memory; what it runs on whole ones is dispatched."""
    return torch._C._functorch.peek_interpreter_stack() is not None


def is_composite(func: Any) -> bool:
    """Whether an operator is defined by others."""
    key = "CompositeImplicitAutograd"
    return bool(torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), key))


class _CallMode(TorchFunctionMode):
    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.recording = recording
        self.inside = 0
        self.composites: dict[str, Any] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.inside or is_transformed():
            return func(*args, **kwargs)
        if getattr(func, "__name__", "") in COMPOSITE_FUNCTIONS:
            with self:
                return self.opened(func)(*args, **kwargs)
        return self.record(func, args, kwargs, func)

    def opened(self, func: Any) -> Any:
        """A copy of a composite function that does not stop at the function mode."""
        name = func.__name__
        if name not in self.composites:
            space = dict(func.__globals__, has_torch_function=lambda _: False)
            copy = types.FunctionType(
                func.__code__, space, name, func.__defaults__, func.__closure__
            )
            copy.__kwdefaults__ = func.__kwdefaults__
            self.composites[name] = copy
        return self.composites[name]

    def record(self, target: Any, args: Any, kwargs: Any, function: Any) -> Any:
        """Run one outermost call and note what it was."""
        recording = self.recording
        ins = flat_tensors((args, kwargs))
        owned = any(storage_key(tensor) in recording.state_names for tensor in ins)
        name = call_name(target)
        before, recording.call = recording.call, len(recording.calls)
        call = Call(name, "query", recording.child, recording.line())
        recording.calls.append(call)
        self.inside += 1
        try:
            result = function(*args, **kwargs)
        finally:
            self.inside -= 1
            recording.call = before
        if not call.nodes:
            call.numbers, call.sources = numbers(target, args, kwargs), recording.sources(ins)
        outs = flat_tensors(result)
        if name == "linear":
            recording.flatten_rows(call.nodes)
        if name == "setitem":
            call.kind = "computing"
        elif outs:
            call.kind = call_class(name, args, ins, outs, owned)
            kinds = {recording.nodes[index].kind for index in call.nodes}
            if isinstance(target, OpOverload) and kinds <= {"view", "none"}:
                call.kind = "plumbing"
        if call.kind == "arithmetic":
            nodes = [recording.nodes[index] for index in call.nodes]
            if any("_mode" in node.key for node in nodes):  # a rounded division
                call.kind = "computing"
            for node in nodes if call.kind == "arithmetic" else ():  # 1 / x runs a reciprocal
                node.kind = "arithmetic" if node.kind == "computing" else node.kind
        return result


@contextlib.contextmanager
def record_forward(
    state: Mapping[str, torch.Tensor],
    inputs: list[torch.Tensor],
    files: set[str],
    children: Mapping[int, str],
) -> Iterator[Recording]:
    """Record everything that runs inside the block; ``children`` maps id(module) to attribute."""
    recording = Recording(state, inputs, files)
    calls = _CallMode(recording)
    plain_call = nn.Module.__call__

    def watched(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if id(module) in children and recording.child is None:
            return child_call(recording, children[id(module)], module, args, kwargs, plain_call)
        if isinstance(module, nn.Identity):
            recording.calls.append(Call("identity", "plumbing", recording.child, ""))
        if (
            calls.inside
            or is_transformed()
            or not is_leaf_module(module, [*args, *kwargs.values()])
        ):
            return plain_call(module, *args, **kwargs)
        return record_module(calls, module, args, kwargs, plain_call)

    nn.Module.__call__ = watched  # type: ignore[method-assign]
    try:
        with _NodeMode(recording, calls), calls:
            yield recording
    finally:
        nn.Module.__call__ = plain_call  # type: ignore[method-assign]


def numbers(target: Any, args: Any, kwargs: Any) -> str:
    """The numbers that a call was given, which tell calls apart that run nothing (dropout)."""
    if isinstance(target, nn.Module):
        given = vars(target)
    else:
        try:
            bound = inspect.signature(target).bind(*args, **kwargs)
        except (TypeError, ValueError):  # a builtin, or a wrapper
            return ""
        bound.apply_defaults()
        given = bound.arguments
    return ", ".join(repr(float(v)) for v in given.values() if type(v) in (int, float))


def record_module(calls: _CallMode, module: nn.Module, args: Any, kwargs: Any, call: Any) -> Any:
    """One call of a leaf module; what its hooks compute are calls of their own."""
    if not (module._forward_hooks or module._forward_pre_hooks):
        return calls.record(module, args, kwargs, lambda *a, **k: call(module, *a, **k))
    forward = module.forward
    module.forward = lambda *a, **k: calls.record(module, a, k, forward)
    try:
        return call(module, *args, **kwargs)
    finally:
        del module.forward


def alike(one: torch.Tensor, two: torch.Tensor) -> bool:
    """Equal but for the values."""
    return (one.shape, one.stride(), one.dtype) == (two.shape, two.stride(), two.dtype)


def child_call(
    recording: Recording, attribute: str, module: nn.Module, args: Any, kwargs: Any, call: Any
) -> Any:
    """Mark where a child begins and ends. Each result is a node of its own: who reads one of them
    depends on what that one was made of, as where the child's lines stand in the parent."""
    index = len(recording.children)
    try:
        arguments = describe_value(bound_values(module, args, kwargs), [])
    except TypeError as error:
        message = f"the call of child {attribute} does not fit its forward: {error}"
        raise TypeError(message) from error
    given = flat_tensors((args, kwargs))
    entry = recording.mark("entry", recording.sources(given))
    called = ChildCall(attribute, entry, arguments)
    recording.children.append(called)
    recording.child = index
    try:
        result = call(module, *args, **kwargs)
    finally:
        recording.child = None
    results = flat_tensors(result)
    called.same = bool(results) and all(any(alike(t, g) for g in given) for t in results)
    recording.child = index
    sources = {storage_key(tensor): recording.sources([tensor]) for tensor in results}
    for key, made in sources.items():
        recording.writer[key] = recording.mark("return", made)
        called.exits.append(recording.writer[key])
    recording.child = None
    return result
