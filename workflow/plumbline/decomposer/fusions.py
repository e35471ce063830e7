"""Cut a layer into fusions: the cheapest way to divide its kernels, in running order, into groups of 1 to 5.

norm linear | scores mask softmax dropout | matmul | linear dropout
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import optable
from .graph import Graph
from .links import Links
from .sizes import picking

LARGEST = 5
LOOKED_INTO = frozenset({"BatchNorm1d", "BatchNorm2d", "BatchNorm3d"})  # in training


@dataclass(frozen=True)
class Group:
    """Kernels that stand together, and why."""

    kernels: tuple[int, ...]
    reason: str


def divide(
    count: int, cost: Callable[[int, int], float | None], largest: int
) -> list[tuple[int, int]]:
    """The cheapest division of range(count) into intervals; `cost(start, stop)` is None where one is not allowed.

    >>> divide(4, lambda start, stop: 1.0 if stop - start <= 2 else None, 4)
    [(0, 2), (2, 4)]
    """
    best: list[tuple[float, int]] = [(0.0, 0)]
    for stop in range(1, count + 1):
        options = []
        for start in range(max(0, stop - largest), stop):
            price = cost(start, stop)
            if price is not None:
                options.append((best[start][0] + price, -start))
        total, start = min(options)
        best.append((total, -start))
    cuts, stop = [], count
    while stop:
        cuts.append((best[stop][1], stop))
        stop = best[stop][1]
    return cuts[::-1]


def fuse(graph: Graph, links: Links, kernels: Sequence[int], whole: bool = True) -> list[Group]:
    """Divide the kernels of a layer, or a part. Of a `whole` layer never one group alone: it has two children."""
    judge = _Judge(graph, links, tuple(kernels))

    def cost(start: int, stop: int) -> float | None:
        return None if whole and stop - start == len(kernels) > 1 else judge.cost(start, stop)

    cuts = divide(len(kernels), cost, LARGEST)
    return [Group(tuple(kernels[a:b]), judge.reason(a, b)) for a, b in cuts]


class _Judge:
    """Says of a run of kernels whether it is a fusion, what it costs, and why."""

    def __init__(self, graph: Graph, links: Links, kernels: tuple[int, ...]):
        self.graph, self.links, self.kernels = graph, links, kernels
        self.kinds = [kind(graph, index) for index in kernels]
        self.homes = {index: _home(graph, index) for index in kernels}

    def cost(self, start: int, stop: int) -> float | None:
        """1 for a group, more where it is a worse one; None where it is no fusion."""
        if stop - start == 1:
            return 1.2
        members = self.kernels[start:stop]
        if (
            not self._related(members)
            or self._crosses_join(members)
            or not self._one_heavy(start, stop)
            or self._hands_out_garbage(members)
            or self._makes_its_indices(members)
        ):
            return None
        price = 1.0 + 0.25 * self._broken_scopes(start, stop)
        if self.kinds[start] in ("light", "making") and "heavy" in self.kinds[start + 1 : stop]:
            price += 0.3  # a light operation belongs to what came before it, not to what follows
        return price

    def _hands_out_garbage(self, members: tuple[int, ...]) -> bool:
        """Whether memory is made here that is first written elsewhere: nobody could compare what is in it."""
        made = {
            value: index
            for index in members
            if optable.base_name(self.graph.operations[index].target) in optable.UNSET
            for value in self.graph.operations[index].makes
        }
        inside = {value for index in members for value in self.graph.operations[index].reads}
        return not made.keys() <= inside

    def _makes_its_indices(self, members: tuple[int, ...]) -> bool:
        """Whether places in a table are worked out here from several tensors, or rows are counted here.

        Drawn one by one, these tensors need not fit each other: `where(near, distance, 16 + log_distance)` leads out
        of the table, and nobody knows how many rows of `x[ids == end]` there are. Drawn themselves, indices fit.
        """
        for index in members:
            operation = self.graph.operations[index]
            name = optable.base_name(operation.target)
            inside = self._integers_inside(index, members)
            if inside and picking(self.graph, operation):
                return True
            if name in optable.LOOKUP | optable.INDEXING and any(map(self._mixes, inside)):
                return True
        return False

    def _integers_inside(self, index: int, members: tuple[int, ...]) -> set[int]:
        """The members that the integers and masks given to an operation come from."""
        found: set[int] = set()
        waiting = [index]
        while waiting:
            fed = self.links.feeds[waiting.pop()] & set(members)
            new = {m for m in fed - found if all(map(self._is_integer, self._made(m)))}
            found |= new
            waiting += new
        return found

    def _made(self, index: int) -> list[int]:
        return list(self.graph.operations[index].makes)

    def _is_integer(self, value: int) -> bool:
        dtype = self.graph.values[value].type.dtype
        return not dtype.startswith(("float", "bfloat", "complex"))

    def _mixes(self, index: int) -> bool:
        return len(set(self.graph.operations[index].reads)) > 1

    def _related(self, members: tuple[int, ...]) -> bool:
        """Connected by values made and used inside, or by a shared input of heavy kernels."""
        reached, rest = {members[0]}, set(members[1:])
        while rest:
            found = {index for index in rest if any(self._touch(index, other) for other in reached)}
            if not found:
                return False
            reached |= found
            rest -= found
        return True

    def _touch(self, one: int, other: int) -> bool:
        links = self.links
        if one in links.feeds[other] or other in links.feeds[one]:
            return True
        shared = links.sources[one] & links.sources[other]
        return bool(shared) and kind(self.graph, one) == kind(self.graph, other) == "heavy"

    def _crosses_join(self, members: tuple[int, ...]) -> bool:
        inside = set(members)
        return any(self.links.joined[index] & inside for index in members)

    def _one_heavy(self, start: int, stop: int) -> bool:
        """One heavy kernel, or several that start from the same values.

        Those stand alone together, as query, key and value do, or meet again, as the halves of a gate do.
        """
        members = self.kernels[start:stop]
        if "window" in self.kinds[start:stop] or "recurrent" in self.kinds[start:stop]:
            return False
        heavy = [
            self.kernels[i] for i in range(start, stop) if self.kinds[i] in ("heavy", "lookup")
        ]
        if len(heavy) <= 1:
            return True
        if len({self.links.sources[index] for index in heavy}) > 1:
            return False
        fed = frozenset[int]().union(*(self.links.feeds[index] for index in members))
        ends = {index for index in members if index not in fed}
        return len(heavy) == len(members) or any(ends <= meeting for meeting in self.links.meetings)

    def _broken_scopes(self, start: int, stop: int) -> int:
        """Author's modules of 2 to 5 kernels that the group cuts through."""
        members = set(self.kernels[start:stop])
        broken = 0
        for home in {self.homes[index] for index in members}:
            whole = {index for index in self.kernels if self.homes[index] == home}
            if 2 <= len(whole) <= LARGEST and not (whole <= members):
                broken += 1
        return broken

    def reason(self, start: int, stop: int) -> str:
        names = [
            optable.base_name(self.graph.operations[index].target)
            for index in self.kernels[start:stop]
        ]
        kinds = self.kinds[start:stop]
        if stop - start == 1:
            return _ALONE.get(kinds[0], "a single operation that its neighbours do not take in")
        if kinds.count("heavy") > 1:
            return f"{kinds.count('heavy')} projections of the same input: read once, computed together"
        if "heavy" in kinds and kinds[0] == "norm":
            return f"the normalisation is the prologue of the {names[kinds.index('heavy')]} that uses it"
        if kinds[-1] == "heavy":
            return f"the light operations before the {names[-1]} that alone uses them: its prologue"
        if "heavy" in kinds:
            return f"{names[kinds.index('heavy')]} with the light operations that follow it: one pass over its result"
        return "light operations in a row: one pass over memory instead of " + str(stop - start)


def _home(graph: Graph, index: int) -> int:
    """The module that an operation stands in; for a norm in training, which is looked into, the one around it."""
    scope = graph.scopes[graph.operations[index].scope]
    return scope.parent if scope.class_name in LOOKED_INTO and scope.parent >= 0 else scope.index


_ALONE = {
    "heavy": "a heavy operation whose neighbours are heavy too or stand beyond a join",
    "window": "a window operation: it changes the resolution and is a kernel of its own",
    "recurrent": "a recurrence: one kernel, thousands of operations if opened",
    "making": "made from Python values only",
}


def kind(graph: Graph, index: int) -> str:
    """heavy, lookup, norm, window, recurrent, making or light."""
    name = optable.base_name(graph.operations[index].target)
    if name in ("lstm", "gru", "rnn"):
        return "recurrent"
    for label, names in (
        ("heavy", optable.HEAVY), ("lookup", optable.LOOKUP), ("norm", optable.NORM),
        ("window", optable.WINDOW), ("making", optable.MAKING),
    ):  # fmt: skip
        if name in names:
            return label
    return "light"
