"""How kernels feed each other: through plumbing and arithmetic, across a residual join or not."""

from __future__ import annotations

from dataclasses import dataclass

from . import optable
from .graph import Graph
from .roles import Roles


@dataclass(frozen=True)
class Links:
    """For every operation:

    feeds: the kernels whose results reach it through loose operations only, with no residual join between.
    sources: the values it starts from, plumbing looked through: two projections of the same x share one.
    joined: the kernels that reach it only across a residual join.
    joins: the residual joins themselves.
    meetings: the kernels that meet in one bare arithmetic operation, as the halves of a gate do.
    """

    feeds: tuple[frozenset[int], ...]
    sources: tuple[frozenset[int], ...]
    joined: tuple[frozenset[int], ...]
    joins: frozenset[int]
    meetings: tuple[frozenset[int], ...]


def link(graph: Graph, roles: Roles) -> Links:
    """Follow every value back to the kernels that made it."""
    joins = residual_joins(graph, roles)
    makers: dict[int, frozenset[int]] = {}
    crossed: dict[int, frozenset[int]] = {}
    origin: dict[int, frozenset[int]] = {}
    nothing: frozenset[int] = frozenset()
    feeds, sources, joined, meetings = [], [], [], []
    for operation in graph.operations:
        reads = [value for value in operation.reads() if value not in roles.stateful]
        near = frozenset[int]().union(*(makers.get(value, nothing) for value in reads))
        far = frozenset[int]().union(*(crossed.get(value, nothing) for value in reads))
        start = frozenset[int]().union(*(origin.get(value, frozenset({value})) for value in reads))
        feeds.append(near)
        joined.append(far)
        sources.append(start)
        if roles.role[operation.index] == "arithmetic" and operation.index not in joins:
            meetings.append(near)
        for value in operation.makes():
            if not roles.loose(operation.index):
                makers[value] = frozenset({operation.index})
            elif operation.index in joins:
                makers[value], crossed[value] = nothing, near | far
            else:
                makers[value], crossed[value] = near, far
                origin[value] = start if roles.role[operation.index] == "plumbing" else frozenset({value})
    return Links(tuple(feeds), tuple(sources), tuple(joined), joins, tuple(meetings))


def residual_joins(graph: Graph, roles: Roles) -> frozenset[int]:
    """Additions of two activations with a common ancestor, where a heavy kernel lies on one path and not on the other.

        x + f(x) with a linear in f: a join;   x + 0.04 * x**3: arithmetic
    """
    heavy: list[int] = []  # per value a bit set of the heavy kernels above it
    above: list[int] = []  # per value a bit set of the inputs and kernels above it
    bit_of: dict[int, int] = {}
    for index, value in enumerate(graph.values):
        own = 1 << bit_of.setdefault(index, len(bit_of)) if value.origin == "input" else 0
        heavy.append(0)
        above.append(own)
    joins = set()
    for operation in graph.operations:
        reads = [value for value in operation.reads() if value not in roles.stateful]
        name = optable.base_name(operation.target)
        if name in ("add", "iadd", "radd") and roles.role[operation.index] == "arithmetic" and len(reads) == 2:
            first, second = reads
            if above[first] & above[second] and heavy[first] != heavy[second]:
                joins.add(operation.index)
        heavies, ancestors = 0, 0
        for value in reads:
            heavies |= heavy[value]
            ancestors |= above[value]
        if roles.role[operation.index] == "kernel":
            own = 1 << bit_of.setdefault(-1 - operation.index, len(bit_of))
            ancestors |= own
            if name in optable.HEAVY:
                heavies |= own
        for value in operation.makes():
            heavy[value], above[value] = heavies, ancestors
    return frozenset(joins)
