"""Small models whose writes are easy to lose: into no elements, by operators, through `.data`, under a taken name."""

from __future__ import annotations

from .awkward_memory import from_file
from .roots import Case

WRITES: dict[str, Case] = {
    name: from_file(name)
    for name in """no_elements augmented power_iteration moving_average imaginary tensor_new bits
    identity_matrix pad_sequence""".split()
}
