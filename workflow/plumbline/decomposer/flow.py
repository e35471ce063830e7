"""What crosses the borders between pieces of a flat forward, and what a layer cut there costs.

conv relu conv relu pool | conv relu ...      one value crosses where a stage ends; two inside a residual block
"""

from __future__ import annotations

from collections.abc import Sequence

from .fusions import kind
from .graph import Graph
from .roles import Roles
from .turns import LARGEST, LONGEST, SMALLEST

LONE = 3.0  # what a lone operation costs, which is no layer


class Flow:
    """Prices the layers that a flat run of pieces may be divided into."""

    def __init__(self, graph: Graph, roles: Roles, run: Sequence[Sequence[int]]):
        self.graph, self.roles, self.run = graph, roles, run
        self.kernels = [roles.kernels(list(piece)) for piece in run]
        self.before = [0]
        for kernels in self.kernels:
            self.before.append(self.before[-1] + len(kernels))
        self.crossing = self._crossings()

    def _crossings(self) -> list[int]:
        """How many activations are alive at each border between pieces."""
        inside = {index: place for place, piece in enumerate(self.run) for index in piece}
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
        """The price of one layer; None where it would be longer than anybody looks at."""
        size = self.before[stop] - self.before[start]
        if size > LONGEST and stop - start > 1:
            return None
        price = 1.0 + 0.3 * max(0, SMALLEST - size) + 0.5 * max(0, size - LARGEST)
        if stop < len(self.run):
            price += 2.0 * max(0, self.crossing[stop] - 1)
            price -= 1.5 * self._ends_stage(stop) + 0.2 * self._starts_heavy(stop)
        return price

    def part_cost(self, start: int, stop: int) -> float | None:
        """The price of a layer of a model that is one run: no layer has more than its number, none is all."""
        size = self.before[stop] - self.before[start]
        several = stop - start > 1
        if several and (size > LARGEST or stop - start == len(self.run)):
            return None
        price = self.cost(start, stop)
        return price if price is None or size > 1 else price + LONE

    def _ends_stage(self, stop: int) -> bool:
        """Whether the resolution changes right before the border."""
        last = self.kernels[stop - 1][-1:]
        return bool(last) and kind(self.graph, last[0]) == "window"

    def _starts_heavy(self, stop: int) -> bool:
        following = self.kernels[stop][:1] if stop < len(self.run) else []
        return bool(following) and kind(self.graph, following[0]) == "heavy"

    def reason(self, stop: int) -> str:
        """Why a layer ends before the piece `stop`."""
        if stop >= len(self.run):
            return "the end of a flat forward"
        if self._ends_stage(stop):
            return "a stage of a flat forward: it ends where the resolution changes"
        return f"cut from a flat forward where {self.crossing[stop]} activation(s) cross"
