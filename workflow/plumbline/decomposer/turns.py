"""Turns of the author's loops: items of a scope whose source lines come again in the same order.

a b c b c b c d    ->    a (b c) (b c) (b c) d        where (b c) has the size of a layer
                   ->    a (b c b c b c) d            where it is smaller
"""

from __future__ import annotations

from collections.abc import Hashable

from .graph import Graph
from .roles import Roles
from .scopes import Node, count

SMALLEST = 6  # operations of a turn that is a layer
TURNS = 3  # that make a loop


def fold_loops(graph: Graph, roles: Roles, node: Node) -> Node:
    """Put the turns of loops into nodes of their own, in this scope and below."""
    items = [
        fold_loops(graph, roles, item) if isinstance(item, Node) else item for item in node.items
    ]
    keys = [_key(graph, item) for item in items]
    folded: list[int | Node] = []
    start = 0
    while start < len(items):
        period, turns = _period(keys, start)
        if turns < TURNS or (period == 1 and isinstance(items[start], Node)):
            folded.append(items[start])
            start += 1
            continue
        stop = start + period * turns
        folded += _turns(
            graph, roles, node, [items[i : i + period] for i in range(start, stop, period)]
        )
        start = stop
    node.items = folded
    return node


def _turns(
    graph: Graph, roles: Roles, node: Node, bodies: list[list[int | Node]]
) -> list[int | Node]:
    """A node for each turn; one for the whole loop if a turn is too small for a layer."""
    if not roles.kernels(list(Node(node.scope, bodies[0]).operations())):
        return [item for body in bodies for item in body]
    outer, bodies = _leading_slices(graph, roles, bodies)
    turns = [Node(node.scope, body) for body in bodies]
    for turn in turns:
        count(graph, roles, turn)
        turn.loop = next(turns[0].operations())
    if turns[0].count >= SMALLEST:
        return [item for slices, turn in zip(outer, turns, strict=True) for item in (*slices, turn)]
    items = [item for pair in zip(outer, bodies, strict=True) for part in pair for item in part]
    whole = Node(node.scope, items)
    count(graph, roles, whole)
    whole.loop, whole.whole = next(whole.operations()), True
    return [whole]


def _leading_slices(
    graph: Graph, roles: Roles, bodies: list[list[int | Node]]
) -> tuple[list[list[int | Node]], list[list[int | Node]]]:
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


def _key(graph: Graph, item: int | Node) -> Hashable:
    if isinstance(item, Node):
        return (item.scope.path, item.loop)
    operation = graph.operations[item]
    return (
        operation.source.file,
        operation.source.line,
        operation.target,
        operation.module.path if operation.module else "",
    )


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
