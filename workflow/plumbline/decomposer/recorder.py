"""Recording: every outermost torch call of a running model becomes an operation of the graph."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode, resolve_name

from . import optable
from .bindings import Bindings, tensor_type
from .errors import Refusal
from .graph import (
    Graph,
    ModuleCall,
    Operation,
    Ref,
    Scope,
    Specialisation,
    leaves,
    tree_map,
)
from .modules import construction, own_state
from .sources import caller

LITERAL_LIMIT = 4096  # elements of a tensor from nowhere that may be printed as a literal


class Recorder(TorchFunctionMode):
    """Writes what runs under it into `graph`. Tensors are known by identity for as long as they live."""

    def __init__(self, graph: Graph, names: dict[int, str]):
        super().__init__()
        self.graph = graph
        self.names = names  # id of a module -> its dotted name
        self.bindings = Bindings(graph)
        self.stack: list[int] = []
        self.inside = 0

    # -- values ---------------------------------------------------------------------------------------------------

    def use(self, leaf: Any) -> Any:
        """The leaf as it stands in the graph: a Ref for a tensor, itself for anything else."""
        if not isinstance(leaf, torch.Tensor):
            return leaf
        value = self.bindings.value_of(leaf)
        return Ref(value) if value is not None else self._literal(leaf)

    def _literal(self, tensor: torch.Tensor) -> Ref:
        """A tensor made where nobody looked (numpy, a closure, a global): written down as it is."""
        source = caller()
        if tensor.numel() > LITERAL_LIMIT:
            raise Refusal(
                "a tensor of the forward pass comes from outside the model",
                f"{source}: {source.text}",
                "tensors that are inputs, parameters, buffers, attributes or results of torch operations",
                f"a {tensor_type(tensor).dtype} tensor of shape {tuple(tensor.shape)} that none of these made",
                "register it as a buffer of the module that uses it",
            )
        index = len(self.graph.operations)
        result = Ref(self.bindings.bind(tensor, "operation", producer=index))
        scope = self.stack[-1] if self.stack else 0
        kwargs = {"dtype": tensor.dtype}
        self.graph.operations.append(
            Operation(
                index, "torch.tensor", (tensor.detach().tolist(),), kwargs, result, scope, source
            )
        )
        return result

    @contextlib.contextmanager
    def _unwatched(self) -> Iterator[None]:
        """What runs inside is part of a call already recorded, or our own business."""
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    # -- operations -----------------------------------------------------------------------------------------------

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Any = None,
    ) -> Any:
        kwargs = kwargs or {}
        if self.inside:
            return func(*args, **kwargs)
        target = _target(func)
        if target in optable.COMPOSITE_FUNCTIONS:
            return self._look_into(func, args, kwargs)
        with self._unwatched():
            return self.record(target, args, kwargs, lambda: func(*args, **kwargs))

    def _look_into(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Run a composite function's own body under the recorder: its first test for overrides is answered no."""
        functional: Any = torch.nn.functional
        real = functional.has_torch_function

        def answer_no_once(_: object) -> bool:
            functional.has_torch_function = real
            return False

        functional.has_torch_function = answer_no_once
        try:
            with self:
                return func(*args, **kwargs)
        finally:
            functional.has_torch_function = real

    def record(
        self,
        target: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        call: Callable[[], Any],
        module: ModuleCall | None = None,
    ) -> Any:
        """Run `call` and note it down, if it touches data."""
        name = target.rsplit(".", 1)[-1]
        tensors = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        versions = [_version(tensor) for tensor in tensors]
        result = call()
        if name in optable.READS_DATA:
            self._specialise(target, tensors, result)
            return result
        outputs = [leaf for leaf in leaves(result) if isinstance(leaf, torch.Tensor)]
        written = [
            tensor
            for tensor, version in zip(tensors, versions, strict=True)
            if _version(tensor) != version
        ]
        if not outputs and not written:
            return result
        if self._is_alias(target, tensors, outputs, written):
            return result
        kwargs = {key: value for key, value in kwargs.items() if not _says_cpu(key, value)}
        used = tree_map(self.use, (args, kwargs))
        self._append(target, used, result, written, module)
        return result

    def _is_alias(
        self,
        target: str,
        tensors: list[torch.Tensor],
        outputs: list[torch.Tensor],
        written: list[torch.Tensor],
    ) -> bool:
        """Whether the call changed nothing: a cast to the same dtype, `contiguous()` of what is so, `detach()`."""
        if (
            written
            or len(outputs) != 1
            or optable.base_name(target).startswith(("dropout", "alpha_dropout", "feature_"))
        ):
            return False
        if any(outputs[0] is tensor for tensor in tensors):
            known = self.bindings.value_of(outputs[0])
            return known is None or self.graph.values[known].type == tensor_type(outputs[0])
        name = (
            ".".join(target.split(".")[-2:])
            if target.endswith("__get__")
            else target.rsplit(".", 1)[-1]
        )
        if name in optable.TRANSPARENT and tensors:
            source = self.use(tensors[0])
            self.bindings.alias(outputs[0], source.value)
            return True
        return False

    def _append(
        self,
        target: str,
        used: tuple[Any, Any],
        result: Any,
        written: list[torch.Tensor],
        module: ModuleCall | None,
    ) -> None:
        index = len(self.graph.operations)
        source = caller()
        self.graph.operations.append(  # holds the place: literals found below come after their use otherwise
            Operation(
                index,
                target,
                used[0],
                used[1],
                None,
                self.stack[-1] if self.stack else 0,
                source,
                module,
            )
        )
        changed = {id(tensor): tensor for tensor in written}
        writes = self.bindings.write(changed.values(), index)
        tree = tree_map(lambda leaf: self._result(leaf, index, changed), _plain(result))
        final = replace(
            self.graph.operations[index], result=tree, writes=tuple(writes), context=_context()
        )
        self.graph.operations[index] = final

    def _result(self, leaf: Any, index: int, changed: dict[int, torch.Tensor]) -> Any:
        if not isinstance(leaf, torch.Tensor):
            return leaf
        known = self.bindings.value_of(leaf)
        if known is not None and id(leaf) in changed:
            return Ref(known)  # written in place and handed back: already renewed
        if (
            known is not None
        ):  # handed back untouched (dropout in eval): a value of its own all the same
            return Ref(self.bindings.again(leaf, index))
        return Ref(self.bindings.bind(leaf, "operation", producer=index))

    def _specialise(self, target: str, tensors: list[torch.Tensor], result: Any) -> None:
        reads = tuple(
            value for tensor in tensors if (value := self.bindings.value_of(tensor)) is not None
        )
        text = (
            repr(result)
            if isinstance(result, bool | int | float | complex | str)
            else type(result).__name__
        )
        self.graph.specialisations.append(Specialisation(target, text, caller(), reads))

    # -- modules --------------------------------------------------------------------------------------------------

    def call_module(
        self, module: nn.Module, plain: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        """Stand in for nn.Module.__call__: a leaf is one operation, any other module a scope."""
        if self.inside:
            return plain(module, *args, **kwargs)
        path = self.names.get(id(module), "")
        with self._unwatched():
            arguments = construction(module)
            state = self._state(module, path) if arguments is not None else None
            if arguments is not None and state is not None:
                leaf = ModuleCall(path, type(module).__name__, arguments, state)
                target = f"torch.nn.{leaf.class_name}"
                return self.record(
                    target, args, kwargs, lambda: plain(module, *args, **kwargs), leaf
                )
        source = caller() if self.stack else None
        self.graph.scopes.append(
            Scope(
                len(self.graph.scopes),
                self.stack[-1] if self.stack else -1,
                path,
                type(module).__name__,
                source,
            )
        )
        self.stack.append(len(self.graph.scopes) - 1)
        try:
            return plain(module, *args, **kwargs)
        finally:
            self.stack.pop()

    def _state(self, module: nn.Module, path: str) -> tuple[tuple[str, int], ...] | None:
        """The values of a leaf's own tensors; None where the forward has written one of them before."""
        state = []
        for name, tensor in own_state(module).items():
            value = self.bindings.value_of(tensor)
            if value is None:
                value = self.bindings.bind(tensor, "state", f"{path}.{name}")
            if self.graph.values[value].origin != "state":
                return None
            state.append((name, value))
        return tuple(state)


def _target(func: Callable[..., Any]) -> str:
    """The public name of a torch function: `torch.einsum`, wherever it is defined."""
    if getattr(torch, getattr(func, "__name__", ""), None) is func:
        return f"torch.{func.__name__}"  # the registry tells torch.mm and torch.spmm not apart
    name = (
        resolve_name(func)
        or f"{getattr(func, '__module__', '?')}.{getattr(func, '__name__', repr(func))}"
    )
    return name.replace("torch.functional.", "torch.")


def _plain(result: Any) -> Any:
    """Named tuples of torch become tuples, so that results are trees of plain containers."""
    if isinstance(result, tuple):
        return tuple(_plain(item) for item in result)
    return result


def _version(tensor: torch.Tensor) -> int:
    try:
        return int(tensor._version)
    except RuntimeError:  # tensors of inference mode keep no version
        return 0


def _says_cpu(key: str, value: Any) -> bool:
    """`device=x.device` and the like: where the graph runs is not part of it."""
    return (key == "device" and torch.device(value or "cpu").type == "cpu") or (
        key == "layout" and value is torch.strided
    )


def _context() -> tuple[str, ...]:
    """The modes around a call that change what it computes."""
    if torch.is_autocast_enabled("cpu"):
        return (f"autocast:{torch.get_autocast_dtype('cpu')}",)
    return ()
