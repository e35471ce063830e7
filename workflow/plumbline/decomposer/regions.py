"""Regions: the tree of parts that the plan cuts a graph into, and what crosses their borders.

A region is a list of items in running order: operations (by index) and regions of the next level below.

    model [layer [fusion [kernel conv, kernel bn], view, kernel relu], add, layer [...]]
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from .graph import Graph, refs
from .roles import Roles

LEVELS = {"kernel": 0, "fusion": 1, "layer": 2, "model": 3}


@dataclass
class Region:
    """A part of the graph at one level. `handout` is the state value that a kernel without operation returns."""

    level: str
    items: list[int | Region]
    reason: str = ""
    name: str = ""  # the author's name for it, where the border is the author's
    handout: int | None = None
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    turns: tuple[tuple[int, ...], ...] = ()  # of a loop in a layer that is not cut yet

    def operations(self) -> Iterator[int]:
        """All operations inside, in running order; a view of state that several parts use, once."""
        seen: set[int] = set()
        for item in self.items:
            for index in item.operations() if isinstance(item, Region) else (item,):
                if index not in seen:
                    seen.add(index)
                    yield index

    def children(self) -> list[Region]:
        return [item for item in self.items if isinstance(item, Region)]

    def walk(self) -> Iterator[Region]:
        """This region and all below it, parents first."""
        yield self
        for child in self.children():
            yield from child.walk()

    def first(self) -> int:
        return min(self.operations(), default=-1)


def set_borders(graph: Graph, roles: Roles, region: Region, needed: set[int]) -> None:
    """Fill in inputs and outputs of `region` and all below. `needed`: the values that are used outside of it.

    A tensor that the caller holds already and that is only changed through shared memory is not handed out; one
    that came in, was written, and is needed further is. A tensor that is changed in here through another one that
    shares its memory, and read after that, comes in as it was before.
    """
    made: dict[int, None] = {}
    read: dict[int, None] = {}
    handed: set[int] = set()  # objects that have a variable in here
    before: dict[
        int, int
    ] = {}  # object -> its value when the region began, where another one changes it
    for index in region.operations():
        operation = graph.operations[index]
        for value in operation.reads:
            number = graph.values[value].object
            if value not in made or number not in handed:
                read[before.get(number, value)] = None
            handed.add(number)
        made.update(dict.fromkeys(operation.makes))
        handed.update(graph.values[v].object for v in refs(operation.result))
        for old, _ in operation.writes:
            before.setdefault(graph.values[old].object, old)
    region.inputs = [v for v in read if v not in roles.stateful]
    region.outputs = [
        v
        for v in made
        if v in needed and v not in roles.stateful and graph.values[v].object in handed
    ]
    if region.handout is not None:
        region.outputs = [region.handout]
    _set_inner_borders(graph, roles, region, needed)


def _set_inner_borders(graph: Graph, roles: Roles, region: Region, needed: set[int]) -> None:
    uses: dict[int, int] = {}
    reads: list[set[int]] = []
    for item in region.items:
        indices = list(item.operations()) if isinstance(item, Region) else [item]
        own = {value for index in indices for value in graph.operations[index].reads}
        own |= {old for index in indices for old, _ in graph.operations[index].writes}
        reads.append(own)
        for value in own:
            uses[value] = uses.get(value, 0) + 1
    for item, own in zip(region.items, reads, strict=True):
        if isinstance(item, Region):
            made = {v for index in item.operations() for v in graph.operations[index].makes}
            outside = {v for v in made if v in needed or uses.get(v, 0) > (v in own)}
            set_borders(graph, roles, item, outside)


def arrange(items: Iterable[int | Region], before: list[set[int]]) -> list[int | Region]:
    """Order `items` so that each comes after all it depends on, otherwise as the author's code ran.

    Raises ValueError if the grouping is circular.
    """
    pending = list(items)
    waits = _waits(pending, before)
    followers: list[list[int]] = [[] for _ in pending]
    for position, wanted in enumerate(waits):
        for other in wanted:
            followers[other].append(position)
    return [pending[position] for position in _sorted(pending, waits, followers)]


def find_circle(items: list[int | Region], before: list[set[int]]) -> list[int]:
    """Positions of items that wait for one another; none where they can be put in an order."""
    try:
        TopologicalSorter(dict(enumerate(_waits(items, before)))).prepare()
    except CycleError as error:
        return sorted(set(error.args[1]))
    return []


def _waits(items: list[int | Region], before: list[set[int]]) -> list[set[int]]:
    """For every item the positions of those that must run before it."""
    owner: dict[int, int] = {}
    for position, item in enumerate(items):
        for index in item.operations() if isinstance(item, Region) else [item]:
            owner[index] = position
    waits: list[set[int]] = [set() for _ in items]
    for index, position in owner.items():
        waits[position].update(owner[b] for b in before[index] if b in owner)
    for position, wanted in enumerate(waits):
        wanted.discard(position)
    return waits


def _sorted(
    pending: list[int | Region], waits: list[set[int]], followers: list[list[int]]
) -> list[int]:
    def rank(position: int) -> tuple[int, int]:
        item = pending[position]
        return (item.first() if isinstance(item, Region) else item, position)

    ready = [rank(position) for position, wanted in enumerate(waits) if not wanted]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, position = heapq.heappop(ready)
        order.append(position)
        for follower in followers[position]:
            waits[follower].discard(position)
            if not waits[follower]:
                heapq.heappush(ready, rank(follower))
    if len(order) != len(pending):
        raise ValueError("the parts depend on each other in a circle")
    return order
