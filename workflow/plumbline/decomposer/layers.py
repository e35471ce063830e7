"""Cut a model into layers: along the author's modules where they have the size of one, else where the flow is narrow.

embedding position dropout | block | block | ... | norm head
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from .fusions import divide, kind
from .graph import Graph, Scope
from .roles import Roles

SMALLEST, LARGEST = 6, 15
LONGEST = 24  # kernels; no cut in a flat forward looks further back


@dataclass
class Piece:
    """A run of operations, in running order. `whole`: an author's module of a layer's size, not to be touched."""

    operations: list[int]
    whole: bool = False
    repeated: bool = False
    settled: bool = False  # cut from a flat run: not to be joined again
    name: str = ""
    reason: str = ""


@dataclass
class _Node:
    """One call of a module, with what ran directly in it."""

    scope: Scope
    items: list[int | _Node] = field(default_factory=list)
    count: int = 0

    def operations(self) -> Iterator[int]:
        for item in self.items:
            if isinstance(item, _Node):
                yield from item.operations()
            else:
                yield item

    def below(self) -> Iterator[_Node]:
        for item in self.items:
            if isinstance(item, _Node):
                yield item
                yield from item.below()


def cut_into_layers(graph: Graph, roles: Roles) -> list[Piece]:
    """Pieces that cover all live operations of the model, in order; those without kernels stay in its forward."""
    root = _scope_tree(graph, roles)
    repeated = _repeated(root)
    pieces: list[Piece] = []
    run: list[Piece] = []
    for piece in _pieces(root, repeated):
        if piece.whole:
            pieces += [*_cut_run(graph, roles, run), piece]
            run = []
        else:
            run.append(piece)
    pieces += _cut_run(graph, roles, run)
    return _join_small(roles, pieces)


def _scope_tree(graph: Graph, roles: Roles) -> _Node:
    nodes = [_Node(scope) for scope in graph.scopes]
    placed: set[int] = {0}

    def place(index: int) -> None:
        """Hang a scope into its parent when its first operation is met, so that items keep the running order."""
        if index not in placed:
            place(graph.scopes[index].parent)
            placed.add(index)
            nodes[graph.scopes[index].parent].items.append(nodes[index])

    for operation in graph.operations:
        if roles.role[operation.index] in ("dead", "state"):
            continue
        place(operation.scope)
        nodes[operation.scope].items.append(operation.index)
        scope = operation.scope
        while scope >= 0:
            nodes[scope].count += roles.role[operation.index] == "kernel"
            scope = graph.scopes[scope].parent
    return nodes[0]


def _repeated(root: _Node) -> set[int]:
    """Scopes that are elements of a list of blocks of one class, or one module called again and again."""
    families: Counter[tuple[str, str]] = Counter()
    for node in root.below():
        if node.count >= SMALLEST:
            families[_family(node)] += 1
    return {
        node.scope.index
        for node in root.below()
        if node.count >= SMALLEST and families[_family(node)] > 1
    }


def _family(node: _Node) -> tuple[str, str]:
    """Elements of one container share a family; a module that is no element is a family of its own."""
    container, _, last = node.scope.path.rpartition(".")
    return (container if last.isdigit() else node.scope.path, node.scope.class_name)


def _pieces(node: _Node, repeated: set[int]) -> Iterator[Piece]:
    for item in node.items:
        if isinstance(item, int):
            yield Piece([item])
        elif _is_layer(item, repeated):
            is_block = item.scope.index in repeated
            operations = list(item.operations())
            yield Piece(
                operations, True, is_block, name=item.scope.class_name, reason=_why(item, is_block)
            )
        elif item.count > LARGEST or any(inner.scope.index in repeated for inner in item.below()):
            yield from _pieces(item, repeated)
        else:
            yield Piece(list(item.operations()), name=item.scope.class_name)


def _is_layer(node: _Node, repeated: set[int]) -> bool:
    """A module of a layer's size, or a repeated block that holds no smaller repeated block."""
    if node.count < SMALLEST or any(inner.scope.index in repeated for inner in node.below()):
        return False
    return node.count <= LARGEST or node.scope.index in repeated


def _why(node: _Node, is_block: bool) -> str:
    where = (
        f"the author's module {node.scope.path} ({node.scope.class_name}, {node.count} operations)"
    )
    if is_block and node.count > LARGEST:
        return f"{where}: a repeated block stays whole though it has more than {LARGEST} operations"
    return f"{where}: a repeated block" if is_block else f"{where}: the size of a layer"


def _cut_run(graph: Graph, roles: Roles, run: list[Piece]) -> list[Piece]:
    """Divide what lies between whole modules: nothing if it is short, else where the flow is narrow."""
    total = sum(len(roles.kernels(piece.operations)) for piece in run)
    if total <= LARGEST:
        joined = [index for piece in run for index in piece.operations]
        return [Piece(joined, reason="what stands between the author's blocks")] if joined else []
    flow = _Flow(graph, roles, run)
    cuts = divide(len(run), flow.cost, max(LONGEST, 4 * LONGEST))
    return [
        Piece(
            [i for piece in run[a:b] for i in piece.operations], settled=True, reason=flow.reason(b)
        )
        for a, b in cuts
    ]


class _Flow:
    """Prices the layers that a flat run of pieces may be divided into."""

    def __init__(self, graph: Graph, roles: Roles, run: list[Piece]):
        self.graph, self.roles, self.run = graph, roles, run
        self.kernels = [roles.kernels(piece.operations) for piece in run]
        self.before = [0]
        for kernels in self.kernels:
            self.before.append(self.before[-1] + len(kernels))
        self.crossing = self._crossings()

    def _crossings(self) -> list[int]:
        """How many activations are alive at each border between pieces."""
        inside = {
            index: place for place, piece in enumerate(self.run) for index in piece.operations
        }
        change = [0] * (len(self.run) + 2)
        for value, users in enumerate(self.graph.users()):
            if value in self.roles.stateful:
                continue
            producer = self.graph.values[value].producer
            places = [inside[user] for user in users if user in inside]
            start = inside.get(producer, -1)
            end = max(places, default=start)
            if any(user not in inside and user > producer for user in users) and start >= 0:
                end = len(self.run) - 1
            if end > start:
                change[start + 1] += 1
                change[end + 1] -= 1
        alive, crossing = 0, []
        for place in range(len(self.run) + 1):
            alive += change[place]
            crossing.append(alive)
        return crossing

    def cost(self, start: int, stop: int) -> float | None:
        size = self.before[stop] - self.before[start]
        if size > LONGEST and stop - start > 1:
            return None
        price = 1.0 + 0.3 * max(0, SMALLEST - size) + 0.5 * max(0, size - LARGEST)
        if stop < len(self.run):
            price += 2.0 * max(0, self.crossing[stop] - 1)
            price -= 1.5 * self._ends_stage(stop) + 0.2 * self._starts_heavy(stop)
        return price

    def _ends_stage(self, stop: int) -> bool:
        """Whether the resolution changes right before the border."""
        last = self.kernels[stop - 1][-1:]
        return bool(last) and kind(self.graph, last[0]) == "window"

    def _starts_heavy(self, stop: int) -> bool:
        following = self.kernels[stop][:1] if stop < len(self.run) else []
        return bool(following) and kind(self.graph, following[0]) == "heavy"

    def reason(self, stop: int) -> str:
        if stop >= len(self.run):
            return "the end of a flat forward"
        if self._ends_stage(stop):
            return "a stage of a flat forward: it ends where the resolution changes"
        return f"cut from a flat forward where {self.crossing[stop]} activation(s) cross"


def _join_small(roles: Roles, pieces: list[Piece]) -> list[Piece]:
    """A piece too small for a layer joins a neighbour that is no repeated block, if there is one."""
    result: list[Piece] = []
    for piece in pieces:
        count = len(roles.kernels(piece.operations))
        last = result[-1] if result else None
        if (
            last
            and not last.repeated
            and _fits(roles, last, piece)
            and 0 in (count // SMALLEST, _size(roles, last) // SMALLEST)
        ):
            result[-1] = _joined(last, piece, roles)
        else:
            result.append(piece)
    return result


def _fits(roles: Roles, one: Piece, other: Piece) -> bool:
    if (
        other.repeated
        or (one.settled and other.settled)
        or not (_size(roles, one) and _size(roles, other))
    ):
        return False
    return _size(roles, one) + _size(roles, other) <= LARGEST


def _joined(one: Piece, other: Piece, roles: Roles) -> Piece:
    main = one if _size(roles, one) >= _size(roles, other) else other
    reason = f"{main.reason}; joined by {min(_size(roles, one), _size(roles, other))} operation(s) beside it"
    settled = one.settled or other.settled
    operations = one.operations + other.operations
    return Piece(
        operations, one.whole or other.whole, settled=settled, name=main.name, reason=reason
    )


def _size(roles: Roles, piece: Piece) -> int:
    return len(roles.kernels(piece.operations))
