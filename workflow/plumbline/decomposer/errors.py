"""The one exception of the decomposer: a refusal that a person can act on."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass
class Refusal(Exception):
    """Why a model is not decomposed: what went wrong, where, what was expected and found, what to do next."""

    what: str
    where: str
    expected: str
    found: str
    next: str

    def __str__(self) -> str:
        return "\n".join(f"{key:>9}: {value}" for key, value in asdict(self).items() if value)
