"""Runs of equal children that feed each other, printed as the loop that the author wrote.

x = self.blocks[0](x, mask); x = self.blocks[1](x, mask); ...    ->    for block in self.blocks: x = block(x, mask)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .regions import Region

if TYPE_CHECKING:
    from .entries import Entries

SHORTEST = 3


@dataclass
class Loop:
    """Children that are called one after the other, results to arguments at the same places."""

    regions: list[Region]
    carried: dict[int, int]  # place of an argument -> place of the result that becomes it
    attribute: str = ""
    variable: str = "block"

    def lines(self, call: str) -> list[str]:
        """`x = @blocks(x, m)` as a loop."""
        return [
            f"for {self.variable} in self.{self.attribute}:",
            f"    {call.replace(f'@{self.attribute}', self.variable)}",
        ]


def find_loops(region: Region, entries: Entries) -> list[Loop]:
    """The longest runs of equal children, at least SHORTEST long, with nothing in between."""
    loops: list[Loop] = []
    run: list[Region] = []
    carried: dict[int, int] | None = None
    for item in [*region.items, 0]:
        if isinstance(item, Region) and run and _same(entries, run[-1], item):
            links = _carried(run[-1], item)
            if (
                links
                and (carried is None or carried == links)
                and _only_feeds(entries, region, run[-1], item)
            ):
                run.append(item)
                carried = links
                continue
        if carried and len(run) >= SHORTEST:
            loops.append(Loop(run, carried))
        run, carried = ([item], None) if isinstance(item, Region) else ([], None)
    return loops


def _same(entries: Entries, one: Region, other: Region) -> bool:
    return entries.signature[id(one)] == entries.signature[id(other)]


def _carried(one: Region, other: Region) -> dict[int, int] | None:
    """Which arguments of `other` are results of `one`; None unless every result is one and the rest stays the same."""
    carried = {
        place: one.outputs.index(value)
        for place, value in enumerate(other.inputs)
        if value in one.outputs
    }
    fixed = [place for place in range(len(other.inputs)) if place not in carried]
    if sorted(carried.values()) != list(range(len(one.outputs))):
        return None
    return carried if all(one.inputs[place] == other.inputs[place] for place in fixed) else None


def _only_feeds(entries: Entries, region: Region, one: Region, other: Region) -> bool:
    """Whether nobody but `other` uses the results of `one`."""
    results = set(one.outputs)
    for item in region.items:
        if item is not other and results & set(_reads(entries, item)):
            return False
    return not results & set(region.outputs)


def _reads(entries: Entries, item: int | Region) -> Iterable[int]:
    return item.inputs if isinstance(item, Region) else entries.graph.operations[item].reads
