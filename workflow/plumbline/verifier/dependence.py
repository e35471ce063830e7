"""Steps that fail since the original does other things with other values: the place is named first of all.

Branches, loops and sizes are those of one run; with other values, the original may run other things.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .verdict import Section, Verdict

Json = dict[str, Any]


def say_data_dependent(verdict: Verdict, original: Json, refactored: Json | None) -> None:
    """Put the places before the problems that they may explain; ``refactored`` is None where it raised."""
    reads, sized = original["reads"], original["sized"]
    if refactored is None:
        _say(verdict["isolation"], [*reads, *sized])
        return
    structure = verdict["structure"]
    if any("expected shape" in problem for problem in structure.problems):
        _say(structure, sized)
    compared = (verdict["numerical_comparison"], verdict["conservation"])
    failed = [section for section in compared if section.problems]
    for section in failed[:1]:
        _say(section, (place for place in reads if place not in refactored["reads"]))


def _say(section: Section, places: Iterable[str]) -> None:
    found = list(dict.fromkeys(places))[:5]
    if found:
        section.problems.insert(
            0, f"data-dependent: at {', '.join(found)} the original takes values or sizes out of "
            "tensors, and other values may lead it another way than the one that was decomposed")  # fmt: skip
