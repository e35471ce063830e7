"""How kernels feed each other: through plumbing and arithmetic, across a residual join or not.

Looked at one part at a time, with what comes into the part as its beginning: equal parts are cut equally, wherever
they stand.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable
from dataclasses import dataclass

from . import optable
from .graph import Graph
from .roles import Roles


@dataclass(frozen=True)
class Links:
    """For every operation of the part:

    feeds: the kernels whose results reach it through loose operations only, with no residual join between.
    sources: the values it starts from, plumbing looked through: two projections of the same x share one.
    joined: the kernels that reach it only across a residual join.
    joins: the residual joins themselves.
    meetings: the kernels that meet in one bare arithmetic operation, as the halves of a gate do.
    """

    feeds: dict[int, frozenset[int]]
    sources: dict[int, frozenset[int]]
    joined: dict[int, frozenset[int]]
    joins: frozenset[int]
    meetings: list[frozenset[int]]


def link(graph: Graph, roles: Roles, part: Iterable[int]) -> Links:
    """Follow every value of the operations `part` back to the kernels in it that made it."""
    part = sorted(part)
    joins = residual_joins(graph, roles, part)
    makers: dict[int, frozenset[int]] = {}
    crossed: dict[int, frozenset[int]] = {}
    origin: dict[int, frozenset[int]] = {}
    links = Links({}, {}, {}, joins, [])
    for index in part:
        operation = graph.operations[index]
        reads = [value for value in operation.reads if value not in roles.stateful]
        near, far = _union(makers, reads), _union(crossed, reads)
        start = frozenset[int]().union(*(origin.get(value, frozenset({value})) for value in reads))
        links.feeds[index], links.joined[index], links.sources[index] = near, far, start
        if roles.role[index] == "arithmetic" and index not in joins:
            links.meetings.append(near)
        for value in operation.makes:
            if not roles.loose(index):
                makers[value] = frozenset({index})
            elif index in joins:
                crossed[value] = near | far
            else:
                makers[value], crossed[value] = near, far
                origin[value] = start if roles.role[index] == "plumbing" else frozenset({value})
    return links


def _union(found: dict[int, frozenset[int]], values: list[int]) -> frozenset[int]:
    return frozenset[int]().union(*(found.get(value, frozenset()) for value in values))


def residual_joins(graph: Graph, roles: Roles, part: list[int]) -> frozenset[int]:
    """Additions of two activations with a common ancestor, where a heavy kernel lies on one path and not on the other.

    x + f(x) with a linear in f: a join;   x + 0.04 * x**3: arithmetic
    """
    heavy: dict[int, int] = {}  # per value a bit set of the heavy kernels above it
    above: dict[int, int] = {}  # per value a bit set of what comes in, and of the kernels, above it
    bits = itertools.count()
    joins = set()
    for index in part:
        operation = graph.operations[index]
        reads = [value for value in operation.reads if value not in roles.stateful]
        for value in reads:
            if value not in above:
                above[value], heavy[value] = 1 << next(bits), 0
        if _is_sum(graph, roles, index) and len(reads) == 2:
            first, second = reads
            if above[first] & above[second] and heavy[first] != heavy[second]:
                joins.add(index)
        heavies = functools.reduce(operator.or_, (heavy[value] for value in reads), 0)
        ancestors = functools.reduce(operator.or_, (above[value] for value in reads), 0)
        if roles.role[index] == "kernel":
            own = 1 << next(bits)
            ancestors |= own
            heavies |= own if optable.base_name(operation.target) in optable.HEAVY else 0
        for value in operation.makes:
            heavy[value], above[value] = heavies, ancestors
    return frozenset(joins)


def _is_sum(graph: Graph, roles: Roles, index: int) -> bool:
    name = optable.base_name(graph.operations[index].target)
    return name in ("add", "iadd", "radd") and roles.role[index] == "arithmetic"


def counters(graph: Graph, roles: Roles, before: list[set[int]], part: list[int]) -> list[int]:
    """The kernels of the part that only count, as a norm in training does: they wait for nobody, nobody for them."""
    read = {value for index in part for value in graph.operations[index].reads}
    return [
        index
        for index in roles.kernels(part)
        if graph.operations[index].writes
        and roles.stateful.issuperset(graph.operations[index].reads)
        and read.isdisjoint(graph.operations[index].makes)
        and before[index].isdisjoint(part)
    ]
