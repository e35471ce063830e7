"""Cut a model into layers: along the author's modules where they have the size of one, else where the flow is narrow.

embedding position dropout | block | block | ... | norm head
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from .blocks import Blocks
from .flow import Flow
from .fusions import divide
from .graph import Graph
from .links import link
from .roles import Roles
from .scopes import Node
from .turns import LARGEST, LONGEST, SMALLEST, contents, in_groups
from .words import word


@dataclass
class Piece:
    """A run of operations, in running order."""

    operations: list[int]
    whole: bool = False  # an author's block: its border is not moved
    block: bool = (
        False  # one of several; only a lone neighbour may join it, and only where it has no equal
    )
    settled: bool = False  # cut from a flat run: not to be joined again
    name: str = ""
    reason: str = ""
    turns: tuple[tuple[int, ...], ...] = ()  # of a loop, where it holds several: cut equally

    def span(self, roles: Roles) -> list[int]:
        """What it holds for certain: loose operations at the ends of a run are nobody's yet."""
        if self.whole or self.settled:
            return self.operations
        kernels = roles.kernels(self.operations)
        first, last = self.operations.index(kernels[0]), self.operations.index(kernels[-1])
        return self.operations[first : last + 1]


def cut_into_layers(graph: Graph, roles: Roles) -> list[Piece]:
    """Pieces that cover all kernels of the model, in order. What else is live stays in its forward."""
    blocks = Blocks(graph, roles)
    pieces = _Joiner(graph, roles, _cut(graph, roles, _pieces(blocks, blocks.root))).joined()
    if len(pieces) == 1 and len(roles.kernels(pieces[0].operations)) > LARGEST:
        return _cut(graph, roles, _parts(blocks, blocks.root), alone=True)
    return pieces


def _cut(graph: Graph, roles: Roles, parts: Iterable[Piece], alone: bool = False) -> list[Piece]:
    """Whole pieces as they are, and what lies between them divided. `alone`: one piece is not enough."""
    pieces: list[Piece] = []
    for whole, group in itertools.groupby(parts, lambda piece: piece.whole):
        run = list(group)
        pieces += run if whole else _cut_run(graph, roles, run, alone)
    return [piece for piece in pieces if roles.kernels(piece.operations)]


def _pieces(blocks: Blocks, node: Node) -> Iterator[Piece]:
    for item in node.items:
        if isinstance(item, int):
            yield Piece([item])
        elif blocks.is_layer(item) or blocks.is_small_layer(item):
            yield _whole(blocks, item)
        elif item.count > LARGEST or blocks.holds_layers(item):
            yield from _pieces(blocks, item)
        else:
            yield Piece([*item.operations()], name=item.name(), reason=blocks.reason(item))


def _parts(blocks: Blocks, node: Node) -> Iterator[Piece]:
    """The pieces of a model that would be one layer: its modules are opened, its loops are taken apart."""
    items = in_groups(blocks.graph, blocks.roles, node.items) if node.whole else node.items
    for item in items:
        if isinstance(item, int):
            yield Piece([item])
        elif item.count > LARGEST:
            yield from _parts(blocks, item)
        elif blocks.is_layer(item) or blocks.is_small_layer(item):
            yield _whole(blocks, item)
        else:
            yield Piece([*item.operations()], name=item.name(), reason=blocks.reason(item))


def _whole(blocks: Blocks, node: Node) -> Piece:
    small = blocks.is_small_layer(node)
    return Piece(
        [*node.operations()],
        whole=True,
        block=small or blocks.in_list(node) or blocks.has_siblings(node),
        name=node.name(),
        reason=blocks.reason(node),
        turns=tuple(tuple(turn.operations()) for turn in node.turns()),
    )


def _cut_run(graph: Graph, roles: Roles, run: list[Piece], alone: bool = False) -> list[Piece]:
    """Divide what lies between whole modules: nothing if it is short, else where the flow is narrow."""
    filled = [piece for piece in run if roles.kernels(piece.operations)]
    total = sum(len(roles.kernels(piece.operations)) for piece in run)
    if total <= LARGEST:
        joined = [index for piece in run for index in piece.operations]
        if len(filled) == 1 and filled[0].name:
            return [Piece(joined, name=filled[0].name, reason=_alone(filled[0].reason))]
        named = any(piece.name for piece in filled)
        name = " ".join(_words(graph, roles, filled)) if named else ""
        return [Piece(joined, name=name, reason="what stands between the author's blocks")]
    flow = Flow(graph, roles, [piece.operations for piece in run])
    return [
        Piece(
            [i for piece in run[a:b] for i in piece.operations], settled=True, reason=flow.reason(b)
        )
        for a, b in divide(len(run), flow.part_cost if alone else flow.cost, 4 * LONGEST)
    ]


def _words(graph: Graph, roles: Roles, pieces: list[Piece]) -> list[str]:
    """The author's names of the pieces that have one, the operations of the others; each once."""
    words: dict[str, None] = {}
    for piece in pieces:
        own = [word(graph.operations[index]) for index in roles.kernels(piece.operations)]
        words.update(dict.fromkeys([piece.name] if piece.name else own))
    return [*words]


def _alone(reason: str) -> str:
    return reason.rpartition(":")[0] + ": small, between larger blocks"


class _Joiner:
    """Gives a piece that is too small for a layer to a neighbour that it is connected with, if that is not a block
    which has its equal elsewhere: equal blocks stay equal."""

    def __init__(self, graph: Graph, roles: Roles, pieces: list[Piece]):
        self.graph, self.roles, self.pieces = graph, roles, pieces
        live = [index for index, role in enumerate(roles.role) if role != "dead"]
        self.links = link(graph, roles, live)
        self.kinds = Counter(self._content(piece) for piece in pieces if piece.block)

    def joined(self) -> list[Piece]:
        result: list[Piece] = []
        pending = list(self.pieces)
        while pending:
            piece = pending.pop(0)
            last = result[-1] if result else None
            following = pending[0] if pending else None
            forward = following is not None and self._may_join(piece, following)
            if (
                last
                and self._may_join(piece, last)
                and not (forward and following and self._narrow_before(piece))
            ):
                result[-1] = self._join(last, piece)
            elif forward and following and piece.operations:
                pending[0] = self._join(piece, following)
            else:
                result.append(piece)
        return result

    def _may_join(self, piece: Piece, other: Piece) -> bool:
        """Whether `piece` is too small to stay alone, and `other` may take it in."""
        mine, its = self._size(piece), self._size(other)
        if piece.whole or not 0 < mine < SMALLEST or not its or mine + its > LARGEST:
            return False
        if piece.settled and other.settled:
            return False
        if other.block and (self.kinds[self._content(other)] > 1 or (mine > 1 and its >= SMALLEST)):
            return False
        return self._connected(piece, other)

    def _connected(self, one: Piece, other: Piece) -> bool:
        """Whether one feeds the other, through loose operations at most, or both meet in one."""
        first, second = (set(self.roles.kernels(piece.operations)) for piece in (one, other))
        links = self.links
        fed = any(
            (links.feeds[index] | links.joined[index]) & giver
            for giver, taker in ((first, second), (second, first))
            for index in taker
        )
        return fed or any(meeting & first and meeting & second for meeting in links.meetings)

    def _narrow_before(self, piece: Piece) -> bool:
        """Whether fewer values cross the border before the piece than the one after it; a pool joins what follows."""
        flow = Flow(self.graph, self.roles, [p.operations for p in self.pieces])
        place = next(
            i for i, p in enumerate(self.pieces) if set(piece.operations) <= set(p.operations)
        )
        return flow.crossing[place] <= flow.crossing[place + 1]

    def _join(self, one: Piece, other: Piece) -> Piece:
        main, small = (one, other) if self._size(one) >= self._size(other) else (other, one)
        count = self._size(small)
        names = _words(self.graph, self.roles, [one, other])
        return Piece(
            one.span(self.roles) + other.span(self.roles),
            main.whole,
            main.block,
            main.settled or small.settled,
            " ".join(names) if main.name else "",
            f"{main.reason}; joined by {count} operation{'s' * (count > 1)} beside it",
            one.turns + other.turns,
        )

    def _content(self, piece: Piece) -> Hashable:
        """Equal for blocks that will be one component, as far as can be told before they are cut."""
        return contents(self.graph, self.roles.kernels(piece.operations))

    def _size(self, piece: Piece) -> int:
        return len(self.roles.kernels(piece.operations))
