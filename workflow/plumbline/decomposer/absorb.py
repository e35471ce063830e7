"""Where plumbing and arithmetic between parts belong: to the part that alone feeds them, or alone uses them.

linear | view, transpose | matmul    ->    [linear view transpose] | matmul
"""

from __future__ import annotations

import functools

from .graph import Graph, refs
from .regions import Region
from .roles import Roles


class Absorber:
    """Moves loose operations into regions, where no border is the author's."""

    def __init__(self, graph: Graph, roles: Roles):
        self.graph, self.roles = graph, roles
        live = [role != "dead" for role in roles.role]
        self.users = [[user for user in users if live[user]] for users in graph.users()]
        self.outputs = set(refs(graph.outputs))

    def absorb(self, regions: list[Region], loose: list[int], joins: frozenset[int]) -> list[int]:
        """Give loose operations to the region that alone feeds them, or alone uses them; return the rest."""
        owner = {index: region for region in regions for index in region.operations()}
        loose = self._leading(owner, loose, joins, same_line=True)
        rest: list[int] = []
        for index in loose:
            home = None if index in joins else self._feeder(index, owner)
            if home is None:
                rest.append(index)
            else:
                home.items.append(index)
                owner[index] = home
        return self._leading(owner, rest, joins)

    def _feeder(self, index: int, owner: dict[int, Region]) -> Region | None:
        """The region that makes everything the operation reads, if the operation is the only one to use it outside."""
        operation = self.graph.operations[index]
        reads = [value for value in operation.reads if value not in self.roles.stateful]
        homes = {
            id(owner.get(self.graph.values[v].producer)): owner.get(self.graph.values[v].producer)
            for v in reads
        }
        if len(homes) != 1 or len(reads) != len(list(operation.reads)):
            return None
        home = next(iter(homes.values()))
        return home if home is not None and self._used_by(reads, index, home, owner) else None

    def _used_by(
        self, values: list[int], index: int, home: Region, owner: dict[int, Region]
    ) -> bool:
        return all(
            value not in self.outputs
            and all(user == index or owner.get(user) is home for user in self.users[value])
            for value in values
        )

    def _leading(
        self,
        owner: dict[int, Region],
        loose: list[int],
        joins: frozenset[int],
        same_line: bool = False,
    ) -> list[int]:
        """Give loose operations to the region that alone uses them. `same_line`: only where the author wrote them
        in the statement that uses them, as the transpose in `q @ k.transpose(-2, -1)`."""
        rest: list[int] = []
        for index in reversed(loose):
            home = None if index in joins else self._taker(index, owner)
            if home is None or (same_line and not self._written_with_user(index)):
                rest.append(index)
            else:
                home.items.append(index)
                owner[index] = home
        return rest[::-1]

    def _taker(self, index: int, owner: dict[int, Region]) -> Region | None:
        """The region that alone uses what the operation makes of one value."""
        operation = self.graph.operations[index]
        users = [user for value in operation.makes for user in self.users[value]]
        homes = {id(owner.get(user)) for user in users}
        reads = set(operation.reads)
        if len(homes) != 1 or len(reads - self.roles.stateful) != 1 or reads & self.roles.stateful:
            return None
        if operation.writes or index in self.counting or self.outputs & set(operation.makes):
            return None
        return owner.get(users[0])

    def _written_with_user(self, index: int) -> bool:
        operations = self.graph.operations
        users = {user for value in operations[index].makes for user in self.users[value]}
        makers = {self.graph.values[value].producer for value in operations[index].reads} - {-1}
        line = str(operations[index].source)
        return all(str(operations[user].source) == line for user in users) and not any(
            str(operations[maker].source) == line for maker in makers
        )

    @functools.cached_property
    def counting(self) -> set[int]:
        """Indices that count the turns of a loop: `x[i]` on a line that runs again, at another i, after kernels.

        They stay outside of what they index for, so that the turns are equal.
        """
        turns: dict[tuple[object, ...], list[int]] = {}
        for operation in self.graph.operations:
            if self.roles.role[operation.index] == "plumbing" and operation.args[1:]:
                key = (operation.scope, str(operation.source), operation.target)
                turns.setdefault(key, []).append(operation.index)
        found: set[int] = set()
        for indices in turns.values():
            settings = {repr(self.graph.operations[index].args[1:]) for index in indices}
            between = self.roles.kernels(range(indices[0], indices[-1]))
            if len(settings) > 1 and between:
                found.update(indices)
        return found
