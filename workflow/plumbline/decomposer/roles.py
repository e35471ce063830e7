"""The part each operation plays (design, section 5): plumbing, bare arithmetic, kernel, or none.

h = F.linear(x, self.w.t())    t: "state" (stands wherever its result is used); linear: "kernel"
h = h.view(4, 8) + x           view: "plumbing"; +: "arithmetic"
unused = h.relu()              "dead"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import optable
from .errors import Refusal
from .graph import Graph, Operation, Ref, leaves, refs


@dataclass(frozen=True)
class Roles:
    """Per operation its role, and per value whether it is state or a mere view of state."""

    role: tuple[str, ...]
    stateful: frozenset[int]

    def kernels(self, operations: range | list[int]) -> list[int]:
        return [index for index in operations if self.role[index] == "kernel"]

    def loose(self, index: int) -> bool:
        return self.role[index] in ("plumbing", "arithmetic")


def assign_roles(graph: Graph) -> Roles:
    """Decide every operation's role."""
    stateful = {i for i, value in enumerate(graph.values) if value.origin == "state"}
    objects = {graph.values[value].object for value in stateful}
    owned = {i for i, value in enumerate(graph.values) if value.object in objects}  # or written to
    roles: list[str] = []
    live = _live(graph)
    for operation in graph.operations:
        if operation.index not in live:
            roles.append("dead")
            continue
        role = _role(operation, stateful, owned)
        if role == "state":
            stateful.update(refs(operation.result))
            owned.update(refs(operation.result))
        elif not owned.isdisjoint(refs(operation.args[:1])) and _hands_on(operation):
            owned.update(refs(operation.result))
        roles.append(role)
    return Roles(tuple(roles), frozenset(stateful))


def check_public(graph: Graph, roles: Roles) -> None:
    """Refuse an operation that no file of pure torch could say, unless nothing depends on it."""
    for operation in graph.operations:
        unsayable = "::" in operation.target or optable.is_private(operation.target)
        if unsayable and roles.role[operation.index] != "dead":
            raise Refusal(
                "an operation has no public function of torch",
                f"{operation.source}: {operation.source.text}",
                "operations that torch.*, torch.nn.functional.* or a method of a tensor stands for",
                operation.target,
                "gradients and compiled extensions cannot be decomposed: keep them out of forward",
            )


def _role(operation: Operation, stateful: set[int], owned: set[int]) -> str:
    name = optable.base_name(operation.target)
    reads = list(refs((operation.args, dict(operation.kwargs))))
    if operation.module or operation.context or not reads:
        return "kernel"
    if name in optable.ARITHMETIC:
        return "arithmetic" if is_bare(operation) and owned.isdisjoint(reads) else "kernel"
    if not is_plumbing(operation):
        return "kernel"
    return "state" if all(value in stateful for value in reads) else "plumbing"


def _hands_on(operation: Operation) -> bool:
    """Whether what comes out has the memory of what went in: a dropout in eval, `bias.expand_as(x)`."""
    name = optable.base_name(operation.target).lower()
    return "dropout" in name or name == "identity" or name.endswith("_as")


def is_plumbing(operation: Operation) -> bool:
    """A rearrangement of tensors by Python values only."""
    name = optable.base_name(operation.target)
    if operation.writes or "out" in operation.kwargs:
        return False
    if name == "getitem":
        index = operation.args[1]
        return all(_is_static(part) for part in (index if isinstance(index, tuple) else (index,)))
    if not name.endswith("_as") and any(True for _ in refs(operation.args[1:])):
        return False  # `x.view(2, n)` with a tensor n: the sizes are data
    return name in optable.PLUMBING and not optable.is_bit_cast(
        operation.target, operation.args[1:], operation.kwargs
    )


def _is_static(part: Any) -> bool:
    """An index by a Python integer, slice, None or ellipsis. A boolean, a list or a tensor selects by data."""
    if isinstance(part, slice):
        return not any(isinstance(leaf, Ref) for leaf in leaves(part))
    return (
        part is None or part is Ellipsis or (isinstance(part, int) and not isinstance(part, bool))
    )


def is_bare(operation: Operation) -> bool:
    """`+ - * /` or negation of two plain operands, nothing else asked for."""
    if any(key not in ("other", "input") for key in operation.kwargs):
        return False
    operands = [*operation.args, *operation.kwargs.values()]
    return all(isinstance(operand, Ref | int | float | complex) for operand in operands)


def _live(graph: Graph) -> set[int]:
    """The operations that make what is looked at. A write keeps alive what made the old content."""
    needed = set(graph.needed)
    live: set[int] = set()
    for operation in reversed(graph.operations):
        if needed.isdisjoint(operation.makes):
            continue
        live.add(operation.index)
        needed.update(operation.reads)
        needed.update(old for old, new in operation.writes if new in needed)
    return live


def dependencies(graph: Graph) -> list[set[int]]:
    """For every operation those that must run before it: makers of what it reads, readers of what it overwrites.

    Operations that draw random numbers keep their order too.
    """
    before: list[set[int]] = [set() for _ in graph.operations]
    readers: list[list[int]] = [[] for _ in graph.values]
    last_draw = -1
    for operation in graph.operations:
        mine = before[operation.index]
        for value in operation.reads:
            mine.add(graph.values[value].producer)
            readers[value].append(operation.index)
        for old, _ in operation.writes:
            mine.add(graph.values[old].producer)
            mine.update(readers[old])
        if optable.base_name(operation.target) in optable.RANDOM:
            mine.add(last_draw)
            last_draw = operation.index
        mine -= {-1, operation.index}
    return before
