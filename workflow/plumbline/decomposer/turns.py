"""Turns of the author's loops: items of a scope whose source lines come again in the same order.

a b c b c b c d    ->    a (b c) (b c) (b c) d        where (b c) has the size of a layer
                   ->    a (b c b c b c) d            where it is smaller

A loop over lists of modules, `for norm, linear in zip(self.norms, self.linears)`, is one as well: the digits in the
paths of modules do not count.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Hashable, Iterable

from . import optable
from .graph import Graph
from .roles import Roles
from .scopes import Node, count
from .words import CONTAINERS

SMALLEST, LARGEST = 6, 15  # operations of a layer
SMALL = 4  # of a repeated block that is a layer all the same, if it has two heavy operations
LONGEST = 24  # of one turn of a loop that is a layer
TURNS = 3  # that make a loop

Bodies = list[list[int | Node]]


def fold_loops(graph: Graph, roles: Roles, node: Node) -> Node:
    """Put the turns of loops into nodes of their own, in this scope and below."""
    items = [
        fold_loops(graph, roles, item) if isinstance(item, Node) else item for item in node.items
    ]
    same = [_key(graph, item) for item in items]
    listed = node.scope.class_name not in CONTAINERS
    alike = [_key(graph, item, anywhere=True) for item in items] if listed else same
    folded: list[int | Node] = []
    start = 0
    while start < len(items):
        for keys, fold in ((same, _turns), (alike, _list_turns)):
            period, turns = _period(keys, start)
            if turns >= TURNS and (period > 1 or not isinstance(items[start], Node)):
                stop = start + period * turns
                bodies = [items[i : i + period] for i in range(start, stop, period)]
                folded += fold(graph, roles, node, bodies)
                start = stop
                break
        else:
            folded.append(items[start])
            start += 1
    node.items = folded
    return node


def _turns(graph: Graph, roles: Roles, node: Node, bodies: Bodies) -> list[int | Node]:
    """A node for each turn; one for the whole loop if a turn is too small for a layer."""
    if not roles.kernels(list(Node(node.scope, bodies[0]).operations())):
        return [item for body in bodies for item in body]
    items = _turn_nodes(graph, roles, node, bodies)
    first = next(item for item in items if isinstance(item, Node) and item.loop >= 0)
    if first.count >= SMALLEST:
        return items
    whole = Node(node.scope, items, loop=first.loop, whole=True)
    count(graph, roles, whole)
    return [whole]


def _list_turns(graph: Graph, roles: Roles, node: Node, bodies: Bodies) -> list[int | Node]:
    """The turns of a loop over lists of modules, where each turn has modules of its own.

    Modules that are layers by themselves stay so. Turns too small for a layer stand several together, if they are
    equal and more than one layer's worth; else the run is cut as any other.
    """
    flat = [item for body in bodies for item in body]
    sizes = [len(roles.kernels([*Node(node.scope, body).operations()])) for body in bodies]
    modules = [item.count for item in bodies[0] if isinstance(item, Node) and _is_own(item)]
    if len(modules) > 1 or (modules and sizes[0] - modules[0] < 2) or max(sizes) > LONGEST:
        return flat
    if min(sizes) >= SMALLEST:
        return _turn_nodes(graph, roles, node, bodies)
    folded: list[int | Node] = []
    for content, run in itertools.groupby(bodies, lambda body: _content(graph, roles, body)):
        equal = list(run)
        items = [item for body in equal for item in body]
        if len(equal) >= TURNS and len(equal) * len(content) > LARGEST:
            items = in_groups(graph, roles, _turn_nodes(graph, roles, node, equal))
        folded += items
    return folded


def _is_own(node: Node) -> bool:
    """Whether a module of the author's is a layer by itself."""
    authors = node.scope.class_name not in optable.COMPOSITE_MODULES - CONTAINERS
    return authors and (node.count >= SMALLEST or (node.count >= SMALL and node.heavy > 1))


def _content(graph: Graph, roles: Roles, body: list[int | Node]) -> tuple[Hashable, ...]:
    """Equal for turns that compute the same thing, each with its own weights."""
    flat = [
        index
        for item in body
        for index in (item.operations() if isinstance(item, Node) else [item])
    ]
    return contents(graph, roles.kernels(flat))


def contents(graph: Graph, kernels: Iterable[int]) -> tuple[Hashable, ...]:
    """Equal for runs of kernels that will be one component, as far as can be told before they are cut."""
    return tuple(
        (
            operation.target,
            repr(operation.module.arguments) if operation.module else "",
            tuple(graph.values[value].type for value in operation.reads),
        )
        for operation in (graph.operations[index] for index in kernels)
    )


def _turn_nodes(graph: Graph, roles: Roles, node: Node, bodies: Bodies) -> list[int | Node]:
    """The turns as nodes, each after what tells it from the others."""
    outer, inner = _leading_slices(graph, roles, bodies)
    turns = [Node(node.scope, body) for body in inner]
    for turn in turns:
        count(graph, roles, turn)
        turn.loop = next(turns[0].operations())
    return [item for slices, turn in zip(outer, turns, strict=True) for item in (*slices, turn)]


def in_groups(graph: Graph, roles: Roles, items: list[int | Node]) -> list[int | Node]:
    """The turns of a loop, several in a node of a layer's size; each alone if it is more than one fusion.

    24 turns of two operations    ->    4 nodes of 6 turns
    """
    turns = [item for item in items if isinstance(item, Node)]
    size = turns[0].count
    if size > 2 and turns[0].heavy > 1:
        return items
    result: list[int | Node] = [item for item in items if not isinstance(item, Node)]
    start = 0
    for length in _lengths(len(turns), size):
        group = Node(turns[0].scope, [*turns[start : start + length]], loop=turns[0].loop)
        count(graph, roles, group)
        result.append(group)
        start += length
    return result


def _lengths(turns: int, size: int) -> list[int]:
    """How many turns of `size` operations stand together: equally many if they can."""
    fitting = [n for n in range(1, turns) if SMALLEST <= n * size <= LARGEST and turns % n == 0]
    if fitting:
        return [max(fitting)] * (turns // max(fitting))
    parts = max(2, -(-turns * size // LARGEST))
    return [turns // parts + (place < turns % parts) for place in range(parts)]


def _leading_slices(graph: Graph, roles: Roles, bodies: Bodies) -> tuple[Bodies, Bodies]:
    """Take out of the turns what tells one from another: `x[:, t]` of an x that is there before the turn."""
    starts = [
        body[0] if isinstance(body[0], int) else next(body[0].operations()) for body in bodies
    ]
    leading: set[int] = set()
    for place, column in enumerate(zip(*bodies, strict=True)):
        operations = [graph.operations[item] for item in column if isinstance(item, int)]
        if len({repr(operation.args[1:]) for operation in operations}) > 1 and all(
            roles.role[operation.index] == "plumbing"
            and all(graph.values[value].producer < start for value in operation.reads)
            for operation, start in zip(operations, starts, strict=False)
        ):
            leading.add(place)
    outer = [[item for place, item in enumerate(body) if place in leading] for body in bodies]
    inner = [[item for place, item in enumerate(body) if place not in leading] for body in bodies]
    return outer, inner


def _key(graph: Graph, item: int | Node, anywhere: bool = False) -> Hashable:
    """Where an item comes from. `anywhere`: the elements of a list of modules are alike."""
    rest: tuple[Hashable, ...]
    if isinstance(item, Node):
        path, rest = item.scope.path, (item.scope.class_name, item.loop)
    else:
        operation = graph.operations[item]
        path = operation.module.path if operation.module else ""
        rest = (operation.source.file, operation.source.line, operation.target)
    return (re.sub(r"\b\d+\b", "*", path) if anywhere else path, *rest)


def _period(keys: list[Hashable], start: int) -> tuple[int, int]:
    """The shortest run of keys from `start` that comes again at once, and how often it comes."""
    for place in range(start + 1, (start + len(keys)) // 2 + 1):
        period = place - start
        if keys[place] == keys[start] and keys[start:place] == keys[place : place + period]:
            turns = 2
            while keys[start + turns * period : start + (turns + 1) * period] == keys[start:place]:
                turns += 1
            if turns >= TURNS:
                return period, turns
    return 1, 1
