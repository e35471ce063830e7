"""Memory that nobody has written yet is made where it is first used.

out = x.new_empty(8, 4)                h = self.block(x)
h = self.block(x)              ->      out = x.new_empty(8, 4)
out[:4] = h                            out[:4] = h

No part then hands it to another one: what is in it is another thing in every run, and cannot be compared.
"""

from __future__ import annotations

from dataclasses import replace

from . import optable
from .graph import Graph, Operation


def sink(graph: Graph) -> Graph:
    """The graph with every operation that only takes memory next to the first one that uses it."""
    users = {op.index: _user(graph, op) for op in graph.operations if _takes_memory(op)}
    order = _order(graph, users)
    if order == sorted(order):
        return graph
    place = {old: new for new, old in enumerate(order)}
    operations = [
        replace(graph.operations[old], index=new, scope=graph.operations[users.get(old, old)].scope)
        for new, old in enumerate(order)
    ]
    values = [
        replace(value, producer=place.get(value.producer, value.producer)) for value in graph.values
    ]
    return replace(graph, values=values, operations=operations)


def taken_memory(graph: Graph) -> set[int]:
    """The tensor objects that begin as memory which nobody has written, and which may hold NaN."""
    taking = filter(_takes_memory, graph.operations)
    made = [graph.values[value] for operation in taking for value in operation.makes]
    return {value.object for value in made if value.type.dtype.startswith(("float", "bfloat"))}


def _takes_memory(operation: Operation) -> bool:
    return optable.base_name(operation.target) in optable.UNSET and not operation.writes


def _user(graph: Graph, operation: Operation) -> int:
    """The first operation that uses what this one makes; itself where something that it reads changes before."""
    made, read = set(operation.makes), set(operation.reads)
    for later in graph.operations[operation.index + 1 :]:
        changed = {old for old, _ in later.writes}
        if made & {*later.reads, *changed}:
            return later.index
        if read & changed:
            break
    return operation.index


def _order(graph: Graph, users: dict[int, int]) -> list[int]:
    """The operations by number, in their new order. One that takes memory may itself be the user of another."""
    waiting: dict[int, list[int]] = {}
    for index, user in users.items():
        if user != index:
            waiting.setdefault(user, []).append(index)
    order: list[int] = []

    def place(index: int) -> None:
        for first in waiting.get(index, ()):
            place(first)
        order.append(index)

    for index in range(len(graph.operations)):
        if users.get(index, index) == index:
            place(index)
    return order
