"""Sizes that depend on data: a part that computes its own mask cannot promise how many rows the mask picks.

mask = x > 0; rows = x[mask]        rows: as many as x has that are positive
rows = x[mask], mask an input       as many as the drawn mask picks, and that is known;
                                    not so for a model: its author draws
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from . import optable
from .graph import Domain, Graph, Operation, refs


def unknown_sizes(graph: Graph, operations: Iterable[int], drawn: Iterable[int] = ()) -> set[int]:
    """The values made by `operations` whose sizes hang on values that these make too, or on `drawn` ones."""
    made = set(drawn)
    unknown: set[int] = set()
    for index in operations:
        operation = graph.operations[index]
        written = {new for _, new in operation.writes}
        picks = made & set(picking(graph, operation))
        if picks or (unknown & set(operation.reads) and not _keeps_size(graph, operation, unknown)):
            unknown.update(value for value in refs(operation.result) if value not in written)
        made.update(operation.makes)
    return unknown


def with_exact_masks(graph: Graph) -> Graph:
    """The graph where a mask that sizes hang on is drawn with as many True as it had, also with none or all, and the
    integers that it is made of as they were."""
    masks = {value for operation in graph.operations for value in picking(graph, operation)}
    values = list(graph.values)
    for number in masks | _compared(graph, masks):
        domain = replace(values[number].domain, exact=True)
        if domain.kind == "boolean" and domain.share in (0.0, 1.0):
            domain = Domain("constant", low=domain.share, high=domain.share)
        values[number] = replace(values[number], domain=domain)
    return replace(graph, values=values)


def _compared(graph: Graph, masks: set[int]) -> set[int]:
    """The tensors that masks come from in one step: ids in `ids == end`."""
    makers = {graph.values[value].producer for value in masks} - {-1}
    return {value for index in makers for value in graph.operations[index].reads}


def picking(graph: Graph, operation: Operation) -> list[int]:
    """The values whose content decides the sizes of the operation's results."""
    name = optable.base_name(operation.target)
    if name == "getitem":
        return [v for v in refs(operation.args[1]) if graph.values[v].type.dtype == "bool"]
    one_argument = name != "where" or len(operation.args) + len(operation.kwargs) == 1
    return list(operation.reads) if name in optable.SIZED_BY_DATA and one_argument else []


def _keeps_size(graph: Graph, operation: Operation, unknown: set[int]) -> bool:
    """Whether the result has the size of a first operand that is known: `total.index_add(0, rows, y)`."""
    first = next(refs(operation.args[:1]), None)
    results = list(refs(operation.result))
    if first is None or first in unknown or len(results) != 1:
        return False
    return graph.values[first].type.shape == graph.values[results[0]].type.shape
