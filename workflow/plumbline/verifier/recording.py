"""Record one forward at two levels at once, without changing a bit of it.

A function mode sees the calls that the author wrote (and which child made them); a dispatch mode
sees the nodes that really run. Both are cheap, so the record comes from a counted trial.

Dataflow is kept by storage: the last node that wrote a storage stands for all before it, since a
node depends on what it overwrites. That sees through views and in-place writes, and errs on the
side of calling a node alive.
"""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn as nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from .operations import (
    COMMUTATIVE,
    COMPOSITE_FUNCTIONS,
    call_class,
    call_name,
    is_leaf_module,
    node_class,
    node_name,
)
from .runtime import flat_tensors


@dataclass
class Call:
    """One outermost torch call of the author."""

    name: str
    kind: str  # plumbing | arithmetic | computing | query
    child: int | None
    line: str
    nodes: list[int] = field(default_factory=list)

    @property
    def counted(self) -> bool:
        """Whether it counts as an operation."""
        return self.kind in ("computing", "cast")


@dataclass
class Node:
    """One dispatched operation, or a marker (input, state, entry and return of a child)."""

    name: str
    key: str
    kind: str  # computing | arithmetic | view | none | marker
    deps: list[int]
    child: int | None
    call: int | None
    line: str


@dataclass
class ChildCall:
    """One call of a child inside the refactored forward."""

    attribute: str
    entry: int
    exit: int
    arguments: Any


def storage_key(tensor: torch.Tensor) -> int:
    """Identity of the memory under a tensor."""
    return int(tensor.untyped_storage()._cdata)


class Recording:
    """What one forward did: calls, nodes, children's calls, and what reached the output."""

    def __init__(
        self, state: Mapping[str, torch.Tensor], inputs: list[torch.Tensor], files: set[str]
    ) -> None:
        self.calls: list[Call] = []
        self.nodes: list[Node] = []
        self.children: list[ChildCall] = []
        self.writer: dict[int, int] = {}
        self.alive: dict[int, StorageWeakRef] = {}
        self.files = files
        self.call: int | None = None
        self.child: int | None = None
        self.state_names: dict[int, list[str]] = {}
        self.read: set[int] = set()
        self.roots: list[int] = []
        self.kept = [*state.values(), *inputs]
        for name, tensor in state.items():
            self.state_names.setdefault(storage_key(tensor), []).append(name)
        for key in self.state_names:
            self.writer[key] = self.mark("state", [])
        for tensor in inputs:
            self.writer[storage_key(tensor)] = self.mark("input", [])
        self.lasting = list(self.writer)

    def mark(self, name: str, deps: list[int]) -> int:
        """Add a node that computes nothing."""
        self.nodes.append(Node(name, "", "marker", deps, self.child, None, ""))
        return len(self.nodes) - 1

    def line(self) -> str:
        """Nearest source line of judged code on the stack."""
        frame: types.FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename in self.files:
                return f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"
            frame = frame.f_back
        return ""

    def sources(self, tensors: list[torch.Tensor]) -> list[int]:
        """Last writers of the storages under these tensors."""
        keys = {storage_key(tensor) for tensor in tensors}
        self.read.update(key for key in keys if key in self.state_names)
        return sorted({self.writer[key] for key in keys if key in self.writer})

    def hold(self, tensors: list[torch.Tensor]) -> None:
        """Keep the identities (not the memory) of freed storages, lest a later one has the same."""
        for tensor in tensors:
            self.alive.setdefault(storage_key(tensor), StorageWeakRef(tensor.untyped_storage()))

    def node(
        self, func: Any, ins: list[torch.Tensor], outs: list[torch.Tensor], constants: str
    ) -> None:
        """Record one dispatched operation and what it wrote."""
        name, overload = node_name(func)
        kind = node_class(func, name, overload, ins, outs)
        inputs_known = {storage_key(tensor) for tensor in ins}
        self.hold([*ins, *outs])
        deps = self.sources(ins)
        shapes = [f"{str(t.dtype)[6:]}{list(t.shape)}" for t in ins]
        if name in COMMUTATIVE:
            shapes.sort()
        mutable = func._schema.is_mutable
        key = f"{name}.{overload}({', '.join(shapes)}{'; ' + constants if constants else ''})"
        index = len(self.nodes)
        self.nodes.append(Node(name, key, kind, deps, self.child, self.call, self.line()))
        if self.call is not None:
            self.calls[self.call].nodes.append(index)
        for tensor in outs:
            written = storage_key(tensor)
            known = written in inputs_known and written in self.writer
            if kind != "view" or not known or mutable:
                self.writer[written] = index

    def finish(self, output: Any) -> None:
        """The output, and whatever the forward wrote into its inputs and state, is what counts."""
        self.roots = self.sources(flat_tensors(output))
        for key in self.lasting:
            last = self.writer.get(key)
            if last is not None and self.nodes[last].kind != "marker":
                self.roots.append(last)

    def reached(self, roots: list[int]) -> set[int]:
        """Nodes from which these roots can be reached, backwards."""
        found: set[int] = set()
        stack = list(roots)
        while stack:
            index = stack.pop()
            if index not in found:
                found.add(index)
                stack.extend(self.nodes[index].deps)
        return found

    def as_json(self) -> dict[str, Any]:
        """See accounting.summary."""
        from .accounting import summary

        return summary(self)


class _NodeMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, recording: Recording) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.recording = recording

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: marking this mode for the compiler would import it, which costs seconds a process."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        leaves = tree_leaves((args, {k: v for k, v in kwargs.items() if k not in IGNORED}))
        ins = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
        constants = ", ".join(
            constant(leaf) for leaf in leaves if not isinstance(leaf, torch.Tensor)
        )
        result = func(*args, **kwargs)
        outs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        self.recording.node(func, ins, outs, constants)
        return result


IGNORED = frozenset(
    {"layout", "device", "pin_memory", "memory_format", "non_blocking", "generator"}
)


def constant(value: Any) -> str:
    """A constant argument, printed exactly."""
    return value.hex() if isinstance(value, float) else str(value)


class _CallMode(TorchFunctionMode):
    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.recording = recording
        self.inside = 0
        self.composites: dict[str, Any] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.inside:
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
        ins = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
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
        outs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        if name == "setitem":
            call.kind = "computing"
        elif outs:
            call.kind = call_class(name, args, ins, outs, owned)
        if call.kind == "arithmetic":  # 1 / x runs a reciprocal
            for node in (recording.nodes[index] for index in call.nodes):
                node.kind = "arithmetic" if node.kind == "computing" else node.kind
        return result


@contextlib.contextmanager
def record_forward(
    model: nn.Module,
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
        if calls.inside or not is_leaf_module(module):
            return plain_call(module, *args, **kwargs)
        return calls.record(module, args, kwargs, lambda *a, **k: plain_call(module, *a, **k))

    nn.Module.__call__ = watched  # type: ignore[method-assign]
    try:
        with _NodeMode(recording), calls:
            yield recording
    finally:
        nn.Module.__call__ = plain_call  # type: ignore[method-assign]


def child_call(
    recording: Recording, attribute: str, module: nn.Module, args: Any, kwargs: Any, call: Any
) -> Any:
    """Mark where a child begins and ends; its return is a node that its results depend on."""
    from .exchange import describe_value

    index = len(recording.children)
    given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    entry = recording.mark("entry", recording.sources(given))
    from .signatures import bound_values

    arguments = describe_value(bound_values(module, args, kwargs), [])
    recording.children.append(ChildCall(attribute, entry, entry, arguments))
    recording.child = index
    try:
        result = call(module, *args, **kwargs)
    finally:
        recording.child = None
    results = [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
    recording.child = index
    exit_node = recording.mark("return", recording.sources(results))
    recording.child = None
    recording.children[index].exit = exit_node
    for tensor in results:
        recording.writer[storage_key(tensor)] = exit_node
    return result
