"""The calls of modules as a tree, with what ran directly in each, in running order.

Model(embedding, blocks.0(ln, attn(qkv, proj)), blocks.1(...), head)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from . import optable
from .graph import Graph, Scope
from .roles import Roles
from .words import CONTAINERS


@dataclass
class Node:
    """One call of a module, or one turn of a loop, or a whole loop, with what ran directly in it."""

    scope: Scope
    items: list[int | Node] = field(default_factory=list)
    count: int = 0  # kernels
    heavy: int = 0
    loop: int = -1  # the first operation of the loop that it is a turn of, or all of
    whole: bool = False  # all turns of a loop whose turns are too small

    def operations(self) -> Iterator[int]:
        for item in self.items:
            if isinstance(item, Node):
                yield from item.operations()
            else:
                yield item

    def below(self) -> Iterator[Node]:
        for item in self.items:
            if isinstance(item, Node):
                yield item
                yield from item.below()

    def turns(self) -> list[Node]:
        """Of a loop, or of several turns of it: the turns."""
        inner = [item for item in self.items if isinstance(item, Node)]
        return [node for node in inner if node.loop == self.loop] if self.loop >= 0 else []

    def name(self) -> str:
        """The author's class; for a container, which says nothing, the attribute; for a loop, that of its module."""
        if self.loop >= 0:
            inside = self.scope.class_name if self.scope.path else ""
            return inside and f"{inside} {'loop' if self.turns() else 'turn'}"
        if self.scope.class_name not in CONTAINERS:
            return self.scope.class_name
        return next((p for p in reversed(self.scope.path.split(".")) if not p.isdigit()), "")


def scope_tree(graph: Graph, roles: Roles) -> Node:
    nodes = [Node(scope) for scope in graph.scopes]
    placed: set[int] = {0}

    def place(index: int) -> None:
        """Hang a scope into its parent when its first operation is met, so that items keep the running order."""
        if index not in placed:
            place(graph.scopes[index].parent)
            placed.add(index)
            nodes[graph.scopes[index].parent].items.append(nodes[index])

    for operation in graph.operations:
        if roles.role[operation.index] not in ("dead", "state"):
            place(operation.scope)
            nodes[operation.scope].items.append(operation.index)
    count(graph, roles, nodes[0])
    return nodes[0]


def count(graph: Graph, roles: Roles, node: Node) -> None:
    """Set the counts of a node and of all below."""
    kernels = []
    for item in node.items:
        if isinstance(item, Node):
            count(graph, roles, item)
    kernels = roles.kernels(list(node.operations()))
    names = [optable.base_name(graph.operations[index].target) for index in kernels]
    node.count, node.heavy = len(kernels), sum(name in optable.HEAVY for name in names)
