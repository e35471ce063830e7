"""Which value stands for which live tensor, and which tensors share memory."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch.multiprocessing.reductions import StorageWeakRef

from .domains import observe
from .errors import Refusal
from .graph import Graph, TensorType, Value
from .sources import caller


def tensor_type(tensor: torch.Tensor) -> TensorType:
    """Shape, dtype and strides of a tensor."""
    if tensor.layout is not torch.strided or tensor.is_nested or tensor.is_quantized:
        raise _not_dense(tensor)
    if tensor._is_zerotensor():
        source = caller()
        raise Refusal(
            "forward takes a forward-mode gradient (jvp)",
            f"{source}: {source.text}",
            "operations on tensors that have memory",
            "a tangent of zeros without memory, as torch.func.jvp and jacfwd make",
            "keep gradients out of forward",
        )
    dtype = str(tensor.dtype).removeprefix("torch.")
    return TensorType(tuple(tensor.shape), dtype, tuple(tensor.stride()))


def _not_dense(tensor: torch.Tensor) -> Refusal:
    source = caller()
    kind = f"layout {tensor.layout}, dtype {tensor.dtype}"
    return Refusal(
        "a tensor of the forward pass is not dense",
        f"{source}: {source.text}",
        "dense tensors, which components can hand to one another",
        "a nested tensor" if tensor.is_nested else kind,
        "use dense tensors and masks",
    )


@dataclass
class Memory:
    """The values that were seen in one storage, by place and type, for as long as it lives."""

    reference: StorageWeakRef
    values: dict[tuple[int, TensorType], int] = field(default_factory=dict)

    def is_gone(self) -> bool:
        return bool(self.reference.expired())  # type: ignore[no-untyped-call]


class Bindings:
    """Tensors are known by identity, for as long as they live: an id is used again after that."""

    def __init__(self, graph: Graph):
        self.graph = graph
        self.known: dict[int, tuple[weakref.ref[torch.Tensor], int]] = {}
        self.storages: dict[int, dict[int, weakref.ref[torch.Tensor]]] = {}
        self.memories: dict[int, Memory] = {}
        self.objects = 0

    def value_of(self, tensor: torch.Tensor) -> int | None:
        """The value that a tensor holds now; None if it was never seen."""
        entry = self.known.get(id(tensor))
        return entry[1] if entry and entry[0]() is tensor else None

    def twin_of(self, tensor: torch.Tensor) -> int | None:
        """The value of a tensor that was the same memory seen in the same way; None if none was.

        Subclasses, saved tensors of autograd and the like come as new objects that no call made, and the tensor
        that they come from may be gone.
        """
        memory = self.memories.get(_storage(tensor))
        value = None
        if memory is not None and not memory.is_gone():
            value = memory.values.get((tensor.data_ptr(), tensor_type(tensor)))
        if value is not None:
            self.alias(tensor, value)
        return value

    def bind(self, tensor: torch.Tensor, origin: str, name: str = "", producer: int = -1) -> int:
        """A new value, of a new object, for a tensor that was not known."""
        value = self._add(tensor, self._object(), origin, name, producer)
        self.alias(tensor, value)
        return value

    def alias(self, tensor: torch.Tensor, value: int) -> None:
        """Let a tensor that was not known stand for an existing value."""
        key, storage = id(tensor), _storage(tensor)
        peers = self.storages.setdefault(storage, {}) if storage else {}

        def forget(_: object) -> None:
            self.known.pop(key, None)
            peers.pop(key, None)
            if storage and not peers and self.storages.get(storage) is peers:
                del self.storages[storage]

        reference = weakref.ref(tensor, forget)
        self.known[key] = (reference, value)
        peers[key] = reference
        if storage:
            self._remember(tensor, storage, value)

    def _remember(self, tensor: torch.Tensor, storage: int, value: int) -> None:
        memory = self.memories.get(storage)
        if memory is None or memory.is_gone():
            reference = StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
            memory = self.memories[storage] = Memory(reference)
        memory.values[tensor.data_ptr(), tensor_type(tensor)] = value

    def again(self, tensor: torch.Tensor, producer: int) -> int:
        """A value and an object of its own for a tensor that a call hands back untouched (dropout in eval)."""
        value = self._add(tensor, self._object(), "operation", "", producer)
        self._renew(tensor, value)
        return value

    def write(self, tensors: Iterable[torch.Tensor], producer: int) -> list[tuple[int, int]]:
        """New values for every known tensor that shares memory with a written one: pairs (old, new).

        Tensors that stand for one value (`w` and `w.data`) stand for one afterwards.
        """
        new: dict[int, int] = {}
        for peer in self._sharing(list(tensors)):
            old = self.value_of(peer)
            if old is None:
                continue
            if old not in new:
                number = self.graph.values[old].object
                new[old] = self._add(peer, number, "operation", "", producer, sampled=True)
            self._renew(peer, new[old])
        return list(new.items())

    def _sharing(self, tensors: list[torch.Tensor]) -> Iterator[torch.Tensor]:
        """Every tensor whose content a write into `tensors` changes. One without elements is alone with it."""
        for tensor in tensors:
            self._follow(tensor)
        for tensor in tensors:
            if not _storage(tensor):
                yield tensor
        for storage in dict.fromkeys(filter(None, map(_storage, tensors))):
            self.memories.pop(storage, None)  # what nobody holds any more is not followed
            peers = [reference() for reference in self.storages.get(storage, {}).values()]
            yield from (peer for peer in peers if peer is not None)

    def _follow(self, tensor: torch.Tensor) -> None:
        """Know a tensor by the memory that it has now: writing into an empty one gives it another."""
        value = self.value_of(tensor)
        if value is not None and id(tensor) not in self.storages.get(_storage(tensor), {}):
            self.alias(tensor, value)

    def _renew(self, tensor: torch.Tensor, value: int) -> None:
        if storage := _storage(tensor):
            self._remember(tensor, storage, value)
        self.known[id(tensor)] = (self.known[id(tensor)][0], value)

    def _object(self) -> int:
        self.objects += 1
        return self.objects - 1

    def _add(
        self,
        tensor: torch.Tensor,
        number: int,
        origin: str,
        name: str,
        producer: int,
        sampled: bool = False,
    ) -> int:
        kind = tensor_type(tensor)
        domain = observe(tensor, sampled=sampled)
        self.graph.values.append(Value(kind, number, domain, origin, name, producer))
        return len(self.graph.values) - 1


def same_memory(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors are the same elements."""
    return tensor_type(one) == tensor_type(other) and one.data_ptr() == other.data_ptr()


def _storage(tensor: torch.Tensor) -> int:
    """The address of its memory; 0 where there is none to share."""
    try:
        return tensor.untyped_storage().data_ptr() if tensor.numel() else 0
    except (RuntimeError, NotImplementedError):  # sparse and other layouts have no storage
        return 0
