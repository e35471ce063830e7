"""Recording: every outermost torch call of a running model becomes an operation of the graph."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from . import contexts, optable
from .bindings import Bindings, same_memory, tensor_type
from .calls import (
    holds_array,
    is_nothing_of,
    plain_result,
    says_cpu,
    sets_nothing,
    spoken,
    target_of,
    version,
)
from .dispatched import is_transformed, spelled_publicly, written_by
from .errors import Refusal
from .graph import (
    Graph,
    ModuleCall,
    Operation,
    Ref,
    Specialisation,
    leaves,
    tree_map,
)
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
        self.backends = contexts.backends()

    # -- values ---------------------------------------------------------------------------------------------------

    def use(self, leaf: Any) -> Any:
        """The leaf as it stands in the graph: a Ref for a tensor, itself for anything else."""
        if not isinstance(leaf, torch.Tensor):
            return leaf
        value = self.bindings.value_of(leaf)
        if value is None:
            value = self.bindings.twin_of(leaf)
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
    def unwatched(self) -> Iterator[None]:
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
        if self.inside or is_transformed():
            return func(*args, **kwargs)
        if isinstance(func, torch._ops.OpOverload | torch._ops.OpOverloadPacket):
            return self.dispatched(func, args, kwargs)  # an author's torch.ops.aten.relu(x)
        target = target_of(func)
        if target == "torch.Tensor.data.__set__":
            with self.unwatched():
                if same_memory(*args):  # `layer.to(dtype)` of what has that dtype
                    return None
            raise _other_memory()
        if target in optable.GRADIENTS:
            return func(*args, **kwargs)  # what they compute is seen where it is dispatched
        if target in optable.COMPOSITE_FUNCTIONS:
            return self._look_into(func, args, kwargs)
        with self.unwatched():
            return self.record(target, args, spoken(func, kwargs), lambda: func(*args, **kwargs))

    def dispatched(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Note down an operation that no torch function asked for."""
        with self.unwatched():
            target, given, named = spelled_publicly(func, args, kwargs)
            written = written_by(func, args, kwargs)
            return self.record(target, given, named, lambda: func(*args, **kwargs), told=written)

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
        told: Sequence[torch.Tensor] = (),
    ) -> Any:
        """Run `call` and note it down, if it touches data. `told`: what it is known to write."""
        name = target.rsplit(".", 1)[-1]
        tensors = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        versions = [version(tensor) for tensor in tensors]
        generator = torch.get_rng_state() if contexts.current() else None
        result = call()
        if name in optable.READS_DATA:
            self._specialise(target, tensors, result)
            return result
        outputs = [leaf for leaf in leaves(result) if isinstance(leaf, torch.Tensor)]
        if optable.base_name(target) in optable.UNSET and "out" not in kwargs:
            for memory in outputs:
                memory.zero_()  # as in the verifier's trials: a half-written one can then be compared
        written = [
            tensor
            for tensor, before in zip(tensors, versions, strict=True)
            if (version(tensor) != before or any(tensor is one for one in told))
            and not is_nothing_of(tensor)
        ]
        if name in optable.RESHAPES_IN_PLACE:
            target, written = target[:-1], []
        if not outputs and (not written or (name == "__setitem__" and sets_nothing(*args[:2]))):
            return result
        if self._is_alias(target, tensors, outputs, written) or holds_array((args, kwargs)):
            return result
        if optable.base_name(target) == "scaled_dot_product_attention":
            contexts.check_backends(self.backends)
        kwargs = {key: value for key, value in kwargs.items() if not says_cpu(key, value)}
        used = tree_map(self.use, (args, kwargs))
        context: contexts.Context = ()
        if generator is not None and not optable.is_moved_only(target):
            context = contexts.of_call(call, result, bool(written), generator)
        self._append(target, used, result, written, module, context)
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
        context: contexts.Context,
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
        tree = tree_map(lambda leaf: self._result(leaf, index, changed), plain_result(result))
        final = replace(
            self.graph.operations[index], result=tree, writes=tuple(writes), context=context
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


def _other_memory() -> Refusal:
    source = caller()
    return Refusal(
        "forward gives a tensor other memory",
        f"{source}: {source.text}",
        "writes into the memory that a tensor has",
        "an assignment to `.data`",
        "write in place: `weight.copy_(new)`, or `weight.mul_(0.9).add_(new, alpha=0.1)`",
    )
