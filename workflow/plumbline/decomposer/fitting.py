"""Inputs that a part can take: what is drawn for it stays where its operations are defined.

cosine = torch.rand(4, 4) * 1.9 - 0.95; torch.acos(cosine)

A part that works places in a table out of its integers is tried on what is drawn:

bbox = torch.randint(0, 58, (2, 8, 4)); table(bbox[..., 3] - bbox[..., 1])     some places are below zero
bbox = torch.randint(0, 58, (2, 8, 4)).sort(-1).values                         none is

Run for this is what leads from integers to a place, and the look-up itself, on a table without content.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from . import optable
from .draws import draw
from .graph import Domain, Graph, Operation, Value, refs
from .interpreter import Environment, run
from .regions import Region
from .roles import is_plumbing

TRIES = 4
SEED = 1
MOST = 1 << 22  # elements in the way of a place, beyond which nothing is tried
ADDRESSING = optable.LOOKUP | optable.INDEXING | {"setitem", "one_hot", "scatter", "index_add"}


@dataclass(frozen=True)
class Chain:
    """What leads to one look-up: the integers that it starts from, and the operations between, in order."""

    given: tuple[int, ...]
    operations: tuple[int, ...]
    lookup: Operation


def with_fitting_places(graph: Graph, root: Region) -> Graph:
    """The graph where integers that no part could be given as they would be drawn are drawn otherwise."""
    fitted = replace(graph, values=list(graph.values))
    for region in root.walk():
        if region is not root:  # its inputs are the author's
            for chain in _chains(fitted, region):
                _fit(fitted, chain)
    return fitted


def with_bounded_values(graph: Graph) -> Graph:
    """The graph where what an arc cosine takes, and what is that but for plumbing, is drawn between -1 and 1."""
    values = list(graph.values)
    users = [op for op in graph.operations if optable.base_name(op.target) in optable.BOUNDED]
    pending = [value for operation in users for value in operation.reads]
    while pending:
        number = pending.pop()
        value = values[number]
        if value.domain.kind == "float" and -1 <= value.domain.low < 0 < value.domain.high <= 1:
            values[number] = replace(value, domain=replace(value.domain, kind="bounded"))
            maker = graph.operations[value.producer] if value.producer >= 0 else None
            pending += maker.reads if maker and is_plumbing(maker) else ()
    return replace(graph, values=values)


def _chains(graph: Graph, region: Region) -> Iterator[Chain]:
    inside = set(region.operations())
    for index in inside:
        operation = graph.operations[index]
        if optable.base_name(operation.target) in ADDRESSING:
            chain = _chain(graph, operation, inside, set(region.inputs))
            if chain and any(not is_plumbing(graph.operations[i]) for i in chain.operations):
                yield chain


def _chain(graph: Graph, lookup: Operation, inside: set[int], inputs: set[int]) -> Chain | None:
    """None where a place hangs on more than integers, or on nothing that is drawn."""
    pending = [value for value in lookup.reads if _is_whole(graph.values[value])]
    given: dict[int, None] = {}
    between: set[int] = set()
    while pending:
        value = pending.pop()
        producer = graph.values[value].producer
        if value not in inputs and producer in inside:
            pending += graph.operations[producer].reads if producer not in between else ()
            between.add(producer)
        elif _is_whole(graph.values[value]):
            given[value] = None
        else:
            return None
    made = [graph.values[value] for index in between for value in graph.operations[index].makes]
    if sum(math.prod(value.type.shape) for value in made) > MOST:
        return None
    drawn = any(_is_drawn(graph.values[value]) for value in given)
    return Chain(tuple(given), tuple(sorted(between)), lookup) if drawn else None


def _is_whole(value: Value) -> bool:
    return value.type.dtype == "bool" or value.type.dtype.startswith(("int", "uint"))


def _is_drawn(value: Value) -> bool:
    return value.origin != "state" and value.domain.kind in ("integer", "permutation")


def _fit(graph: Graph, chain: Chain) -> None:
    """Change the domains of what is drawn for `chain`, if need be, to the first that fits; or leave them."""
    seen = {value: graph.values[value] for value in chain.given if _is_drawn(graph.values[value])}
    for choice in CHOICES:
        for value, content in seen.items():
            graph.values[value] = replace(content, domain=choice(content.domain))
        if _fits(graph, chain):
            return
    for value, content in seen.items():
        graph.values[value] = content


def _as_it_is(domain: Domain) -> Domain:
    return domain


def _sorted(domain: Domain) -> Domain:
    """Each row in order, as the corners of a box are."""
    return replace(domain, kind="sorted")


def _kept(domain: Domain) -> Domain:
    """The very integers of the run, where they are few."""
    return replace(domain, exact=True)


def _level(domain: Domain) -> Domain:
    return replace(domain, kind="constant", high=domain.low)


CHOICES: tuple[Callable[[Domain], Domain], ...] = (_as_it_is, _sorted, _kept, _level)


def _fits(graph: Graph, chain: Chain) -> bool:
    """Whether the look-up finds its places, whatever is drawn."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(SEED)
        return all(_finds(graph, chain) for _ in range(TRIES))


def _finds(graph: Graph, chain: Chain) -> bool:
    environment: Environment = {}
    for value in chain.given:
        content = graph.values[value]
        environment[content.object] = eval(
            draw(content.type, content.domain), {"torch": torch, "float": float}
        )
    try:
        for index in chain.operations:
            run(graph, graph.operations[index], environment)
        _look_up(graph, chain.lookup, environment)
    except (IndexError, RuntimeError):  # of torch: index out of range
        return False
    return True


def _look_up(graph: Graph, lookup: Operation, environment: Environment) -> None:
    """Run a look-up; what it reads beside its places is memory without content."""
    for value in lookup.reads:
        type_, number = graph.values[value].type, graph.values[value].object
        if number not in environment:
            environment[number] = torch.empty(type_.shape, dtype=getattr(torch, type_.dtype))
    if lookup.module:
        places = next(refs((lookup.args, dict(lookup.kwargs))))
        (_, table), *_ = lookup.module.state
        torch.nn.functional.embedding(
            environment[graph.values[places].object], environment[graph.values[table].object]
        )
    else:
        run(graph, lookup, environment)
