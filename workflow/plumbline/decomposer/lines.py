"""What a forward consists of, one after the other: operations, and calls of children."""

from __future__ import annotations

from dataclasses import dataclass

from .graph import Operation


@dataclass(frozen=True)
class Call:
    """A call of a child: `outputs = self.attribute(inputs)`.

    carried: for a loop over children, place of an argument -> place of the result that becomes it in the next round.
    """

    attribute: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    carried: tuple[tuple[int, int], ...] = ()
    names: tuple[str, ...] = ()  # what the author calls the result


Step = Operation | Call


def touched(step: Step) -> tuple[int, ...]:
    """The values that a step reads and makes."""
    if isinstance(step, Call):
        return (*step.inputs, *step.outputs)
    return (*step.reads, *step.makes)
