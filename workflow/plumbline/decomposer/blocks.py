"""The author's blocks: calls of modules and turns of loops, as a tree, and which of them are layers.

forward of a GPT:  embedding | blocks.0 | blocks.1 | ... | ln_f, lm_head     the blocks are layers
forward of an RNN: embedding | turn 0 | turn 1 | ... | linear                so are the turns of a loop over time
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from .graph import Graph
from .roles import Roles
from .scopes import Node, scope_tree
from .turns import LARGEST, LONGEST, SMALL, SMALLEST, fold_loops
from .words import CONTAINERS

WIDEST = 40  # of a module that is no element of a list and stays whole because it has a sibling of its class
SMALL_TURN = 3  # of a turn of a loop, likewise


class Blocks:
    """The tree of a graph, and what of it is a layer."""

    def __init__(self, graph: Graph, roles: Roles):
        self.graph, self.roles = graph, roles
        self.root = fold_loops(graph, roles, scope_tree(graph, roles))
        self.lists = self._families(_list_family)
        self.siblings = self._families(_sibling_family)

    def _families(self, family: Callable[[Node], Hashable]) -> dict[Hashable, list[Node]]:
        found: dict[Hashable, list[Node]] = {}
        for node in self.root.below():
            key = family(node)
            if node.count >= SMALL and key is not None:
                found.setdefault(key, []).append(node)
        return found

    def is_layer(self, node: Node) -> bool:
        """A module of a layer's size, or a repeated block of any, that is no stack of smaller layers."""
        if node.count < SMALLEST or self.is_stack(node):
            return False
        if node.count <= LARGEST or node.whole:
            return True
        if node.loop >= 0:
            return node.count <= LONGEST
        return self.in_list(node) or (node.count <= WIDEST and self.has_siblings(node))

    def is_small_layer(self, node: Node) -> bool:
        """A repeated block of four or five operations, two of them heavy: more than one fusion."""
        repeated = self.in_list(node) or self.has_siblings(node)
        smallest = SMALL_TURN if node.loop >= 0 else SMALL
        return smallest <= node.count < SMALLEST and node.heavy > 1 and repeated

    def holds_layers(self, node: Node) -> bool:
        """Whether something below it is a layer."""
        return any(self.is_layer(inner) or self.is_small_layer(inner) for inner in node.below())

    def in_list(self, node: Node) -> bool:
        """Whether it is an element of a list of blocks of one class, or called again and again, or a turn."""
        return node.loop >= 0 or len(self.lists.get(_list_family(node), [])) > 1

    def has_siblings(self, node: Node) -> bool:
        """Whether another attribute of the same module has the same class."""
        return len(self.siblings.get(_sibling_family(node), [])) > 1

    def is_stack(self, node: Node) -> bool:
        """Whether blocks in it feed one another, as in a stage; the heads of an attention do not."""
        inner = [block for block in node.below() if block.count >= SMALLEST and self.in_list(block)]
        families: dict[Hashable, list[Node]] = {}
        for block in inner:
            families.setdefault(_list_family(block), []).append(block)
        return any(
            len(members) > 1 and self._feeds(members[0], members[1])
            for members in families.values()
        )

    def _feeds(self, one: Node, other: Node) -> bool:
        operations = set(one.operations())
        reached = {value for index in operations for value in self.graph.operations[index].makes}
        target = set(other.operations())
        for operation in self.graph.operations[min(operations) : max(target) + 1]:
            if not reached.isdisjoint(operation.reads):
                if operation.index in target:
                    return True
                reached.update(operation.makes)
        return False

    def reason(self, node: Node) -> str:
        """Why it is one part, in one sentence."""
        if node.loop >= 0:
            line = self.graph.operations[node.loop].source.line
            if node.whole:
                return f"the author's loop at line {line}, all turns: one alone is too small for a layer"
            if turns := len(node.turns()):
                return f"{turns} turns of the author's loop at line {line}, {node.count} operations: one is too small"
            return f"a turn of the author's loop at line {line}, {node.count} operations: a repeated block"
        where = f"the author's module {node.scope.path} ({node.scope.class_name}, {node.count} operations)"
        block = self.in_list(node) or self.has_siblings(node)
        if block and node.count > LARGEST:
            return f"{where}: a repeated block stays whole though it has more than {LARGEST} operations"
        return f"{where}: a repeated block" if block else f"{where}: the size of a layer"


def _list_family(node: Node) -> Hashable:
    """Elements of one list share a family, and so do the calls of one module, and the turns of one loop."""
    if node.loop >= 0:
        return node.loop
    container, _, last = node.scope.path.rpartition(".")
    return (container if last.isdigit() else node.scope.path, node.scope.class_name)


def _sibling_family(node: Node) -> Hashable:
    """Attributes of one module that have one class; containers have none to speak of."""
    if node.loop >= 0 or node.scope.class_name in CONTAINERS:
        return None
    return (node.scope.path.rpartition(".")[0], node.scope.class_name)
