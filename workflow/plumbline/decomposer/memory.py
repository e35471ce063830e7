"""How much memory one forward of a region needs, from the captured shapes alone."""

from __future__ import annotations

import math

from .graph import Graph
from .regions import Region

BASE_MB = 160  # a process with torch imported that has run something
_BITS = {"bool": 8, "uint8": 8, "int8": 8}


def bytes_of(graph: Graph, value: int) -> int:
    """The size of a tensor's data."""
    type_ = graph.values[value].type
    digits = "".join(filter(str.isdigit, type_.dtype.partition("_")[0])) or "8"
    bits = _BITS.get(type_.dtype, int(digits))
    elements = math.prod(
        size for size, step in zip(type_.shape, type_.stride, strict=True) if step or size == 1
    )
    return elements * bits // 8


def peak_mb(graph: Graph, region: Region) -> int:
    """Weights, inputs and the largest set of intermediate tensors alive at once, in MB, with the process itself.

    Views are counted like copies: an estimate from above that costs nothing.
    """
    last: dict[int, int] = {}
    operations = [graph.operations[index] for index in region.operations()]
    for position, operation in enumerate(operations):
        for value in [*operation.reads, *operation.makes]:
            last[graph.values[value].object] = position
    size: dict[int, int] = {}
    for value in [*region.inputs, *(v for operation in operations for v in operation.reads)]:
        size.setdefault(graph.values[value].object, bytes_of(graph, value))
    alive = peak = sum(
        size[number] for number in {graph.values[v].object for v in _given(graph, region)}
    )
    for position, operation in enumerate(operations):
        made = {graph.values[value].object: bytes_of(graph, value) for value in operation.makes}
        alive += sum(size for number, size in made.items())
        peak = max(peak, alive)
        alive -= sum(size for number, size in made.items() if last[number] == position)
        read = {graph.values[value].object: bytes_of(graph, value) for value in operation.reads}
        alive -= sum(
            s for number, s in read.items() if last[number] == position and number not in made
        )
    return BASE_MB + math.ceil(peak / 2**20)


def kept_mb(graph: Graph, region: Region) -> int:
    """The same where every value is kept for a gradient pass, and two gradients are there as well."""
    operations = [graph.operations[index] for index in region.operations()]
    made = [value for operation in operations for value in operation.makes]
    size = {graph.values[v].object: bytes_of(graph, v) for v in [*_given(graph, region), *made]}
    largest = max((bytes_of(graph, value) for value in made), default=0)
    return BASE_MB + math.ceil((sum(size.values()) + 2 * largest) / 2**20)


def passed_mb(graph: Graph, region: Region) -> int:
    """Inputs and outputs of a region in MB: what the two sides of a judgement hand over for each trial."""
    values = {graph.values[v].object: bytes_of(graph, v) for v in [*region.inputs, *region.outputs]}
    return math.ceil(sum(values.values()) / 2**20)


def _given(graph: Graph, region: Region) -> list[int]:
    """What is there before the region runs: its inputs and the state that it reads."""
    state = [
        v
        for i in region.operations()
        for v in graph.operations[i].reads
        if graph.values[v].origin == "state"
    ]
    return [*region.inputs, *state]
